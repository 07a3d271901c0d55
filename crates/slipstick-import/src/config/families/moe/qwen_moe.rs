//! Qwen's decoders with experts: Qwen1.5-MoE and Qwen2-MoE with a gated shared expert, Qwen3-MoE without; and Flint, which
//! has sinks, a shared expert without gate, and a window in most layers.

use slipstick_core::model::{
    Layer, Model, Span,
    blocks::{FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie, pre_norm,
    routed::{FeedForwards, ONE_SHARED, experts, routed_layers, size},
    spans::spans,
};

pub(super) const FAMILY: Family = Family {
    model_types: &["qwen2_moe", "qwen3_moe", "qwen3_vl_moe_text", "qwen3_omni_moe_text", "flint"],
    read,
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let is_third = c.model_type() != "qwen2_moe";
    let mut attention = dims.attention();
    if is_third {
        attention = attention.with_head_norm(NormKind::Rms);
        let bias = c.flag_or("attention_bias", false)?;
        attention = attention.with_bias(bias, bias);
    } else {
        attention.qkv_bias = c.flag_or("qkv_bias", true)?;
    }
    attention.sinks = is_flint(c);
    let spans = spans_of(c, dims.layers, is_third)?;
    let blocks = feed_forwards(c, &dims, is_third)?;
    let layer = |(block, span)| -> Layer {
        let attention = attention.with_span(span);
        pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block).renamed(ONE_SHARED)
    };
    let layers = blocks.each().zip(spans).map(layer).collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

fn is_flint(c: &Config<'_>) -> bool {
    c.model_type() == "flint"
}

/// The third generation slides everywhere, the second in every other layer below a bound, and Flint in all but the first
/// two, every fourth and the last.
fn spans_of(c: &Config<'_>, layers: u64, is_third: bool) -> Result<Vec<Span>, ConfigError> {
    if is_flint(c) {
        let is_full = |layer: u64| layer < 2 || layer % 4 == 1 || layer + 1 == layers;
        return spans(c, layers, c.optional_count("sliding_window")?, |layer| !is_full(layer));
    }
    let slides = c.flag_or("use_sliding_window", false)?;
    let window = if slides { c.optional_count("sliding_window")? } else { None };
    let below = if is_third { layers } else { c.count_or("max_window_layers", 28)? };
    spans(c, layers, window, |layer| slides && layer < below && (is_third || layer.is_multiple_of(2)))
}

fn feed_forwards(c: &Config<'_>, dims: &Dims, is_third: bool) -> Result<FeedForwards, ConfigError> {
    let mut experts = experts(c, dims.hidden, &["moe_intermediate_size"])?;
    if !is_third || is_flint(c) {
        experts = experts.with_shared(size(c, &["shared_expert_intermediate_size"])?, !is_third);
    }
    let every = c.count_or("decoder_sparse_step", 1)?;
    if every == 0 {
        return Err(c.invalid("decoder_sparse_step", "positive"));
    }
    let usual = if is_flint(c) { vec![0, 1] } else { Vec::new() };
    let dense = c.counts("mlp_only_layers")?.unwrap_or(usual);
    let routed =
        routed_layers(c, dims.layers, |layer| !dense.contains(&layer) && (layer + 1).is_multiple_of(every))?;
    let dense = FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?);
    Ok(FeedForwards { dense, experts, routed })
}
