//! What an estimate of memory says.

use super::search::Reach;
use crate::{
    basis::Known,
    engine::{BlockLayout, Demand, HostMemory},
    formulas::{
        memory::block_pool::{pool_requests, printed_by_group, printed_tokens},
        parts::total,
    },
    quantity::Quantity as Q,
    trace::{Input, Trace, asked, at, rules},
    traced,
    units::Bytes,
};

/// What the engine itself takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overhead {
    /// The device context, communication buffers and libraries, outside the allocator.
    pub context: Known<Bytes>,
    /// Captured graphs.
    pub graphs: Known<Bytes>,
    /// What loading adds to the weights: tables of rotary angles, padding.
    pub tables: Known<Bytes>,
    /// What the engine leaves alone by its own setting.
    pub reserve: Known<Bytes>,
}

impl Overhead {
    /// Their sum.
    pub fn total(&self) -> Known<Bytes> {
        self.context + self.graphs + self.tables + self.reserve
    }
}

/// One accelerator of one stage.
///
/// Weights, cache, state, activations and overhead sum to the total, and total and free memory to the capacity while it
/// fits.
#[derive(Debug, Clone, PartialEq)]
pub struct RankMemory {
    /// The pipeline stage, from 0.
    pub stage: u64,
    /// Weights.
    pub weights: Known<Bytes>,
    /// Of the weights, encoders of images and sound that come in a file of their own.
    pub towers: Known<Bytes>,
    /// Cache of the workload's sequences at their full context, as they run.
    pub kv_cache: Known<Bytes>,
    /// The same if every sequence were at its worst at once, with which some engines plan: windows with the tokens of a
    /// whole step beside them.
    pub kv_cache_worst: Bytes,
    /// Recurrent state of its sequences.
    pub state: Known<Bytes>,
    /// Peak of one step.
    pub activations: Known<Bytes>,
    /// The engine.
    pub overhead: Overhead,
    /// Memory of the accelerator.
    pub capacity: Bytes,
    /// What cache and state may take together.
    pub pool: Known<Bytes>,
}

impl RankMemory {
    pub(super) fn new(stage: u64, capacity: Bytes, demand: &Demand) -> Self {
        let (fixed, pool) = (demand.fixed().value, demand.pool(Trace::off()));
        let reserve = capacity.saturating_sub(fixed + pool.value);
        Self {
            stage,
            weights: demand.weights,
            towers: demand.towers,
            kv_cache: demand.kv_cache,
            kv_cache_worst: demand.kv_cache_worst,
            state: demand.state,
            activations: demand.activations,
            overhead: Overhead {
                context: demand.context,
                graphs: demand.graphs,
                tables: demand.tables,
                reserve: Known::of(reserve, crate::basis::Basis::Specified),
            },
            capacity,
            pool,
        }
    }

    /// Everything.
    pub fn total(&self) -> Known<Bytes> {
        self.weights + self.kv_cache + self.state + self.activations + self.overhead.total()
    }

    /// What the engine may use of the capacity.
    pub fn limit(&self) -> Bytes {
        self.capacity.saturating_sub(self.overhead.reserve.value)
    }

    /// What is left for more.
    pub fn free(&self) -> Bytes {
        self.capacity.saturating_sub(self.total().value)
    }

    /// What is missing; nothing if it fits.
    pub fn shortfall(&self) -> Bytes {
        self.total().value.saturating_sub(self.capacity)
    }

    /// Whether it fits.
    pub fn fits(&self) -> bool {
        self.shortfall() == Bytes::ZERO
    }

    /// Whether it fits even if every part is as large as it may be.
    pub fn surely_fits(&self) -> bool {
        self.total().high <= self.capacity
    }
}

/// The pool of an engine that has one.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolReport {
    /// Its bytes on one accelerator.
    pub bytes: Known<Bytes>,
    /// Its division, where the engine has blocks.
    pub layout: BlockLayout,
    /// Blocks in all.
    pub blocks: Known<u64>,
    /// Blocks one request of the workload's context takes at its worst, with which the engine plans.
    pub blocks_per_request: u64,
    /// Blocks one such request keeps while it decodes.
    pub blocks_kept: u64,
    /// The token count that the engine prints at start.
    pub printed_tokens: Known<u64>,
}

