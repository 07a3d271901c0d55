//! What is left over once the constants are fitted, shrunk: by engine, architecture and version, by format on a
//! chip family, and by configuration.

use std::{collections::BTreeMap, fmt::Write as _};

use nalgebra::{DMatrix, DVector};
use slipstick_core::hardware::Calibration;

use super::runs::Run;

/// What the logarithm of one run is off by when all that is common to its like is known.
const NOISE: f64 = 0.2;

/// How much versions, formats on a chip family, and configurations are believed to vary.
const VERSIONS: f64 = 0.15;
const FAMILIES: f64 = 0.10;
const CONFIGURATIONS: f64 = 0.10;

/// A run says no more than this, however far it is off.
const MOST: f64 = 0.7;

/// Factors smaller than this are not worth a row.
const LEAST: f64 = 0.002;

/// What is known of the runs that share a key.
#[derive(Debug, Clone, Copy)]
struct Level {
    place: usize,
    sd: f64,
    points: u32,
    log: f64,
}

/// Levels by key: the cells of a row of the table.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels(BTreeMap<String, Level>);

/// The keys of a run, and how much each is believed to vary.
fn keys(run: &Run<'_>) -> impl Iterator<Item = (String, f64)> {
    let Run { engine, architecture, version, format, family, chip, ranks: [tp, ep], .. } = run;
    let of_version = version
        .filter(|_| run.is_of_version)
        .map(|version| (format!("{engine},{architecture},{version},,,,,"), VERSIONS));
    let of_family = format!("{engine},{architecture},,{format},{family},,,");
    let of_configuration = format!("{engine},{architecture},,{format},,{chip},{tp},{ep}");
    of_version.into_iter().chain([(of_family, FAMILIES), (of_configuration, CONFIGURATIONS)])
}

impl Levels {
    /// The ridge solution for what `calibration` leaves over of `runs`.
    pub(super) fn fit(runs: &[&Run<'_>], calibration: &Calibration) -> Self {
        let mut known: BTreeMap<String, Level> = BTreeMap::new();
        let mut places: Vec<Vec<usize>> = Vec::with_capacity(runs.len());
        for run in runs {
            let own = keys(run).map(|(key, sd)| {
                let place = known.len();
                let level = known.entry(key).or_insert(Level { place, sd, points: 0, log: 0.0 });
                level.points += 1;
                level.place
            });
            places.push(own.collect());
        }
        let mut normal = DMatrix::zeros(known.len(), known.len());
        let mut right = DVector::zeros(known.len());
        for level in known.values() {
            normal[(level.place, level.place)] = (NOISE / level.sd).powi(2);
        }
        for (run, own) in runs.iter().zip(&places) {
            let Some(predicted) = run.under(calibration) else { continue };
            let off = (run.measured.tpot / predicted.tpot).ln().clamp(-MOST, MOST);
            for a in own {
                right[*a] += off;
                for b in own {
                    normal[(*a, *b)] += 1.0;
                }
            }
        }
        if let Some(solved) = normal.cholesky().map(|factors| factors.solve(&right)) {
            for level in known.values_mut() {
                level.log = solved[level.place];
            }
        }
        Self(known)
    }

    /// The factor of a run's times.
    pub(super) fn of(&self, run: &Run<'_>) -> f64 {
        let logs = keys(run).filter_map(|(key, _)| self.0.get(&key));
        logs.map(|level| level.log).sum::<f64>().exp()
    }

    /// The table.
    pub(super) fn table(&self) -> String {
        let mut text =
            String::from("engine,architecture,version,format,family,accelerator,tp,ep,factor,points,source,seen\n");
        for (key, level) in self.0.iter().filter(|(_, level)| level.log.abs() >= LEAST) {
            // Writing into a text cannot fail.
            let _ =
                writeln!(text, "{key},{:.3},{},measured-inference,2026-11", level.log.exp(), level.points);
        }
        text
    }
}
