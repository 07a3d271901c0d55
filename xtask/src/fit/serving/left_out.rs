//! What is predicted of runs that were left out of the fit: whole sweeps, chips, models, pairs.

use std::collections::{BTreeMap, BTreeSet};

use slipstick_core::hardware::Distance;

use super::{
    fitted::{Fitted, Given, Pairs},
    pools::{self, PoolLeftOut, PoolRun},
    runs::{Kind, Run, Times},
};

/// A way to cut runs into parts of which one is left out.
pub(super) struct Cut {
    pub(super) name: &'static str,
    /// How far what is left is from what was left out, if it was measured often.
    pub(super) distance: Distance,
    pub(super) part: fn(&Run<'_>) -> String,
    /// What a band is left without at once where it is asked whether it holds a run: runs that share it are no independent
    /// witnesses of one that was left out so.
    pub(super) witness: fn(&Run<'_>) -> String,
}

/// All cuts.
pub(super) const CUTS: [Cut; 4] = [
    Cut {
        name: "a quarter of the sweeps",
        distance: Distance::Near,
        part: quarter,
        witness: |run| run.sweep(),
    },
    Cut { name: "a chip", distance: Distance::Chip, part: chip, witness: chip },
    Cut { name: "a model", distance: Distance::Model, part: architecture, witness: architecture },
    Cut { name: "a pair of chip family and engine", distance: Distance::Pair, part: pair, witness: pair },
];

/// Whole engines: what is answered for one that nobody measured.
pub(super) const ENGINES: Cut =
    Cut { name: "an engine", distance: Distance::Pair, part: engine, witness: engine };

fn chip(run: &Run<'_>) -> String {
    run.chip.to_owned()
}

fn architecture(run: &Run<'_>) -> String {
    run.architecture.clone()
}

fn pair(run: &Run<'_>) -> String {
    format!("{}|{}", run.family, run.engine)
}

fn engine(run: &Run<'_>) -> String {
    run.engine.to_owned()
}

/// Parts that sweeps are dealt out to.
const QUARTERS: u64 = 4;

/// A quarter by the hash (FNV-1a) of a run's sweep.
fn quarter(run: &Run<'_>) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = run.sweep().bytes().fold(0xcbf2_9ce4_8422_2325, step);
    ((hash >> 20) % QUARTERS).to_string()
}

/// A run that was left out.
#[derive(Clone, Copy)]
pub(super) struct LeftOut<'a> {
    pub(super) run: &'a Run<'a>,
    /// What was left out with it.
    pub(super) cut: &'a Cut,
    /// How far it is from what is left, as an answer would say it.
    pub(super) distance: Distance,
    pub(super) predicted: Times,
    /// What is predicted of it as if its engine had not been measured with its architecture.
    pub(super) unlike: Times,
    /// What the pairs predict that are fitted alone.
    pub(super) by_pairs: Option<Times>,
}

/// Every run of a cut, predicted by the parts it is not in; by pairs that are fitted alone too if `beside`. Those of pools are
/// predicted by the pools outside of the part too.
pub(super) fn left_out<'a>(
    runs: &'a [Run<'a>],
    of_pools: &'a [PoolRun<'a>],
    whole: &Fitted<'a>,
    given: &'a Given<'a>,
    cut: &'a Cut,
    beside: bool,
) -> (Vec<LeftOut<'a>>, Vec<PoolLeftOut<'a>>) {
    let mut pools = Vec::new();
    let mut parts: BTreeMap<String, Vec<&Run<'a>>> = BTreeMap::new();
    for run in runs {
        parts.entry((cut.part)(run)).or_default().push(run);
    }
    // Some were measured with pools alone.
    for run in of_pools {
        parts.entry((cut.part)(&run.worker)).or_default();
    }
    let mut found = Vec::with_capacity(runs.len());
    for (part, out) in &parts {
        let inside: Vec<&Run<'a>> = runs.iter().filter(|run| (cut.part)(run) != *part).collect();
        let fitted = whole.without(out, &inside, given);
        let is_closed = out.iter().any(|run| run.kind == Kind::Closed);
        let is_out = |run: &Run<'_>| (cut.part)(run) == *part;
        if of_pools.iter().any(|run| is_out(&run.worker)) {
            pools.extend(pools::left_out(of_pools, &fitted.joint, cut, is_out));
        }
        let measured = Measured::of(&inside);
        let pairs = Pairs::of(if beside && is_closed { &inside } else { &[] }, &given.base);
        found.extend(out.iter().copied().filter_map(|run| {
            let by_pairs = (beside && run.kind == Kind::Closed).then(|| pairs.predict(run)).flatten();
            let (predicted, unlike) = (fitted.predict(run, given)?, fitted.predict_unlike(run, given)?);
            Some(LeftOut { run, cut, distance: measured.distance(run), predicted, unlike, by_pairs })
        }));
    }
    (found, pools)
}

/// What was measured of some runs, as far as it says how near another one is.
struct Measured<'a> {
    on_chips: BTreeSet<(&'a str, &'a str, &'a str)>,
    architectures: BTreeSet<(&'a str, &'a str)>,
    pairs: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Measured<'a> {
    fn of(runs: &[&'a Run<'a>]) -> Self {
        let fitted = || runs.iter().filter(|run| run.is_fitted());
        Self {
            on_chips: fitted().map(|run| (run.engine, run.architecture.as_str(), run.chip)).collect(),
            architectures: fitted().map(|run| (run.engine, run.architecture.as_str())).collect(),
            pairs: fitted().map(|run| run.pair()).collect(),
        }
    }

    fn distance(&self, run: &Run<'_>) -> Distance {
        let architecture = run.architecture.as_str();
        if self.on_chips.contains(&(run.engine, architecture, run.chip)) {
            Distance::Near
        } else if self.architectures.contains(&(run.engine, architecture)) {
            Distance::Chip
        } else if self.pairs.contains(&run.pair()) {
            Distance::Model
        } else {
            Distance::Pair
        }
    }
}
