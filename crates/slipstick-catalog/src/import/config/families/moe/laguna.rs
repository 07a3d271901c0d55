//! Laguna: query heads and spans by layer, an output gate, a shared expert of its own width.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    pre_norm::{self, Attention},
    routed::{FeedForwards, experts, routed_layers, size},
    spans::spans,
};

pub(super) const FAMILY: Family = Family { model_types: &["laguna"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let bias = c.flag_or("attention_bias", false)?;
    let gates_heads = gates_heads(c)?;
    let heads = c.counts("num_attention_heads_per_layer")?;
    let heads = heads.unwrap_or_else(|| (0..dims.layers).map(|_| dims.heads).collect());
    if heads.len() as u64 != dims.layers || heads.contains(&0) {
        return Err(c.invalid("num_attention_heads_per_layer", "a positive count for each layer"));
    }
    let spans = spans(c, dims.layers, c.class_count("sliding_window")?, |_| false)?;
    let shared = size(c, &["shared_expert_intermediate_size"])?;
    let experts = experts(c, dims.hidden, &["moe_intermediate_size"])?.with_shared(shared, false);
    let dense = FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?);
    let routed = routed_layers(c, dims.layers, |layer| layer > 0)?;
    let balance = Weight::vector("mlp.experts.e_score_correction_bias", Role::Router, experts.count);
    let blocks = FeedForwards { dense, experts, routed };
    let mut layers = Vec::new();
    for ((block, span), heads) in blocks.each().zip(spans).zip(heads) {
        let mut attention = Dims { heads, ..dims }.check(c)?.attention();
        attention = attention.with_head_norm(NormKind::Rms).with_span(span);
        (attention.qkv_bias, attention.out_bias) = (bias, bias);
        let width = if gates_heads { heads } else { heads * dims.head_dim };
        let gate = Weight::matrix("self_attn.g_proj", Role::AttentionOther, width, dims.hidden);
        let mut attention = Attention::from(&attention);
        attention.weights.push(gate.by_heads(heads));
        let is_routed = block.iter().any(|weight| weight.role == Role::Router);
        let layer = pre_norm::layer(NormKind::Rms, dims.hidden, attention, block);
        layers.push(if is_routed { layer.with([balance.clone()]) } else { layer });
    }
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// Whether the output gate has one value a head (`true` or `"per-head"`) or one for each channel.
fn gates_heads(c: &Config<'_>) -> Result<bool, ConfigError> {
    match c.get("gating").and_then(serde_json::Value::as_str) {
        Some(name) => Ok(name == "per-head"),
        None => c.flag_or("gating", true),
    }
}
