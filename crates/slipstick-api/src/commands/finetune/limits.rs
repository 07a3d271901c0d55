//! How far the same memory goes: the longest sequence, the largest micro-batch, the fewest accelerators.

use slipstick_core::{
    training::{Batch, Job, Layout, Recipe, Sharding, largest, meters, peak},
    units::Bytes,
};

use super::job::{LONGEST, MOST_TOKENS};
use crate::commands::train::Planned;

/// More accelerators than these are not tried.
const MOST: u64 = 1 << 14;

/// How far memory goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// The longest sequence at this micro-batch; none if not even one token fits.
    pub(super) sequence: u64,
    /// The longest one before the driver shows a full accelerator.
    pub(super) easy_sequence: u64,
    /// Examples of the largest micro-batch at this sequence.
    pub(super) micro: u64,
    /// The fewest accelerators that hold a micro-batch of one example, sharing all they can.
    pub(super) accelerators: Option<u64>,
}

/// Whether a job fits beside what else an accelerator holds.
pub(super) fn fits(planned: &Planned, job: &Job<'_>) -> bool {
    peak(job).peak() + planned.beside <= planned.capacity
}

/// Whether a job runs before its allocator has to give back what it caches: what the driver shows is within memory.
fn is_easy(planned: &Planned, job: &Job<'_>) -> bool {
    let shown = meters(job, peak(job).peak() + planned.beside, &planned.meter_fits).device.value;
    shown <= planned.cluster.accelerator.memory
}

/// How far a job's memory goes, with so many sequences in an example. Ranks that share weights share other models too.
pub(super) fn limits(planned: &Planned, each: u64, beside: impl Fn(u64) -> Bytes) -> Limits {
    let job = planned.job();
    let part = if job.layout.cp > 1 { 2 * job.layout.cp } else { 1 };
    let at = |batch: Batch| fits(planned, &Job { batch, ..job });
    let longest = LONGEST.min(MOST_TOKENS / job.batch.micro) / part;
    let of = |parts: u64| Batch { sequence: parts * part, ..job.batch };
    let sequence = largest(longest, |parts| at(of(parts))).unwrap_or(0);
    let easy = largest(sequence, |parts| is_easy(planned, &Job { batch: of(parts), ..job })).unwrap_or(0);
    let micro = largest(MOST_TOKENS / (job.batch.sequence * each), |micro| {
        at(Batch { micro: micro * each, ..job.batch })
    })
    .unwrap_or(0);
    let accelerators = accelerators(planned, each, beside);
    Limits { sequence: sequence * part, easy_sequence: easy * part, micro, accelerators }
}

fn accelerators(planned: &Planned, each: u64, beside: impl Fn(u64) -> Bytes) -> Option<u64> {
    let job = planned.job();
    let part = job.layout.tp * job.layout.pp * job.layout.cp;
    let holds = |ranks: &u64| {
        let sharding = if *ranks > 1 { Sharding::Weights } else { Sharding::Whole };
        let recipe = Recipe { sharding, shard_group: None, ..*job.recipe };
        let layout = Layout { dp: *ranks, ..job.layout };
        let batch = Batch { micro: each, ..job.batch };
        let one = Job { recipe: &recipe, layout, batch, ..job };
        peak(&one).peak() + beside(*ranks) <= planned.capacity
    };
    let counts = core::iter::successors(Some(1_u64), |ranks| Some(ranks * 2));
    counts.take_while(|ranks| *ranks <= MOST).find(holds).map(|ranks| ranks * part)
}
