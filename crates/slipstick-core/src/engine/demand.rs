//! What one rank of a stage is asked to hold.

use super::{
    BlockLayout, EngineOptions, StateBytes, StepLimits,
    caches::{CacheKind, CacheLayer},
    widths::Widths,
};
use crate::{
    basis::Known,
    formulas::memory::{
        activations::{feed_forward_peak, forward_peak, routed_experts_peak},
        block_pool::blocks,
        state::{conv_state_elements, state_bytes},
    },
    numeric::{CacheFormat, Format},
    plan::Plan,
    units::Bytes,
    workload::Workload,
};

/// Bytes of an activation: engines compute in 16 bits.
pub(crate) const ACTIVATION_BYTES: u64 = 2;

/// The sequences of one rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankLoad {
    /// Sequences the rank serves.
    pub sequences: u64,
    /// Tokens each may reach.
    pub context: u64,
    /// Tokens each brings.
    pub input: u64,
    /// Leading tokens that all share.
    pub prefix: u64,
}

impl RankLoad {
    /// A workload as the busiest data-parallel rank sees it.
    pub const fn of(workload: &Workload, plan: Plan) -> Self {
        Self {
            sequences: plan.sequences_on_rank(workload.concurrency()),
            context: workload.context(),
            input: workload.input(),
            prefix: workload.prefix(),
        }
    }
}

/// What lies in the host's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostMemory {
    /// Weights that stay there.
    pub weights: Bytes,
    /// Inputs of a step.
    pub compute: Bytes,
    /// Outputs of a step.
    pub output: Bytes,
}

impl HostMemory {
    /// All of it.
    pub fn total(&self) -> Bytes {
        self.weights + self.compute + self.output
    }
}

/// One stage of a deployment, as the rules of an engine see it: all that no load changes.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a stage")]
pub(crate) struct Stage {
    pub plan: Plan,
    pub options: EngineOptions,
    /// The format of the cache.
    pub cache: CacheFormat,
    /// Memory of the accelerator.
    pub memory: Bytes,
    /// What is set, or the engine's own limits on this accelerator.
    pub limits: StepLimits,
    pub weights: Bytes,
    pub experts: Bytes,
    pub expert_format: Option<Format>,
    /// The token embedding, in the format it is stored in.
    pub embedding: Bytes,
    /// Whether the head is the token embedding.
    pub tied: bool,
    pub layers: Vec<CacheLayer>,
    pub widths: Widths,
    pub first: bool,
    pub last: bool,
    /// Whether the device is the host, so that nothing lies beside it.
    pub on_host: bool,
    /// What a checkpoint weighs, against what is counted.
    pub share: Known<f64>,
    /// How the pool is divided; empty for an engine without blocks.
    pub layout: BlockLayout,
}

/// What an engine's rules say that a rank must hold.
#[derive(Debug, Clone)]
pub(crate) struct Demand {
    pub weights: Known<Bytes>,
    pub kv_cache: Known<Bytes>,
    /// The cache if every sequence were at its worst at once.
    pub kv_cache_worst: Bytes,
    pub state: Known<Bytes>,
    pub activations: Known<Bytes>,
    pub context: Known<Bytes>,
    pub graphs: Known<Bytes>,
    pub tables: Known<Bytes>,
    /// What every further sequence adds to cache and state at least.
    pub each: Bytes,
    /// What cache and state may take together, in whole blocks of the size below.
    pub room: Known<Bytes>,
    /// Bytes of a block; nothing where the pool has none.
    pub block: Bytes,
    pub host: HostMemory,
}

impl Demand {
    /// Everything but cache and state.
    pub(crate) fn fixed(&self) -> Known<Bytes> {
        self.weights + self.activations + self.context + self.graphs + self.tables
    }

    /// Cache and state.
    pub(crate) fn grows(&self) -> Known<Bytes> {
        self.kv_cache + self.state
    }

    /// The pool: without blocks all the room there is.
    pub(crate) fn pool(&self) -> Known<Bytes> {
        let whole = |room| self.block.times(blocks(room, 1, self.block));
        if self.block == Bytes::ZERO { self.room } else { self.room.map(whole) }
    }

    /// Blocks of the pool, where it has any.
    pub(crate) fn blocks(&self) -> Known<u64> {
        let count = |room| blocks(room, 1, self.block);
        let Known { value, low, high, basis } = self.room;
        Known { value: count(value), low: count(low), high: count(high), basis }
    }

    /// The most sequences that can be held, from what one of them leaves: each further one adds [`Demand::each`] at least.
    /// Where nothing else grows, it is the most that are held.
    pub(crate) fn bound(&self, memory: Bytes) -> u64 {
        match (u64::try_from(self.left(memory)), self.each.get()) {
            (Err(_), _) => 0,
            (Ok(_), 0) => u64::MAX,
            (Ok(left), each) => 1 + left / each,
        }
    }

    /// What is left of `memory` and of the pool, whichever is less; below zero where the demand does not fit.
    pub(crate) fn left(&self, memory: Bytes) -> i64 {
        let grows = self.grows().value;
        // Cache and state take whole blocks, so that what is over changes nothing.
        less(self.room.value, grows).min(less(memory, self.fixed().value + grows))
    }
}

/// The signed difference of two sizes, cut off where it is absurd.
fn less(a: Bytes, b: Bytes) -> i64 {
    let cut = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    if a >= b { cut((a.saturating_sub(b)).get()) } else { -cut(b.saturating_sub(a).get()) }
}

