//! The constants, the levels and the waits that some runs tell, and what they predict of others.

use std::collections::BTreeMap;

use slipstick_core::hardware::Calibration;

use super::{
    levels::Levels,
    parameters::{JOINT, WAITS},
    runs::{Run, Times},
    solve::Task,
};

/// All of a joint fit.
pub(super) struct Fitted<'a> {
    /// The constants of all, with the waits of all engines together.
    pub(super) all: Calibration,
    /// With the waits of each engine.
    pub(super) engines: BTreeMap<&'a str, Calibration>,
    pub(super) levels: Levels,
}

impl<'a> Fitted<'a> {
    /// The joint fit of some runs.
    pub(super) fn of(runs: &[&Run<'a>], base: &Calibration) -> Self {
        let tpot = Task { parameters: JOINT, runs, base, levels: None, of: |times| times.tpot };
        let constants = tpot.solve();
        let mut levels = Levels::fit(runs, &constants);
        let waits = |runs: &[&Run<'a>]| {
            let ttft = |times: &Times| times.ttft;
            Task { parameters: WAITS, runs, base: &constants, levels: Some(&levels), of: ttft }.solve()
        };
        let mut by_engine: BTreeMap<&str, Vec<&Run<'a>>> = BTreeMap::new();
        for run in runs {
            by_engine.entry(run.engine).or_default().push(run);
        }
        let engines: BTreeMap<&str, Calibration> =
            by_engine.into_iter().map(|(engine, own)| (engine, waits(&own))).collect();
        let all = waits(runs);
        levels.fit_waits(runs, |run| engines.get(run.engine).unwrap_or(&all));
        Self { all, engines, levels }
    }

    /// What is predicted of a run.
    pub(super) fn predict(&self, run: &Run<'_>) -> Option<Times> {
        run.under(&self.levels.added(self.engines.get(run.engine).unwrap_or(&self.all), run))
    }
}

/// Every pair of chip family and engine alone, as the joint fit is held against.
pub(super) struct Pairs<'a> {
    pairs: BTreeMap<(&'a str, &'a str), Calibration>,
    base: &'a Calibration,
}

impl<'a> Pairs<'a> {
    pub(super) fn of(runs: &[&Run<'a>], base: &'a Calibration) -> Self {
        let mut by_pair: BTreeMap<(&str, &str), Vec<&Run<'a>>> = BTreeMap::new();
        for run in runs {
            by_pair.entry(run.pair()).or_default().push(run);
        }
        let solved = |own: &[&Run<'a>]| {
            let tpot = Task { parameters: JOINT, runs: own, base, levels: None, of: |times| times.tpot };
            let base = &tpot.solve();
            Task { parameters: WAITS, base, of: |times| times.ttft, ..tpot }.solve()
        };
        Self { pairs: by_pair.into_iter().map(|(pair, own)| (pair, solved(&own))).collect(), base }
    }

    pub(super) fn predict(&self, run: &Run<'_>) -> Option<Times> {
        run.under(self.pairs.get(&run.pair()).unwrap_or(self.base))
    }
}
