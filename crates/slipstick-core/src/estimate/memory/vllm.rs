//! Memory under vLLM's rules.

use super::{
    blocks::{BlockInputs, BlockLayout},
    demand::{ACTIVATION_BYTES, Demand, RankLoad, Stage},
    layers::CacheKind,
    report::HostMemory,
};
use crate::{
    basis::{Basis, Known},
    engine::VllmRules,
    formulas::memory::{
        activations::sampler_peak, block_pool::blocks, cache_cells::padded_context, static_pool::static_pool,
        weights::rotary_table_bytes,
    },
    numeric::Format,
    units::Bytes,
};

pub(super) fn demand(stage: &Stage<'_>, rules: &VllmRules, load: RankLoad) -> Demand {
    let d = stage.deployment;
    let (tokens, most) = batch_limits(stage, load);
    let layout = stage.layout;
    let weights = Known::exact(stage.weights);
    let tables = tables(stage) + padding(stage, rules);
    let activations = activations(stage, rules, tokens, most);
    let context = stage.non_torch(rules.non_torch, rules.non_torch_parallel);
    let graphs = if d.options.graphs == Some(false) { Known::ZERO } else { rules.graphs };
    let taken = weights + tables + activations + context;
    let taken = if rules.graphs_in_budget { taken + graphs } else { taken };
    let share = d.options.memory_share.unwrap_or(rules.memory_share);
    let visible = stage.visible(rules.driver_reserve);
    let pool = d.options.cache_bytes.unwrap_or_else(|| static_pool(share, visible, taken.value));
    let (attention, state) = layout.per_request(load.context);
    let shared = layout.shared(load.prefix).min(attention);
    let in_blocks = |count: u64| layout.block_bytes.times(count);
    let cacheless = layout.block_bytes == Bytes::ZERO;
    Demand {
        weights,
        kv_cache: Known::of(
            in_blocks((attention - shared).saturating_mul(load.sequences).saturating_add(shared)),
            cache_basis(layout),
        ),
        state: Known::exact(in_blocks(state.saturating_mul(load.sequences))),
        activations,
        context,
        graphs,
        tables,
        // Blocks are whole; without a cache nothing is set aside for one.
        pool: if cacheless { pool } else { in_blocks(blocks(pool, 1, layout.block_bytes)) },
        host: HostMemory::default(),
    }
}

/// Tokens of a step and rows the sampler is profiled with.
fn batch_limits(stage: &Stage<'_>, load: RankLoad) -> (u64, u64) {
    // Serving more at once than the default means raising the limit.
    let raised = |most: u64| {
        if stage.deployment.options.max_sequences.is_some() { most } else { most.max(load.sequences) }
    };
    (stage.limits.tokens.unwrap_or(load.context), stage.limits.sequences.map_or(load.sequences, raised))
}

/// The table of rotary angles, which counts as part of the loaded model.
fn tables(stage: &Stage<'_>) -> Known<Bytes> {
    let w = stage.widths;
    Known::of(rotary_table_bytes(w.positions, w.rotary, ACTIVATION_BYTES), Basis::Specified)
}

/// What kernels for MXFP4 experts add by padding their inner width.
fn padding(stage: &Stage<'_>, rules: &VllmRules) -> Known<Bytes> {
    let inner = stage.widths.expert_inner;
    if stage.expert_format != Some(Format::Mxfp4) || inner == 0 {
        return Known::ZERO;
    }
    let padded = padded_context(inner, rules.expert_padding);
    let extra = stage.experts.fraction((padded - inner) as f64 / inner as f64);
    rules.expert_padding_share.of_bytes(extra)
}

fn activations(stage: &Stage<'_>, rules: &VllmRules, tokens: u64, most: u64) -> Known<Bytes> {
    let block = Known::of(stage.block_peak(tokens), Basis::Fitted);
    if !stage.last {
        return block;
    }
    let w = stage.widths;
    let c = rules.bytes_per_logit;
    let peak = |c| sampler_peak(most, w.vocab, c, rules.hidden_copies, tokens, w.hidden, ACTIVATION_BYTES);
    block.max(Known { value: peak(c.value), low: peak(c.low), high: peak(c.high), basis: c.basis })
}

/// How the pool is divided, whatever the load.
pub(super) fn layout(stage: &Stage<'_>, rules: &VllmRules) -> BlockLayout {
    let options = stage.deployment.options;
    let prefix = if options.prefix_caching == Some(false) { 0 } else { rules.prefix_state_blocks };
    let inputs = BlockInputs {
        block_tokens: options.block_tokens.unwrap_or(rules.block_tokens),
        in_flight: stage.limits.tokens.unwrap_or(u64::MAX),
        state_blocks: 1 + prefix + options.drafts.tokens,
        drafts: options.drafts.tokens,
        state: rules.state,
    };
    BlockLayout::new(stage.layers, rules, inputs)
}

/// Compressed caches are not divided into blocks in a way that is published.
fn cache_basis(layout: &BlockLayout) -> Basis {
    let guessed = layout.groups.iter().any(|group| matches!(group.kind, CacheKind::Compressed { .. }));
    if guessed { Basis::Assumed } else { Basis::Exact }
}
