//! What is predicted of runs that were left out of the fit: whole sweeps, chips, models, pairs.

use std::collections::BTreeMap;

use slipstick_core::hardware::Distance;

use super::{
    fitted::{Fitted, Given, Pairs},
    pools::{self, PoolLeftOut, PoolRun},
    runs::{Kind, Run, Times},
};

/// A way to cut runs into parts of which one is left out.
pub(super) struct Cut {
    pub(super) name: &'static str,
    /// How far what is left is from what was left out.
    pub(super) distance: Distance,
    pub(super) part: fn(&Run<'_>) -> String,
}

/// All cuts.
pub(super) const CUTS: [Cut; 4] = [
    Cut { name: "a quarter of the sweeps", distance: Distance::Near, part: quarter },
    Cut { name: "a chip", distance: Distance::Chip, part: |run| run.chip.to_owned() },
    Cut { name: "a model", distance: Distance::Model, part: |run| run.architecture.clone() },
    Cut {
        name: "a pair of chip family and engine",
        distance: Distance::Pair,
        part: |run| format!("{}|{}", run.family, run.engine),
    },
];

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
    pub(super) distance: Distance,
    pub(super) predicted: Times,
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
    cut: &Cut,
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
        let pairs = Pairs::of(if beside && is_closed { &inside } else { &[] }, &given.base);
        found.extend(out.iter().copied().filter_map(|run| {
            let by_pairs = (beside && run.kind == Kind::Closed).then(|| pairs.predict(run)).flatten();
            Some(LeftOut { run, distance: cut.distance, predicted: fitted.predict(run, given)?, by_pairs })
        }));
    }
    (found, pools)
}
