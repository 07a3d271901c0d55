//! Spreads of ratios of measured to predicted.
//!
//! A spread holds four of five measurements that it was not read from. Those of the same kind lie between two quantiles
//! with that chance, whatever their distribution; what is of another kind, a model or a chip that nobody measured, does
//! not. So each kind is left out in turn, and the spread is widened by the least factor with which those of the others hold
//! four of five of what was left out.

use std::collections::BTreeSet;

/// Fewer points than this say nothing of a tenth.
pub(super) const LEAST_POINTS: usize = 20;

/// The share of measurements that a spread holds.
const HELD: f64 = 0.8;

/// The steps in which a spread is widened, and how often at most.
const STEP: f64 = 1.02;
const MOST_STEPS: i32 = 80;

/// A ratio of measured to predicted, with the kind that was measured.
pub(super) type Ratio<'a> = (&'a str, f64);

/// The tenths of what is of the same kind.
pub(super) fn plain(ratios: &[Ratio<'_>]) -> (f64, f64) {
    let mut sorted: Vec<f64> = ratios.iter().map(|(_, ratio)| *ratio).collect();
    sorted.sort_by(f64::total_cmp);
    let tail = (1.0 - HELD) / 2.0;
    (quantile(&sorted, tail), quantile(&sorted, 1.0 - tail))
}

/// The same, widened as far as kinds that are left out need it.
pub(super) fn spread(ratios: &[Ratio<'_>]) -> (f64, f64) {
    let kinds: BTreeSet<&str> = ratios.iter().map(|(kind, _)| *kind).collect();
    let left_out: Vec<((f64, f64), Vec<f64>)> = kinds
        .into_iter()
        .filter_map(|kind| {
            let (own, others): (Vec<Ratio<'_>>, Vec<Ratio<'_>>) =
                ratios.iter().partition(|(other, _)| *other == kind);
            let own = own.into_iter().map(|(_, ratio)| ratio).collect();
            (others.len() >= LEAST_POINTS / 2).then(|| (plain(&others), own))
        })
        .collect();
    let factors = (0..=MOST_STEPS).map(|step| STEP.powi(step));
    let widest = if left_out.is_empty() { 1.0 } else { STEP.powi(MOST_STEPS) };
    let factor = factors.clone().find(|factor| held(&left_out, *factor) >= HELD).unwrap_or(widest);
    let (low, high) = plain(ratios);
    (low / factor, high * factor)
}

/// The share of left-out measurements that the spreads of the others hold once they are widened.
fn held(left_out: &[((f64, f64), Vec<f64>)], factor: f64) -> f64 {
    let inside = |((low, high), own): &((f64, f64), Vec<f64>)| {
        own.iter().filter(|ratio| (low / factor..=high * factor).contains(*ratio)).count()
    };
    let all: usize = left_out.iter().map(|(_, own)| own.len()).sum();
    left_out.iter().map(inside).sum::<usize>() as f64 / all.max(1) as f64
}

/// The quantile below which a further value of the same distribution lies with a chance of `p`: place p·(n + 1) of the n
/// values, between two of them on a straight line (Weibull's; type 6 of Hyndman and Fan, 1996).
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the place is rounded down and lies among the values"
)]
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = (p * (sorted.len() + 1) as f64 - 1.0).clamp(0.0, last as f64);
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::{held, quantile, spread};

    #[test]
    fn a_model_unlike_the_others_widens_the_spread() {
        let alike: Vec<(&str, f64)> = (0..40).map(|i| (["a", "b"][i % 2], 0.9 + 0.005 * i as f64)).collect();
        let (low, high) = spread(&alike);
        assert!((0.88..0.95).contains(&low) && (1.05..1.12).contains(&high), "{low} {high}");
        let mut unlike = alike;
        unlike.extend((0..40).map(|_| ("c", 1.6)));
        assert!(spread(&unlike).1 > 1.6);
        assert!((held(&[((0.5, 1.5), vec![1.0, 2.0])], 1.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_tenth_of_few_values_lies_at_their_ends() {
        let is = |values: &[f64], p: f64, wanted: f64| assert!((quantile(values, p) - wanted).abs() < 1e-12);
        let nine: Vec<f64> = (1..=9).map(f64::from).collect();
        is(&nine, 0.1, 1.0);
        is(&nine, 0.9, 9.0);
        is(&nine, 0.5, 5.0);
        let nineteen: Vec<f64> = (1..=19).map(f64::from).collect();
        is(&nineteen, 0.1, 2.0);
        is(&nineteen, 0.9, 18.0);
        is(&[3.0], 0.1, 3.0);
    }
}
