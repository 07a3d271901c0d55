//! Bands by distance: what was measured over what was predicted of runs that were left out.

use std::{collections::BTreeSet, fmt::Write as _};

use slipstick_core::hardware::Distance;

use super::left_out::LeftOut;

/// How much more an engine's own runs count in its band.
const OWN: f64 = 3.0;

/// An engine that was measured with fewer models than this has a wider band.
const FEW_MODELS: usize = 5;

/// The exponent that widens it.
const WIDER: f64 = 1.5;

/// What stands for every engine.
const ANY: &str = "any";

/// Measured over predicted of a run.
type Ratio = fn(&LeftOut<'_>) -> f64;

/// The quantities.
pub(super) const QUANTITIES: [(&str, Ratio); 2] = [
    ("tpot", |run| run.measured.tpot / run.predicted.tpot),
    ("ttft", |run| run.measured.ttft / run.predicted.ttft),
];

/// A band of an engine at a distance.
pub(super) struct Band {
    pub(super) engine: String,
    pub(super) distance: Distance,
    pub(super) quantity: &'static str,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) points: usize,
}

/// The bands of every engine, and of all.
pub(super) fn bands(runs: &[LeftOut<'_>]) -> Vec<Band> {
    let engines: BTreeSet<&str> = runs.iter().map(|run| run.engine).chain([ANY]).collect();
    let mut found = Vec::new();
    for engine in engines {
        let models: BTreeSet<&str> =
            runs.iter().filter(|run| run.engine == engine).map(|run| run.architecture).collect();
        let exponent = if engine != ANY && models.len() < FEW_MODELS { WIDER } else { 1.0 };
        for distance in Distance::ALL {
            for (quantity, of) in QUANTITIES {
                let at = runs.iter().filter(|run| run.distance == distance);
                let weigh = |run: &LeftOut<'_>| if run.engine == engine { OWN } else { 1.0 };
                let weighed = at.clone().map(|run| (of(run), weigh(run)));
                let ratios: Vec<(f64, f64)> = weighed.filter(|(ratio, _)| ratio.is_finite()).collect();
                let points = at.filter(|run| engine == ANY || run.engine == engine).count();
                if points == 0 {
                    continue;
                }
                let [low, high] = tenths(ratios).map(|end| end.powf(exponent));
                found.push(Band { engine: engine.to_owned(), distance, quantity, low, high, points });
            }
        }
    }
    found
}

/// The weighted 10th and 90th percentile.
fn tenths(mut ratios: Vec<(f64, f64)>) -> [f64; 2] {
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: f64 = ratios.iter().map(|(_, weight)| weight).sum();
    [0.1, 0.9].map(|share| {
        let mut sum = 0.0;
        let reached = ratios.iter().find(|(_, weight)| {
            sum += weight;
            sum >= share * all
        });
        reached.map_or(1.0, |(ratio, _)| *ratio)
    })
}

/// The bands as rows of the table of spreads. Nobody publishes runs of a steady state alone: a benchmark that starts from
/// nothing is answered with the same terms and its opening burst, so its band stands for the steady state too.
pub(super) fn rows(bands: &[Band]) -> String {
    let mut text = String::new();
    for band in bands {
        for question in ["benchmark", "steady"] {
            let Band { engine, distance, quantity, low, high, points } = band;
            let (low, high, distance) = (low.min(1.0), high.max(1.0), distance.name());
            // Writing into a text cannot fail.
            let _ = writeln!(
                text,
                "any,{engine},{question},{quantity},{distance},{low:.3},{high:.3},{points},measured-inference,2026-11"
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::tenths;

    #[test]
    fn heavier_runs_shift_the_tenths() {
        let even: Vec<(f64, f64)> = (1..=10).map(|at| (f64::from(at), 1.0)).collect();
        assert_eq!(tenths(even.clone()).map(f64::to_bits), [1.0, 9.0].map(f64::to_bits));
        let mut heavy = even;
        heavy[0].1 = 30.0;
        assert_eq!(tenths(heavy).map(f64::to_bits), [1.0, 7.0].map(f64::to_bits));
    }
}
