//! Beam: an output gate on every channel with an offset for each head, four norms a layer, a window in five of six layers.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    gated_heads::GatedHeads,
    routed::{FeedForwards, experts, routed_layers, size},
    spans::spans,
};

pub(super) const FAMILY: Family = Family { model_types: &["beam"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let last = dims.layers - 1;
    let slides = |layer: u64| !(layer + 1).is_multiple_of(6) && layer != last;
    let spans = spans(c, dims.layers, c.optional_count("sliding_window")?, slides)?;
    let decoder = GatedHeads {
        dims,
        bias: c.flag_or("attention_bias", false)?,
        gate: "self_attn.gate_proj",
        gates_whole_heads: false,
        norms: &[
            "input_layernorm",
            "post_attention_layernorm",
            "pre_feedforward_layernorm",
            "post_feedforward_layernorm",
        ],
        balance: None,
        blocks: FeedForwards {
            dense: FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?),
            experts: experts(c, dims.hidden, &["moe_intermediate_size"])?,
            routed: routed_layers(c, dims.layers, |layer| layer >= 3)?,
        },
        attention: spans.into_iter().map(|span| (dims.heads, span)).collect(),
    };
    let offset = Weight::vector("self_attn.gate_bias", Role::AttentionOther, dims.heads).by_heads(dims.heads);
    let layers = decoder.layers(c)?.into_iter().map(|layer| layer.with([offset.clone()])).collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}
