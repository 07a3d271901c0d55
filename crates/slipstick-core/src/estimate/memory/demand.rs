//! What one rank of a stage is asked to hold.

use super::{
    blocks::BlockLayout,
    layers::{CacheKind, CacheLayer},
    report::HostMemory,
    widths::Widths,
};
use crate::{
    basis::Known,
    deployment::Deployment,
    engine::{StateBytes, StepLimits},
    formulas::memory::{
        activations::{feed_forward_peak, routed_experts_peak},
        state::{conv_state_elements, state_bytes},
    },
    numeric::Format,
    units::Bytes,
    workload::Workload,
};

/// Bytes of an activation: engines compute in 16 bits.
pub(super) const ACTIVATION_BYTES: u64 = 2;

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
    pub fn of(workload: &Workload, deployment: &Deployment) -> Self {
        Self {
            sequences: deployment.plan.sequences_on_rank(workload.concurrency()),
            context: workload.context(),
            input: workload.input(),
            prefix: workload.prefix(),
        }
    }
}

/// One stage of a deployment, as the rules of an engine see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage<'a> {
    pub deployment: &'a Deployment,
    pub weights: Bytes,
    pub experts: Bytes,
    pub expert_format: Option<Format>,
    pub layers: &'a [CacheLayer],
    /// How its pool is divided; empty for an engine without blocks.
    pub layout: &'a BlockLayout,
    pub limits: StepLimits,
    pub widths: &'a Widths,
    /// The token embedding, in the format it is stored in.
    pub embedding: Bytes,
    /// Whether the head is the token embedding.
    pub tied: bool,
    pub first: bool,
    pub last: bool,
}

/// What an engine's rules say that a rank must hold.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    pub weights: Known<Bytes>,
    pub kv_cache: Known<Bytes>,
    pub state: Known<Bytes>,
    pub activations: Known<Bytes>,
    pub context: Known<Bytes>,
    pub graphs: Known<Bytes>,
    pub tables: Known<Bytes>,
    /// What cache and state may take together.
    pub pool: Bytes,
    pub host: HostMemory,
}

impl Demand {
    /// Everything but cache and state.
    pub(super) fn fixed(&self) -> Known<Bytes> {
        self.weights + self.activations + self.context + self.graphs + self.tables
    }

    /// Cache and state.
    pub(super) fn grows(&self) -> Known<Bytes> {
        self.kv_cache + self.state
    }

    /// What is left of `memory` and of the pool, whichever is less; below zero where the demand does not fit.
    pub(super) fn left(&self, memory: Bytes) -> i64 {
        let grows = self.grows().value;
        less(self.pool, grows).min(less(memory, self.fixed().value + grows))
    }
}

/// The signed difference of two sizes, cut off where it is absurd.
fn less(a: Bytes, b: Bytes) -> i64 {
    let cut = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    if a >= b { cut((a.saturating_sub(b)).get()) } else { -cut(b.saturating_sub(a).get()) }
}

impl Stage<'_> {
    /// Memory that programs can have of the device.
    pub(super) fn visible(&self, reserve: Bytes) -> Bytes {
        let d = self.deployment;
        d.options.visible_memory.unwrap_or(d.cluster.accelerator.memory.saturating_sub(reserve))
    }

    /// The widest of the dense and routed blocks while `tokens` pass.
    pub(super) fn block_peak(&self, tokens: u64) -> Bytes {
        let w = self.widths;
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
    pub(super) fn state(&self, bytes: StateBytes, drafts: u64, all_columns: bool) -> Bytes {
        self.layers.iter().map(|layer| layer.state(bytes, drafts, all_columns).times(layer.count)).sum()
    }

    /// Rows of every cache for one sequence of `tokens`, windows bounded, nothing padded.
    pub(super) fn plain_cache(&self, tokens: u64) -> Bytes {
        let cells = |bound: Option<u64>| bound.map_or(tokens, |bound| bound.min(tokens));
        self.layers.iter().map(|layer| layer.bytes(cells, tokens)).sum()
    }

    /// Memory outside the allocator: more where ranks communicate.
    pub(super) fn non_torch(&self, alone: Known<Bytes>, parallel: Known<Bytes>) -> Known<Bytes> {
        if self.deployment.plan.accelerators() > 1 { parallel } else { alone }
    }
}

impl CacheLayer {
    /// State of one sequence in one such layer; nothing for other caches.
    pub(super) fn state(&self, bytes: StateBytes, drafts: u64, all_columns: bool) -> Bytes {
        let CacheKind::State { conv, kernel, state } = self.kind else { return Bytes::ZERO };
        let conv = if all_columns { conv } else { conv_state_elements(conv, kernel, drafts) };
        state_bytes(conv, bytes.conv, state, bytes.recurrent)
    }
}
