//! Bands by distance: what was measured over what was predicted of runs that were left out.

use std::{collections::BTreeSet, fmt::Write as _};

use slipstick_core::hardware::Distance;

use super::left_out::LeftOut;
use crate::fit::spreads::spread;

/// What stands for every engine.
pub(super) const ANY: &str = "any";

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

/// The bands of every engine, and of all; one model alone does not say how unlike others are, so an engine that was measured
/// with one has the bands of all.
pub(super) fn bands(runs: &[LeftOut<'_>]) -> Vec<Band> {
    let engines: BTreeSet<&str> = runs.iter().map(|run| run.engine).chain([ANY]).collect();
    let mut found = Vec::new();
    for engine in engines {
        let is_own = |run: &&LeftOut<'_>| run.engine == engine;
        let models: BTreeSet<&str> = runs.iter().filter(is_own).map(|run| run.architecture).collect();
        let pooled = models.len() < 2;
        for distance in Distance::ALL {
            for (quantity, of) in QUANTITIES {
                let at = runs.iter().filter(|run| run.distance == distance && (pooled || is_own(run)));
                let ratios: Vec<(&str, f64)> = at
                    .map(|run| (run.architecture, of(run)))
                    .filter(|(_, ratio)| ratio.is_finite())
                    .collect();
                if ratios.is_empty() {
                    continue;
                }
                let (low, high) = spread(&ratios);
                found.push(Band {
                    engine: engine.to_owned(),
                    distance,
                    quantity,
                    low,
                    high,
                    points: ratios.len(),
                });
            }
        }
    }
    found
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
