//! What one rank of a stage is asked to hold.

use super::{
    BlockLayout, EngineOptions, StateBytes, StepLimits,
    caches::{CacheKind, CacheLayer, Rows},
    towers::Towers,
    widths::Widths,
};
use crate::{
    basis::{Basis, Known},
    formulas::{
        memory::{
            activations::{feed_forward_peak, forward_peak, routed_experts_peak, share_of_count},
            block_pool::{block_room, blocks},
            kv_cache::shared_cache,
            state::state_of_all,
            static_pool::left_over,
        },
        parts::{largest, total},
    },
    hardware::MemoryUse,
    numeric::{CacheFormat, Format},
    plan::Plan,
    quantity::Quantity as Q,
    trace::{Input, Origin, Source, Trace, asked, at, fact, layout, model, rules},
    traced,
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
    /// Tokens each reaches.
    pub context: u64,
    /// Tokens that the engine is told each may reach.
    pub limit: u64,
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
            context: workload.length(),
            limit: workload.context(),
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
    /// Whether prompts that do not fit into a step are divided.
    pub divides: bool,
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
    /// Encoders that are loaded from a file of their own.
    pub towers: Option<Towers>,
    /// Whether attention keeps a workspace for every place of a sequence.
    pub attention_workspace: bool,
    /// Whether the device is the host, so that nothing lies beside it.
    pub on_host: bool,
    /// What a checkpoint weighs, against what is counted.
    pub share: Known<f64>,
    /// What the engine took of memory against its rules, where its starts were read.
    pub memory_use: MemoryUse,
    /// How the pool is divided; empty for an engine without blocks.
    pub layout: BlockLayout,
}

/// What an engine's rules say that a rank must hold.
#[derive(Debug, Clone)]
pub(crate) struct Demand {
    pub weights: Known<Bytes>,
    /// Of the weights, encoders from a file of their own.
    pub towers: Known<Bytes>,
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

    /// The same, each part by its name.
    pub(crate) const fn fixed_parts(&self) -> [(Q, Known<Bytes>); 5] {
        [
            (Q::Weights, self.weights),
            (Q::Activations, self.activations),
            (Q::DeviceContext, self.context),
            (Q::Graphs, self.graphs),
            (Q::Tables, self.tables),
        ]
    }

    /// Cache and state.
    pub(crate) fn grows(&self) -> Known<Bytes> {
        self.kv_cache + self.state
    }

    /// The pool: without blocks all the room there is.
    pub(crate) fn pool(&self, trace: Trace<'_>) -> Known<Bytes> {
        if self.block == Bytes::ZERO {
            return self.room;
        }
        let of = |blocks, trace| {
            traced!(trace, Q::Pool, block_room {
                N: blocks => at(Q::PoolBlocks),
                g: 1 => rules("groups"),
                P: self.block => at(Q::BlockBytes),
            })
        };
        let (Known { value, low, high, basis }, off) = (self.blocks(trace), Trace::off());
        Known { value: of(value, trace), low: of(low, off), high: of(high, off), basis }
    }