impl Stage {
    /// Weights that were counted, with the spread of checkpoints in their formats.
    pub(crate) fn held(&self, weights: Bytes) -> Known<Bytes> {
        self.share.of_bytes(weights)
    }

    /// Memory that programs can have of the device.
    pub(crate) fn visible(&self, reserve: Known<Bytes>) -> Known<Bytes> {
        let driver = || reserve.left_of(Known::exact(self.memory));
        self.options.visible_memory.map_or_else(driver, Known::exact)
    }

    /// What cache and state may take: what is set, or what `left` leaves of the `visible` memory beside what is `taken`,
    /// at every end of the intervals.
    pub(crate) fn room(
        &self,
        visible: Known<Bytes>,
        taken: Known<Bytes>,
        left: impl Fn(Bytes, Bytes) -> Bytes,
    ) -> Known<Bytes> {
        let free = || Known {
            value: left(visible.value, taken.value),
            low: left(visible.low, taken.high),
            high: left(visible.high, taken.low),
            basis: visible.basis.and(taken.basis),
        };
        self.options.cache_bytes.map_or_else(free, Known::exact)
    }

    /// The widest of the dense and routed blocks while `tokens` pass.
    pub(crate) fn block_peak(&self, tokens: u64) -> Bytes {
        let w = &self.widths;
        let dense = feed_forward_peak(tokens, w.inner, w.hidden, ACTIVATION_BYTES);
        let routed = if w.experts == 0 {
            Bytes::ZERO
        } else {
            routed_experts_peak(tokens, w.experts, w.expert_inner, w.hidden, ACTIVATION_BYTES)
        };
        dense.max(routed)
    }

    /// State of one sequence with `drafts` more convolution columns. With `all_columns` the convolution keeps its current
    /// column too.
    pub(crate) fn state(&self, bytes: StateBytes, drafts: u64, all_columns: bool) -> Bytes {
        self.layers.iter().map(|layer| layer.state(bytes, drafts, all_columns).times(layer.count)).sum()
    }

    /// Rows of every cache for one sequence of `tokens`, windows bounded, nothing padded.
    pub(crate) fn plain_cache(&self, tokens: u64) -> Bytes {
        let cells = |bound: Option<u64>| bound.map_or(tokens, |bound| bound.min(tokens));
        self.layers.iter().map(|layer| layer.bytes(cells, tokens)).sum()
    }

    /// Memory outside the allocator: more where ranks communicate.
    pub(crate) fn non_torch(&self, alone: Known<Bytes>, parallel: Known<Bytes>) -> Known<Bytes> {
        if self.plan.accelerators() > 1 { parallel } else { alone }
    }

    /// What each sequence keeps of its own of `one` cache, and what is kept once of a common prefix.
    pub(crate) fn shared(&self, one: Bytes, load: RankLoad) -> (Bytes, Bytes) {
        let full = self.layers.iter().filter(|layer| layer.kind == CacheKind::Full);
        let prefix: Bytes = full.map(|layer| layer.row.times(layer.count).times(load.prefix)).sum();
        (one.saturating_sub(prefix), prefix.min(one))
    }

    /// A prefill chunk, or the logits of every running sequence.
    pub(crate) fn step_peak(&self, logit_bytes: u64, tokens: u64, sequences: u64) -> Bytes {
        let block = self.block_peak(tokens);
        let w = &self.widths;
        let logits = if self.last {
            forward_peak(sequences, w.vocab, logit_bytes, w.hidden, ACTIVATION_BYTES)
        } else {
            Bytes::ZERO
        };
        block.max(logits)
    }

    /// What captured graphs take, unless they are off.
    pub(crate) fn graphs(&self, graphs: Known<Bytes>) -> Known<Bytes> {
        if self.options.graphs == Some(false) { Known::ZERO } else { graphs }
    }

    /// The demand of an engine whose cache grows until the device is full.
    pub(crate) fn grown(
        &self,
        load: RankLoad,
        state: StateBytes,
        activations: Known<Bytes>,
        context: Known<Bytes>,
    ) -> Demand {
        let prefix = if load.prefix == 0 { Bytes::ZERO } else { self.plain_cache(load.prefix) };
        let one = self.plain_cache(load.context);
        let own = one.saturating_sub(prefix);
        let state = self.state(state, 0, true);
        let mut demand = Demand {
            weights: self.held(self.weights),
            kv_cache: Known::exact(own.times(load.sequences) + prefix.min(one)),
            kv_cache_worst: one.times(load.sequences),
            state: Known::exact(state.times(load.sequences)),
            each: own + state,
            activations,
            context,
            graphs: Known::ZERO,
            tables: Known::ZERO,
            room: Known::ZERO,
            block: Bytes::ZERO,
            host: HostMemory::default(),
        };
        demand.room = demand.fixed().left_of(Known::exact(self.memory));
        demand
    }
}

impl CacheLayer {
    /// State of one sequence in one such layer; nothing for other caches.
    pub(crate) fn state(&self, bytes: StateBytes, drafts: u64, all_columns: bool) -> Bytes {
        let CacheKind::State { conv, kernel, state } = self.kind else { return Bytes::ZERO };
        let conv = if all_columns { conv } else { conv_state_elements(conv, kernel, drafts) };
        state_bytes(conv, bytes.conv, state, bytes.recurrent)
    }
}
