//! What is left over once the constants are fitted, shrunk: by engine, architecture and version, by format on a
//! chip family, and by configuration.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use nalgebra::{DMatrix, DVector};
use slipstick_core::{hardware::Calibration, units::Seconds};

use super::runs::{Kind, Run};

/// What the logarithm of one run is off by when all that is common to its like is known.
const NOISE: f64 = 0.2;

/// How much versions, formats on a chip family, and configurations are believed to vary.
const VERSIONS: f64 = 0.15;
const FAMILIES: f64 = 0.10;
const CONFIGURATIONS: f64 = 0.10;

/// The same of formats on a chip family where all requests are there at once.
const BURSTS: f64 = 0.20;

/// A run says no more than this, however far it is off.
const MOST: f64 = 0.7;

/// The same of waits before prompts are read: the noise of a time to the first token, how much waits are believed to vary
/// under each key, and what a run says at most.
const WAITS_NOISE: f64 = 0.5;
const WAITS: f64 = 0.15;
const MOST_WAITS: f64 = 1.0;

/// A time to the first token is no product of its waits: they are solved for so many times.
const ROUNDS: usize = 2;

/// Factors smaller than this are not worth a row.
const LEAST: f64 = 0.002;

/// What is known of the runs that share a key.
#[derive(Debug, Clone, Copy)]
struct Level {
    place: usize,
    sd: f64,
    points: u32,
    /// Of the time of steps.
    log: f64,
    /// Of what requests wait for.
    waits: f64,
}

/// Levels by key: the cells of a row of the table.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels(BTreeMap<String, Level>);

/// The keys of a run, of bursts or of other loads, and how much each is believed to vary. What is handed in at once is served
/// at other batches than closed loops are, so that neither tells of the other.
fn keys(run: &Run<'_>, bursts: bool) -> impl Iterator<Item = (String, f64)> {
    let arrival = if bursts { "burst" } else { "" };
    let Run { engine, architecture, version, format, family, chip, ranks: [tp, ep], .. } = run;
    let of_version = version
        .filter(|_| run.is_of_version && !bursts)
        .map(|version| (format!("{engine},{architecture},{arrival},{version},,,,,"), VERSIONS));
    let of_family = format!("{engine},{architecture},{arrival},,{format},{family},,,");
    let of_configuration = format!("{engine},{architecture},{arrival},,{format},,{chip},{tp},{ep}");
    let families = if bursts { BURSTS } else { FAMILIES };
    of_version.into_iter().chain([(of_family, families), (of_configuration, CONFIGURATIONS)])
}

/// The ridge solution of logarithms of keys: each key has the weight of its prior, each run its keys, how much of it they
/// scale, and what it is off by.
fn ridge(priors: &[f64], runs: &[(Vec<usize>, f64, f64)]) -> Option<DVector<f64>> {
    let mut normal = DMatrix::from_diagonal(&DVector::from_column_slice(priors));
    let mut right = DVector::zeros(priors.len());
    for (places, share, off) in runs {
        for a in places {
            right[*a] += share * off;
            for b in places {
                normal[(*a, *b)] += share * share;
            }
        }
    }
    Some(normal.cholesky()?.solve(&right))
}