    /// Blocks of the pool, where it has any.
    pub(crate) fn blocks(&self, trace: Trace<'_>) -> Known<u64> {
        let count = |room, trace| {
            traced!(trace, Q::PoolBlocks, blocks {
                available: room => at(Q::PoolRoom),
                group: 1 => rules("groups"),
                page: self.block => at(Q::BlockBytes),
            })
        };
        let (Known { value, low, high, basis }, off) = (self.room, Trace::off());
        Known { value: count(value, trace), low: count(low, off), high: count(high, off), basis }
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
    pub(crate) fn visible(&self, reserve: Known<Bytes>, trace: Trace<'_>) -> Known<Bytes> {
        if let Some(visible) = self.options.visible_memory {
            trace.stated(Q::VisibleMemory, visible, Source::Request, Basis::Exact);
            return Known::exact(visible);
        }
        // A host has no driver that keeps some of it.
        let reserve = if self.on_host { Known::ZERO } else { reserve };
        let value = traced!(trace, Q::VisibleMemory, left_over {
            M: self.memory => fact("B", Source::Accelerator, Basis::Exact),
            W: reserve.value => fact("B", Source::Engine, reserve.basis),
        });
        Known { value, ..reserve.left_of(Known::exact(self.memory)) }
    }

    /// The share of memory that is set, or the engine's own.
    pub(crate) fn share(&self, own: f64) -> (f64, Origin) {
        self.options
            .memory_share
            .map_or((own, fact("", Source::Engine, Basis::Exact)), |share| (share, asked("")))
    }

    /// What cache and state may take: what is set, or what `left` leaves of the `visible` memory beside `parts`, at every
    /// end of the intervals.
    pub(crate) fn room(
        &self,
        visible: Known<Bytes>,
        parts: &[(Q, Known<Bytes>)],
        trace: Trace<'_>,
        left: impl Fn(Bytes, Bytes, Trace<'_>) -> Bytes,
    ) -> Known<Bytes> {
        if let Some(bytes) = self.options.cache_bytes {
            trace.stated(Q::PoolRoom, bytes, Source::Request, Basis::Exact);
            return Known::exact(bytes);
        }
        let (taken, off) = (before_pool(parts, trace), Trace::off());
        Known {
            value: left(visible.value, taken.value, trace),
            low: left(visible.low, taken.high, off),
            high: left(visible.high, taken.low, off),
            basis: visible.basis.and(taken.basis),
        }
    }

    /// Tokens of a step: as many as the longest prompt where none is divided.
    pub(crate) fn step_tokens(&self, limit: u64, load: RankLoad) -> u64 {
        if self.divides { limit } else { limit.max(load.limit) }
    }

    /// The widest of the dense and routed blocks while `tokens` pass.
    pub(crate) fn block_peak(&self, (tokens, from): Rows, trace: Trace<'_>) -> Bytes {
        let w = &self.widths;
        let dense = traced!(trace, Q::FeedForwardPeak, feed_forward_peak {
            tokens: tokens => from,
            f: w.inner => model("elements"),
            h: w.hidden => model("elements"),
            b_a: ACTIVATION_BYTES => rules("B"),
        });
        let routed = if w.experts == 0 {
            Bytes::ZERO
        } else {
            traced!(trace, Q::RoutedExpertsPeak, routed_experts_peak {
                tokens: tokens => from,
                k: w.experts => model("experts"),
                f_e: w.expert_inner => model("elements"),
                h: w.hidden => model("elements"),
                b_a: ACTIVATION_BYTES => rules("B"),
            })
        };
        Self::peak(Q::BlockPeak, [(Q::FeedForwardPeak, dense), (Q::RoutedExpertsPeak, routed)], trace)
    }

    /// The logits of so many rows, and the hidden states that they come from; nothing but on the last stage.
    pub(crate) fn logits_peak(&self, (rows, from): Rows, logit_bytes: u64, trace: Trace<'_>) -> Bytes {
        if !self.last {
            return Bytes::ZERO;
        }
        traced!(trace, Q::LogitsPeak, forward_peak {
            tokens: rows => from,
            vocab: self.widths.vocab => model("tokens"),
            b_l: logit_bytes => rules("B"),
            h: self.widths.hidden => model("elements"),
            b_a: ACTIVATION_BYTES => rules("B"),
        })
    }

    /// The largest of what is not alive at once.
    pub(crate) fn peak<const N: usize>(quantity: Q, parts: [(Q, Bytes); N], trace: Trace<'_>) -> Bytes {
        let peak = parts.iter().map(|(_, bytes)| *bytes).fold(Bytes::ZERO, Bytes::max);
        trace.gathered(quantity, &largest::FORMULA, peak, || {
            let parts = parts.iter().filter(|(_, bytes)| *bytes > Bytes::ZERO);
            parts.map(|(part, bytes)| Input::new(part.about(), *bytes, at(*part))).collect()
        });
        peak
    }

    /// What an engine takes of the peak of a step.
    pub(crate) fn share_of_step(share: Known<f64>, peak: Bytes, trace: Trace<'_>) -> Known<Bytes> {
        let value = traced!(trace, Q::Activations, share_of_count {
            f: share.value => fact("", Source::Engine, share.basis),
            M_c: peak => at(Q::StepPeak),
        });
        Known { value, ..share.of_bytes(peak) }
    }

    /// State of one sequence with `drafts` more convolution columns. With `all_columns` the convolution keeps its current
    /// column too.
    pub(crate) fn state(&self, bytes: StateBytes, drafts: u64, all_columns: bool, trace: Trace<'_>) -> Bytes {
        let of_kind = |(kind, layer): (usize, &CacheLayer), trace| {
            let one = layer.state(bytes, drafts, all_columns, (kind, trace));
            if one == Bytes::ZERO {
                return one;
            }
            traced!(trace, Q::KindState(kind), state_of_all {
                n: layer.count => model("layers"),
                M_state: one => at(Q::LayerState(kind)),
            })
        };
        let sum = self.layers.iter().enumerate().map(|layer| of_kind(layer, trace)).sum();
        trace.gathered(Q::SequenceState, &total::FORMULA, sum, || {
            let kinds = self.layers.iter().enumerate().map(|layer| (layer.0, of_kind(layer, Trace::off())));
            parts(kinds, Q::KindState)
        });
        sum
    }

    /// State of all sequences, each of which keeps so much.
    pub(crate) fn states(one: Bytes, sequences: u64, trace: Trace<'_>) -> Bytes {
        traced!(trace, Q::State, state_of_all {
            n: sequences => layout("sequences"),
            M_state: one => at(Q::SequenceState),
        })
    }

    /// Cache of one sequence, its rows counted for each layer by its place among the kinds and its window.
    pub(crate) fn cache(
        &self,
        cells: impl Fn(usize, Option<u64>) -> Rows,
        encoder: Rows,
        trace: Trace<'_>,
    ) -> Bytes {
        let of_kind = |(kind, layer): (usize, &CacheLayer), trace| {
            layer.bytes(|bound| cells(kind, bound), encoder, (kind, trace))
        };
        let sum = self.layers.iter().enumerate().map(|layer| of_kind(layer, trace)).sum();
        trace.gathered(Q::SequenceCache, &total::FORMULA, sum, || {
            let kinds = self.layers.iter().enumerate().map(|layer| (layer.0, of_kind(layer, Trace::off())));
            parts(kinds, Q::LayerCache)
        });
        sum
    }

    /// Rows of every cache for one sequence of `tokens`, windows bounded, nothing padded.
    pub(crate) fn plain_cache(&self, tokens: Rows, trace: Trace<'_>) -> Bytes {
        let cells = |_, bound: Option<u64>| match bound {
            Some(bound) if bound < tokens.0 => (bound, model("tokens")),
            Some(_) | None => tokens,
        };
        self.cache(cells, tokens, trace)
    }

    /// Caches of so many sequences, each of which keeps `one`, a common prefix once.
    pub(crate) fn caches(one: Bytes, prefix: Bytes, sequences: u64, trace: Trace<'_>) -> Bytes {
        traced!(trace, Q::KvCache, shared_cache {
            n: sequences => layout("sequences"),
            M_1: one => at(Q::SequenceCache),
            M_p: prefix => asked("B"),
        })
    }

    /// The same if nothing is shared.
    pub(crate) fn worst(one: Bytes, sequences: u64, trace: Trace<'_>) -> Bytes {
        traced!(trace, Q::WorstCache, shared_cache {
            n: sequences => layout("sequences"),
            M_1: one => at(Q::SequenceCache),
            M_p: Bytes::ZERO => asked("B"),
        })
    }

    /// Memory of a device outside the allocator: more where ranks communicate, none on a host.
    pub(crate) fn non_torch(&self, alone: Known<Bytes>, parallel: Known<Bytes>) -> Known<Bytes> {
        if self.on_host {
            return Known::ZERO;
        }
        self.outside(if self.plan.accelerators() > 1 { parallel } else { alone })
    }

    /// What all sequences have in common of the caches without a bound.
    pub(crate) fn prefix(&self, load: RankLoad) -> Bytes {
        let full = self.layers.iter().filter(|layer| layer.kind == CacheKind::Full);
        full.map(|layer| layer.row.times(layer.count).times(load.prefix)).sum()
    }

    /// A prefill chunk, or the logits of every running sequence.
    pub(crate) fn step_peak(&self, logit_bytes: u64, tokens: u64, sequences: u64, trace: Trace<'_>) -> Bytes {
        let block = self.block_peak((tokens, rules("tokens")), trace);
        let logits = self.logits_peak((sequences, layout("sequences")), logit_bytes, trace);
        Self::peak(Q::StepPeak, [(Q::BlockPeak, block), (Q::LogitsPeak, logits)], trace)
    }

    /// What captured graphs take, unless they are off; a host captures none.
    pub(crate) fn graphs(&self, graphs: Known<Bytes>) -> Known<Bytes> {
        if self.on_host || self.options.graphs == Some(false) { Known::ZERO } else { self.captured(graphs) }
    }

    /// The demand of an engine whose cache grows until the device is full.
    pub(crate) fn grown(
        &self,
        load: RankLoad,
        state: StateBytes,
        activations: Known<Bytes>,
        context: Known<Bytes>,
        trace: Trace<'_>,
    ) -> Demand {
        let prefix = if load.prefix == 0 {
            Bytes::ZERO
        } else {
            self.plain_cache((load.prefix, asked("tokens")), Trace::off())
        };
        let one = self.plain_cache((load.context, asked("tokens")), trace);
        let state = self.state(state, 0, true, trace);
        let mut demand = Demand {
            weights: self.held(self.weights),
            towers: Known::ZERO,
            kv_cache: Known::exact(Self::caches(one, prefix, load.sequences, trace)),
            kv_cache_worst: Self::worst(one, load.sequences, trace),
            state: Known::exact(Self::states(state, load.sequences, trace)),
            each: one.saturating_sub(prefix) + state,
            activations,
            context,
            graphs: Known::ZERO,
            tables: Known::ZERO,
            room: Known::ZERO,
            block: Bytes::ZERO,
            host: HostMemory::default(),
        };
        demand.room = self.rest(&demand, trace);
        demand
    }

    /// The room of an engine whose cache grows until the device is full: all that nothing else takes.
    pub(crate) fn rest(&self, demand: &Demand, trace: Trace<'_>) -> Known<Bytes> {
        let taken = before_pool(&demand.fixed_parts(), trace);
        let (memory, from) =
            self.options.visible_memory.map_or((self.memory, at(Q::Capacity)), |memory| (memory, asked("B")));
        let value = traced!(trace, Q::PoolRoom, left_over {
            M: memory => from,
            W: taken.value => at(Q::BeforePool),
        });
        Known { value, ..taken.left_of(Known::exact(memory)) }
    }
}

/// What lies on the device before the pool is made.
fn before_pool(parts: &[(Q, Known<Bytes>)], trace: Trace<'_>) -> Known<Bytes> {
    let taken: Known<Bytes> = parts.iter().map(|(_, part)| *part).sum();
    trace.gathered(Q::BeforePool, &total::FORMULA, taken.value, || {
        let parts = parts.iter().filter(|(_, part)| part.value > Bytes::ZERO);
        parts.map(|(part, known)| Input::new(part.about(), known.value, at(*part))).collect()
    });
    taken
}

/// What each kind of layer adds to a sum, by its place among the kinds.
fn parts(kinds: impl Iterator<Item = (usize, Bytes)>, quantity: fn(usize) -> Q) -> Vec<Input> {
    let some = kinds.filter(|(_, bytes)| *bytes > Bytes::ZERO);
    some.map(|(kind, bytes)| Input::new(format!("kind {kind}"), bytes, at(quantity(kind)))).collect()
}
