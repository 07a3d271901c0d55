//! Memory under plain library code, and without an engine.

use super::{
    demand::{ACTIVATION_BYTES, Demand, RankLoad, Stage},
    report::HostMemory,
};
use crate::{
    basis::{Basis, Known},
    engine::{StateBytes, TransformersRules},
    formulas::memory::activations::{eager_scores, forward_peak},
    units::Bytes,
};

pub(super) fn transformers(stage: &Stage<'_>, rules: &TransformersRules, load: RankLoad) -> Demand {
    let d = stage.deployment;
    let w = stage.widths;
    let prompt = load.input.saturating_mul(load.sequences);
    let kept = if d.options.full_logits.unwrap_or(rules.full_logits) { prompt } else { load.sequences };
    let logits = if stage.last {
        forward_peak(kept, w.vocab, ACTIVATION_BYTES, w.hidden, ACTIVATION_BYTES)
    } else {
        Bytes::ZERO
    };
    let scores = if d.options.flash_attention.unwrap_or(rules.flash_attention) {
        Bytes::ZERO
    } else {
        eager_scores(w.heads, prompt, load.input, ACTIVATION_BYTES)
    };
    let peak = logits.max(stage.block_peak(prompt)).max(scores);
    finish(stage, load, rules.state, rules.activation_share.of_bytes(peak), rules.context)
}

pub(super) fn ideal(stage: &Stage<'_>, load: RankLoad) -> Demand {
    let w = stage.widths;
    // One decoding step of all sequences.
    let logits = forward_peak(load.sequences, w.vocab, ACTIVATION_BYTES, w.hidden, ACTIVATION_BYTES);
    let peak = stage.block_peak(load.sequences).max(if stage.last { logits } else { Bytes::ZERO });
    finish(stage, load, StateBytes::SIXTEEN_BITS, Known::of(peak, Basis::Assumed), Known::ZERO)
}

fn finish(
    stage: &Stage<'_>,
    load: RankLoad,
    state: StateBytes,
    activations: Known<Bytes>,
    context: Known<Bytes>,
) -> Demand {
    let d = stage.deployment;
    let prefix = stage.plain_cache(load.prefix);
    let one = stage.plain_cache(load.context);
    let cache = one.saturating_sub(prefix).times(load.sequences) + prefix.min(one);
    let state = stage.state(state, 0, true).times(load.sequences);
    let mut demand = Demand {
        weights: Known::exact(stage.weights),
        kv_cache: Known::exact(cache),
        state: Known::exact(state),
        activations,
        context,
        graphs: Known::ZERO,
        tables: Known::ZERO,
        pool: Bytes::ZERO,
        host: HostMemory::default(),
    };
    demand.pool = d.cluster.accelerator.memory.saturating_sub(demand.fixed().value);
    demand
}
