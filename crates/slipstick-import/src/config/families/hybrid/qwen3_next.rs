//! Qwen3-Next and the text part of Qwen3.5: gated delta nets with gated attention at every fourth layer.

use slipstick_core::model::{
    Component, ComponentKind, Layer, Model, Role, Weight,
    blocks::{DeltaNet, Experts, FeedForward, NormKind},
};

use super::{
    super::ONE_SHARED,
    Config, ConfigError, Dims, Family, Frame, Tie,
    kinds::{Kind, kinds, misplaced, positive_or},
};

pub(super) const FAMILY: Family =
    Family { model_types: &["qwen3_next", "qwen3_5_text", "qwen3_5_moe_text"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let bias = c.flag_or("attention_bias", false)?;
    let mut attention = dims.attention().with_bias(bias, bias).with_head_norm(NormKind::Rms);
    attention.gated = true;
    let delta = DeltaNet {
        hidden,
        key_heads: positive_or(c, "linear_num_key_heads", 16)?,
        value_heads: positive_or(c, "linear_num_value_heads", 32)?,
        key_dim: positive_or(c, "linear_key_head_dim", 128)?,
        value_dim: positive_or(c, "linear_value_head_dim", 128)?,
        kernel: positive_or(c, "linear_conv_kernel_dim", 4)?,
        fused: c.model_type() == "qwen3_next",
    };
    let interval = positive_or(c, "full_attention_interval", 4)?;
    let default =
        |index: u64| if (index + 1).is_multiple_of(interval) { Kind::Attention } else { Kind::Recurrent };
    let norms: Vec<Weight> = ["input_layernorm", "post_attention_layernorm"]
        .iter()
        .flat_map(|name| NormKind::Rms.weights(*name, hidden))
        .collect();
    let tail = tail(c, hidden)?;
    let layers = kinds(c, dims.layers, default)?.into_iter().zip(0..).map(|(kind, index)| {
        let layer = match kind {
            Kind::Recurrent => Layer::default().with(delta.weights()).mix(delta.mixer()),
            Kind::Attention => Layer::default().with(attention.weights()).mix(attention.mixer()),
            other => return Err(misplaced(c, other)),
        };
        Ok(layer.with(norms.clone()).with(tail(index)).renamed(ONE_SHARED))
    });
    let layers: Vec<Layer> = layers.collect::<Result<_, _>>()?;
    let tied = Tie::OnlyIfStated.read(c)?;
    let mut model = Frame::new(hidden, dims.vocab, NormKind::Rms, tied).model(c, layers)?;
    let blocks = c.count_or("mtp_num_hidden_layers", 0)?;
    let predictor = Layer::default().with(attention.weights()).with(norms).with(tail(dims.layers - 1));
    model.components.extend(multi_token(&predictor, hidden, blocks));
    Ok(model)
}

/// What follows the mixer of each layer.
fn tail(c: &Config<'_>, hidden: u64) -> Result<impl Fn(u64) -> Vec<Weight> + use<>, ConfigError> {
    let count = if c.model_type() == "qwen3_5_text" { 0 } else { c.count_or("num_experts", 512)? };
    let experts = if count == 0 {
        Vec::new()
    } else {
        let chosen = c.count_or("num_experts_per_tok", 10)?;
        Experts::gated(hidden, positive_or(c, "moe_intermediate_size", 512)?, count, chosen)
            .with_shared(positive_or(c, "shared_expert_intermediate_size", 512)?, true)
            .weights()
    };
    // Only the first of the family can mix dense layers in.
    let is_mixed = c.model_type() == "qwen3_next";
    let dense_only = if is_mixed { c.counts("mlp_only_layers")?.unwrap_or_default() } else { Vec::new() };
    let step = if is_mixed { positive_or(c, "decoder_sparse_step", 1)? } else { 1 };
    let dense = if is_mixed || count == 0 {
        FeedForward::gated(hidden, c.count_or("intermediate_size", 5632)?).weights()
    } else {
        Vec::new()
    };
    Ok(move |index: u64| {
        let is_sparse = count > 0 && !dense_only.contains(&index) && (index + 1).is_multiple_of(step);
        if is_sparse { experts.clone() } else { dense.clone() }
    })
}

/// The blocks that predict further tokens: an attention layer each behind a joining projection and three norms.
fn multi_token(layer: &Layer, hidden: u64, blocks: u64) -> Option<Component> {
    let join = Weight::matrix("fc", Role::MultiToken, hidden, 2 * hidden);
    let norms = ["pre_fc_norm_embedding", "pre_fc_norm_hidden", "norm"];
    let weights = layer
        .weights
        .iter()
        .cloned()
        .map(|weight| weight.repeated(blocks))
        .chain([join])
        .chain(norms.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)))
        .map(|weight| weight.with_role(Role::MultiToken));
    let weights = weights.collect();
    (blocks > 0).then_some(Component { path: "mtp".into(), kind: ComponentKind::MultiToken, weights })
}