impl PoolReport {
    pub(super) fn new(
        demand: &Demand,
        layout: BlockLayout,
        context: u64,
        per_group: bool,
        trace: Trace<'_>,
    ) -> Self {
        let bytes = demand.pool(trace);
        let (blocks, one) = (demand.blocks(Trace::off()), layout.request(context, trace));
        let sums = [
            (Q::RequestBlocks, one.worst(), one.admitted, Q::AdmittedBlocks),
            (Q::RequestKept, one.kept + one.state, one.kept, Q::KeptBlocks),
        ];
        for (quantity, sum, attention, from) in sums {
            trace.gathered(quantity, &total::FORMULA, sum, || {
                let state = Input::new("state", one.state, at(Q::StateBlocks));
                vec![Input::new("attention", attention, at(from)), state]
            });
        }
        let printed = |count, trace| print(&layout, count, (one.worst(), context, per_group), trace);
        let (Known { value, low, high, basis }, off) = (blocks, Trace::off());
        traced!(trace, Q::PoolRequests, pool_requests {
            N: value => at(Q::PoolBlocks),
            n: one.worst() => at(Q::RequestBlocks),
        });
        Self {
            bytes,
            blocks,
            blocks_per_request: one.worst(),
            blocks_kept: one.kept + one.state,
            printed_tokens: Known {
                value: printed(value, trace),
                low: printed(low, off),
                high: printed(high, off),
                basis,
            },
            layout,
        }
    }

    /// Requests of the workload's context that the engine says the pool holds: all at their worst.
    pub fn concurrency(&self) -> f64 {
        pool_requests(self.blocks.value, self.blocks_per_request)
    }
}

/// The token count that the engine prints of so many blocks.
fn print(
    layout: &BlockLayout,
    count: u64,
    (worst, context, per_group): (u64, u64, bool),
    trace: Trace<'_>,
) -> u64 {
    if per_group {
        return traced!(trace, Q::PrintedTokens, printed_by_group {
            N: count => at(Q::PoolBlocks),
            n_g: layout.group_count() => rules("groups"),
            B: layout.groups.iter().map(|group| group.block_tokens).min().unwrap_or(0) => rules("tokens"),
        });
    }
    traced!(trace, Q::PrintedTokens, printed_tokens {
        pool: count => at(Q::PoolBlocks),
        per_request: worst => at(Q::RequestBlocks),
        s: context => asked("tokens"),
    })
}

/// The start condition of an engine that wants a block of state for each of the most sequences at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateLimit {
    /// Blocks: the largest number of sequences with which it starts.
    pub blocks: Known<u64>,
    /// The most sequences at once, where somebody set them.
    pub asked: Option<u64>,
    /// The engine's own number.
    pub default: Option<u64>,
}

impl StateLimit {
    /// Whether the engine refuses to start with what was set.
    pub fn refuses(&self) -> bool {
        self.asked.is_some_and(|asked| asked > self.blocks.value)
    }

    /// Whether the engine refuses to start with its own number, and nothing else is set.
    pub fn refuses_default(&self) -> bool {
        self.asked.is_none() && self.default.is_some_and(|most| most > self.blocks.value)
    }
}

/// What a deployment holds for a workload.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryEstimate {
    /// One accelerator of every stage.
    pub stages: Vec<RankMemory>,
    /// The stage with the least room.
    pub worst: usize,
    /// The pool of the tightest stage, where the engine has one.
    pub pool: Option<PoolReport>,
    /// What limits the sequences with which the engine starts, if anything does.
    pub state_limit: Option<StateLimit>,
    /// Host memory, all stages.
    pub host: HostMemory,
    /// The most sequences at once at this context.
    pub max_concurrency: Reach,
    /// The longest context at this concurrency.
    pub max_context: Reach,
}

impl MemoryEstimate {
    /// The accelerator with the least room.
    pub fn rank(&self) -> &RankMemory {
        &self.stages[self.worst]
    }

    /// Whether every accelerator holds its part.
    pub fn fits(&self) -> bool {
        self.stages.iter().all(RankMemory::fits)
    }
}
