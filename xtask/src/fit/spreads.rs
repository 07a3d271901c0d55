//! Spreads of ratios of measured to predicted.
//!
//! A spread holds four of five measurements. Where few models were measured, the 10th and 90th percentile of the other
//! models are widened by the least factor for which that is so of models that are left out.

/// Fewer points than this say nothing of a tenth.
pub(super) const LEAST_POINTS: usize = 20;

/// The share of measurements that a spread holds.
const HELD: f64 = 0.8;

/// The steps in which a spread is widened, and how often at most.
const STEP: f64 = 1.02;
const MOST_STEPS: i32 = 80;

/// A ratio of measured to predicted, with the model that was measured.
pub(super) type Ratio<'a> = (&'a str, f64);

/// The percentiles of all ratios as they are.
pub(super) fn plain(ratios: &[Ratio<'_>]) -> (f64, f64) {
    tenths(&ratios.iter().map(|(_, ratio)| *ratio).collect::<Vec<f64>>())
}

/// The percentiles of all ratios, widened as far as models that are left out need it.
pub(super) fn spread(ratios: &[Ratio<'_>]) -> (f64, f64) {
    let all: Vec<f64> = ratios.iter().map(|(_, ratio)| *ratio).collect();
    let (low, high) = tenths(&all);
    let mut models: Vec<&str> = ratios.iter().map(|(model, _)| *model).collect();
    models.sort_unstable();
    models.dedup();
    let left_out: Vec<(f64, f64, Vec<f64>)> = models
        .iter()
        .filter_map(|model| {
            let (own, others): (Vec<Ratio<'_>>, Vec<Ratio<'_>>) =
                ratios.iter().partition(|(other, _)| other == model);
            let values =
                |part: Vec<Ratio<'_>>| part.into_iter().map(|(_, ratio)| ratio).collect::<Vec<f64>>();
            let (own, others) = (values(own), values(others));
            (others.len() >= LEAST_POINTS / 2).then(|| {
                let (low, high) = tenths(&others);
                (low, high, own)
            })
        })
        .collect();
    let widen = (0..=MOST_STEPS).map(|step| STEP.powi(step)).find(|factor| held(&left_out, *factor) >= HELD);
    let factor = if left_out.is_empty() { 1.0 } else { widen.unwrap_or(STEP.powi(MOST_STEPS)) };
    (low / factor, high * factor)
}

/// The share of left-out measurements that the spreads of the others hold once they are widened.
fn held(left_out: &[(f64, f64, Vec<f64>)], factor: f64) -> f64 {
    let inside = |(low, high, own): &(f64, f64, Vec<f64>)| {
        own.iter().filter(|ratio| (low / factor..=high * factor).contains(*ratio)).count()
    };
    let all: usize = left_out.iter().map(|(_, _, own)| own.len()).sum();
    left_out.iter().map(inside).sum::<usize>() as f64 / all.max(1) as f64
}

/// The 10th and the 90th percentile.
pub(super) fn tenths(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |tenths: usize| sorted[(sorted.len() - 1) * tenths / 10];
    (at(1), at(9))
}

#[cfg(test)]
mod tests {
    use super::{held, spread};

    #[test]
    fn a_model_unlike_the_others_widens_the_spread() {
        let alike: Vec<(&str, f64)> = (0..40).map(|i| (["a", "b"][i % 2], 0.9 + 0.005 * i as f64)).collect();
        let (low, high) = spread(&alike);
        assert!((0.88..0.95).contains(&low) && (1.05..1.12).contains(&high), "{low} {high}");
        let mut unlike = alike;
        unlike.extend((0..40).map(|_| ("c", 1.6)));
        assert!(spread(&unlike).1 > 1.6);
        assert!((held(&[(0.5, 1.5, vec![1.0, 2.0])], 1.0) - 0.5).abs() < 1e-12);
    }
}
