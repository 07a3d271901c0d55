//! Memory under engines whose pool is another share of the device: SGLang and TensorRT-LLM.

use super::{
    demand::{ACTIVATION_BYTES, Demand, RankLoad, Stage},
    layers::CacheKind,
    report::HostMemory,
};
use crate::{
    basis::{Basis, Known},
    engine::{SgLangRules, TensorRtLlmRules},
    formulas::memory::{
        activations::forward_peak,
        cache_cells::padded_context,
        static_pool::{share_of_free, static_pool},
    },
    units::Bytes,
};

pub(super) fn sglang(stage: &Stage<'_>, rules: &SgLangRules, load: RankLoad) -> Demand {
    let d = stage.deployment;
    let weights = Known::exact(stage.weights);
    let context = stage.non_torch(rules.non_torch, rules.non_torch_parallel);
    let chunk = stage.limits.tokens.unwrap_or(rules.chunk_tokens);
    let page = d.options.block_tokens.unwrap_or(rules.page_tokens);
    let tokens = padded_context(load.context, page);
    // The windowed layers' pool is a share of the full layers', whatever the window.
    let ratio = if has_full(stage) { rules.window_ratio } else { 1.0 };
    let bounded = Bytes::new(tokens).fraction(ratio).get();
    let kv = stage
        .layers
        .iter()
        .map(|layer| layer.bytes(|b| b.map_or(tokens, |_| bounded), tokens))
        .sum::<Bytes>();
    let share = d.options.memory_share.unwrap_or(rules.static_share);
    Demand {
        weights,
        kv_cache: Known::exact(shared(kv, load, stage)),
        state: Known::of(stage.state(rules.state, 0, false).times(load.sequences), Basis::Specified),
        activations: rules.activation_share.of_bytes(step(stage, rules.logit_bytes, chunk, load.sequences)),
        context,
        graphs: graphs(stage, rules.graphs),
        tables: Known::ZERO,
        pool: d.options.cache_bytes.unwrap_or_else(|| {
            static_pool(share, stage.visible(rules.driver_reserve), stage.weights + context.value)
        }),
        host: HostMemory::default(),
    }
}

pub(super) fn tensorrt_llm(stage: &Stage<'_>, rules: &TensorRtLlmRules, load: RankLoad) -> Demand {
    let d = stage.deployment;
    let weights = Known::exact(stage.weights);
    let context = stage.non_torch(rules.non_torch, rules.non_torch_parallel);
    let tokens = stage.limits.tokens.unwrap_or(rules.max_batched_tokens);
    let activations = rules.activation_share.of_bytes(step(stage, rules.logit_bytes, tokens, load.sequences));
    let graphs = graphs(stage, rules.graphs);
    let context_tokens = padded_context(load.context, d.options.block_tokens.unwrap_or(rules.block_tokens));
    let share = d.options.memory_share.unwrap_or(rules.free_share);
    let taken = (weights + activations + context + graphs).value;
    Demand {
        weights,
        kv_cache: Known::exact(shared(stage.plain_cache(context_tokens), load, stage)),
        state: Known::of(stage.state(rules.state, 0, false).times(load.sequences), Basis::Assumed),
        activations,
        context,
        graphs,
        tables: Known::ZERO,
        pool: d
            .options
            .cache_bytes
            .unwrap_or_else(|| share_of_free(share, stage.visible(rules.driver_reserve), taken)),
        host: HostMemory::default(),
    }
}

fn has_full(stage: &Stage<'_>) -> bool {
    stage.layers.iter().any(|layer| layer.kind == CacheKind::Full)
}

/// The caches of all sequences, a common prefix kept once.
fn shared(one: Bytes, load: RankLoad, stage: &Stage<'_>) -> Bytes {
    let full = stage.layers.iter().filter(|layer| layer.kind == CacheKind::Full);
    let prefix: Bytes = full.map(|layer| layer.row.times(layer.count).times(load.prefix)).sum();
    one.saturating_sub(prefix).times(load.sequences) + prefix.min(one)
}

/// A prefill chunk, or the logits of every running sequence.
fn step(stage: &Stage<'_>, logit_bytes: u64, tokens: u64, sequences: u64) -> Bytes {
    let block = stage.block_peak(tokens);
    let w = stage.widths;
    let logits = if stage.last {
        forward_peak(sequences, w.vocab, logit_bytes, w.hidden, ACTIVATION_BYTES)
    } else {
        Bytes::ZERO
    };
    block.max(logits)
}

fn graphs(stage: &Stage<'_>, graphs: Known<Bytes>) -> Known<Bytes> {
    if stage.deployment.options.graphs == Some(false) { Known::ZERO } else { graphs }
}
