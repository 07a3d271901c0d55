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
    /// What the last ones need, and the next ones that were tried, in this order.
    pub(super) needs: [Need; 4],
}

/// What a count needs, and the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Need {
    pub(super) last: Bytes,
    pub(super) next: Bytes,
}

impl Need {
    fn of(last: u64, next: u64, memory: impl Fn(u64) -> Bytes) -> Self {
        Self { last: if last == 0 { Bytes::ZERO } else { memory(last) }, next: memory(next) }
    }
}

/// Whether a job fits beside what else an accelerator holds.
pub(super) fn fits(planned: &Planned, job: &Job<'_>) -> bool {
    peak(job).peak() + planned.beside <= planned.capacity
}

/// What the driver shows of a job: beyond the memory there is, its allocator has to give back what it caches.
fn shown(planned: &Planned, job: &Job<'_>) -> Bytes {
    meters(job, peak(job).peak() + planned.beside, &planned.meter_fits).device.value
}

/// How far a job's memory goes, with so many sequences in an example. Ranks that share weights share other models too.
pub(super) fn limits(planned: &Planned, each: u64, beside: impl Fn(u64) -> Bytes) -> Limits {
    let job = planned.job();
    let part = if job.layout.cp > 1 { 2 * job.layout.cp } else { 1 };
    let need = |batch: Batch| peak(&Job { batch, ..job }).peak() + planned.beside;
    let longest = LONGEST.min(MOST_TOKENS / job.batch.micro) / part;
    let of = |parts: u64| Batch { sequence: parts * part, ..job.batch };
    let driver = |parts: u64| shown(planned, &Job { batch: of(parts), ..job });
    let of_micro = |micro: u64| Batch { micro: micro * each, ..job.batch };
    let all = planned.cluster.accelerator.memory;
    let sequence = largest(longest, |parts| need(of(parts)) <= planned.capacity).unwrap_or(0);
    let easy = largest(sequence, |parts| driver(parts) <= all).unwrap_or(0);
    let most = MOST_TOKENS / (job.batch.sequence * each);
    let micro = largest(most, |micro| need(of_micro(micro)) <= planned.capacity).unwrap_or(0);
    let (accelerators, ranks) = accelerators(planned, each, beside);
    let needs = [
        Need::of(sequence, sequence + 1, |parts| need(of(parts))),
        Need::of(easy, easy + 1, driver),
        Need::of(micro, micro + 1, |micro| need(of_micro(micro))),
        ranks,
    ];
    Limits { sequence: sequence * part, easy_sequence: easy * part, micro, accelerators, needs }
}

/// The fewest accelerators, with what they need and what half of them would.
fn accelerators(planned: &Planned, each: u64, beside: impl Fn(u64) -> Bytes) -> (Option<u64>, Need) {
    let job = planned.job();
    let part = job.layout.tp * job.layout.pp * job.layout.cp;
    let need = |ranks: u64| {
        let sharding = if ranks > 1 { Sharding::Weights } else { Sharding::Whole };
        let recipe = Recipe { sharding, shard_group: None, ..*job.recipe };
        let layout = Layout { dp: ranks, ..job.layout };
        let batch = Batch { micro: each, ..job.batch };
        peak(&Job { recipe: &recipe, layout, batch, ..job }).peak() + beside(ranks)
    };
    let counts = core::iter::successors(Some(1_u64), |ranks| Some(ranks * 2));
    let found = counts.take_while(|ranks| *ranks <= MOST).find(|ranks| need(*ranks) <= planned.capacity);
    let needs = found.map(|ranks| Need { last: need(ranks), next: need((ranks / 2).max(1)) });
    (found.map(|ranks| ranks * part), needs.unwrap_or_default())
}
