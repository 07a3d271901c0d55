//! What is read from measurements: the spreads of answers, by chip family, engine and question; those of a closed loop, of
//! one deployment or of two pools, are read from what was left out of the fit ([`super::serving`]).
//!
//! A spread holds four of five measurements of models that were left out of it: the 10th and 90th percentile of the other
//! models are widened by the least factor for which that is so.

use std::{collections::BTreeMap, fmt::Write as _, fs, io};

use slipstick_api::{
    Catalog,
    validate::inference::{Residual, residuals},
};
use slipstick_world::ClosedWorld;

use super::serving::MEASURED;

/// Where spreads are written to.
const SPREADS: &str = "crates/slipstick-catalog/data/spreads.csv";

/// Fewer points than this say nothing of a tenth.
pub(super) const LEAST_POINTS: usize = 20;

/// The share of measurements that a spread holds.
const HELD: f64 = 0.8;

/// The steps in which a spread is widened, and how often at most.
const STEP: f64 = 1.02;
const MOST_STEPS: i32 = 80;

/// The questions whose spreads are read from what was left out of the fit.
const LEFT_OUT: [&str; 3] = ["benchmark", "steady", "pools"];

/// What stands for every family or engine.
const ANY: &str = "any";

/// What a spread is of: family, engine, question and quantity.
type Key = [String; 4];

/// A ratio of measured to predicted, with the model that was measured.
pub(super) type Ratio<'a> = (&'a str, f64);

/// Writes the table of spreads anew: of what `catalog` answers, and the rows of bands by distance.
pub(super) fn write(catalog: &Catalog, by_distance: &str) -> io::Result<()> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    let world = ClosedWorld { overlays: Vec::new(), today: None };
    let found = residuals(&text, catalog, &world).map_err(io::Error::other)?;
    fs::write(crate::root().join(SPREADS), format!("{}{by_distance}", table(&found)))
}

fn table(found: &[Residual]) -> String {
    let mut groups: BTreeMap<Key, Vec<Ratio<'_>>> = BTreeMap::new();
    for one in found.iter().filter(|one| !LEFT_OUT.contains(&one.question)) {
        let key =
            |family: &str, engine: &str| [family, engine, one.question, one.quantity].map(str::to_owned);
        let mut add = |key, ratio| groups.entry(key).or_default().push((one.model_type.as_str(), ratio));
        add(key(&one.family, &one.engine), one.ratio);
        add(key(ANY, &one.engine), one.unfitted);
        add(key(ANY, ANY), one.unfitted);
    }
    let mut text = String::from("family,engine,arrival,quantity,distance,low,high,points,source,seen\n");
    for ([family, engine, question, quantity], ratios) in &groups {
        // One model alone does not say how unlike others are.
        let alone = ratios.iter().all(|(model, _)| *model == ratios[0].0);
        if ratios.len() < LEAST_POINTS || alone {
            continue;
        }
        let (low, high) = spread(ratios);
        let points = ratios.len();
        let row = format!(
            "{family},{engine},{question},{quantity},,{low:.3},{high:.3},{points},measured-inference,2026-11"
        );
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{row}");
    }
    text
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