impl Levels {
    /// The ridge solution for what the calibration of each of `runs` leaves over of it.
    pub(super) fn fit<'a, 'b>(
        runs: &[&Run<'a>],
        calibration: impl Fn(&Run<'a>) -> Cow<'b, Calibration>,
    ) -> Self {
        let mut known: BTreeMap<String, Level> = BTreeMap::new();
        let mut priors = Vec::new();
        let mut rows = Vec::with_capacity(runs.len());
        for run in runs {
            let own = keys(run, run.kind == Kind::Burst).map(|(key, sd)| {
                let place = known.len();
                let level = known.entry(key).or_insert(Level { place, sd, points: 0, log: 0.0, waits: 0.0 });
                level.points += 1;
                if level.place == priors.len() {
                    priors.push((NOISE / level.sd).powi(2));
                }
                level.place
            });
            let places: Vec<usize> = own.collect();
            let predicted = run.under(&calibration(run)).map_or(f64::NAN, |times| times.tpot);
            let off = (run.measured.tpot / predicted).ln();
            if off.is_finite() {
                rows.push((places, 1.0, off.clamp(-MOST, MOST)));
            }
        }
        if let Some(solved) = ridge(&priors, &rows) {
            for level in known.values_mut() {
                level.log = solved[level.place];
            }
        }
        Self(known)
    }

    /// Takes in those of other runs, whose keys are others.
    pub(super) fn extend(&mut self, others: Self) {
        for (key, level) in others.0 {
            self.0.entry(key).or_insert(level);
        }
    }

    /// The same for what waits leave over of times to the first token, under the calibration of each run.
    pub(super) fn fit_waits<'a>(
        &mut self,
        runs: &[&Run<'_>],
        calibration: impl Fn(&Run<'_>) -> &'a Calibration,
    ) {
        let priors = vec![(WAITS_NOISE / WAITS).powi(2); self.0.len()];
        for _ in 0..ROUNDS {
            let rows: Vec<_> = runs.iter().filter_map(|run| self.wait(run, calibration(run))).collect();
            if let Some(solved) = ridge(&priors, &rows) {
                self.0.values_mut().for_each(|level| level.waits = solved[level.place]);
            }
        }
    }

    /// The keys of a run, the share of its time to the first token that is waited, and what its waits are off by as a whole.
    fn wait(&self, run: &Run<'_>, calibration: &Calibration) -> Option<(Vec<usize>, f64, f64)> {
        let now = self.added(calibration, run);
        let none = Calibration { per_request: Seconds::ZERO, waited_steps: 0.0, ..now.clone() };
        let (all, read) = (run.under(&now)?.ttft, run.under(&none)?.ttft);
        let share = (all - read) / all;
        let off = (run.measured.ttft / all).ln().clamp(-MOST_WAITS, MOST_WAITS)
            + share * self.sum(run, |level| level.waits);
        let places =
            self.keys(run).filter_map(|(key, _)| self.0.get(&key)).map(|level| level.place).collect();
        off.is_finite().then_some((places, share, off))
    }

    /// The keys that hold for a run: for what is handed in at once those of closed loops where none of its architecture was
    /// measured.
    fn keys(&self, run: &Run<'_>) -> impl Iterator<Item = (String, f64)> {
        let of_bursts = format!("{},{},burst,", run.engine, run.architecture);
        let known =
            || self.0.range(of_bursts.clone()..).next().is_some_and(|(key, _)| key.starts_with(&of_bursts));
        keys(run, run.kind == Kind::Burst && known())
    }

    /// What all keys of a run say together.
    fn sum(&self, run: &Run<'_>, of: fn(&Level) -> f64) -> f64 {
        self.keys(run).filter_map(|(key, _)| self.0.get(&key)).map(of).sum()
    }

    /// The factor of a run's steps.
    pub(super) fn of(&self, run: &Run<'_>) -> f64 {
        self.sum(run, |level| level.log).exp()
    }

    /// A calibration with what is known of the like of a run.
    pub(super) fn added(&self, calibration: &Calibration, run: &Run<'_>) -> Calibration {
        let waits = self.sum(run, |level| level.waits).exp();
        Calibration {
            level: self.of(run),
            level_of_bursts: None,
            per_request: calibration.per_request * waits,
            waited_steps: calibration.waited_steps * waits,
            ..calibration.clone()
        }
    }

    /// The table.
    pub(super) fn table(&self) -> String {
        let mut text = String::from(
            "engine,architecture,arrival,version,format,family,accelerator,tp,ep,factor,waits,points,source,seen\n",
        );
        for (key, level) in self.0.iter().filter(|(_, level)| level.log.abs().max(level.waits.abs()) >= LEAST)
        {
            let Level { log, waits, points, .. } = level;
            // Writing into a text cannot fail.
            let _ = writeln!(
                text,
                "{key},{:.3},{:.3},{points},measured-inference,2026-11",
                log.exp(),
                waits.exp()
            );
        }
        text
    }
}
