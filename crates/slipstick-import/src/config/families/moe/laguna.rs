//! Laguna: query heads and spans by layer, an output gate, a shared expert of its own width.

use slipstick_core::model::{
    Model,
    blocks::{FeedForward, NormKind, PRE_NORM},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    gated_heads::GatedHeads,
    routed::{FeedForwards, experts, routed_layers, size},
    spans::spans,
};

pub(super) const FAMILY: Family = Family { model_types: &["laguna"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let heads = c.counts("num_attention_heads_per_layer")?;
    let heads = heads.unwrap_or_else(|| (0..dims.layers).map(|_| dims.heads).collect());
    if heads.len() as u64 != dims.layers || heads.contains(&0) {
        return Err(c.invalid("num_attention_heads_per_layer", "a positive count for each layer"));
    }
    let spans = spans(c, dims.layers, c.optional_count("sliding_window")?, |_| false)?;
    let shared = size(c, &["shared_expert_intermediate_size"])?;
    let decoder = GatedHeads {
        dims,
        bias: c.flag_or("attention_bias", false)?,
        gate: "self_attn.g_proj",
        gates_whole_heads: gates_whole_heads(c)?,
        norms: PRE_NORM,
        balance: Some("mlp.experts.e_score_correction_bias"),
        blocks: FeedForwards {
            dense: FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?),
            experts: experts(c, dims.hidden, &["moe_intermediate_size"])?.with_shared(shared, false),
            routed: routed_layers(c, dims.layers, |layer| layer > 0)?,
        },
        attention: heads.into_iter().zip(spans).collect(),
    };
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    frame.model(c, decoder.layers(c)?)
}

/// Whether the output gate has one value a head (`true` or `"per-head"`) or one for each channel.
fn gates_whole_heads(c: &Config<'_>) -> Result<bool, ConfigError> {
    match c.get("gating").and_then(serde_json::Value::as_str) {
        Some(name) => Ok(name == "per-head"),
        None => c.flag_or("gating", true),
    }
}
