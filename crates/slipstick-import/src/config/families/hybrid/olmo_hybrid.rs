//! Olmo Hybrid: gated delta nets, and at every fourth layer OLMo 2's attention with norms behind its blocks.

use slipstick_core::model::{
    Layer, Model, Weight,
    blocks::{DeltaNet, FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    kinds::{Kind, kinds, misplaced, positive_or},
};

pub(super) const FAMILY: Family = Family { model_types: &["olmo_hybrid"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias).with_wide_norm(NormKind::Rms);
    let heads = |key: &str| Ok::<_, ConfigError>(c.optional_count(key)?.unwrap_or(dims.heads).max(1));
    let delta = DeltaNet {
        hidden,
        key_heads: heads("linear_num_key_heads")?,
        value_heads: heads("linear_num_value_heads")?,
        key_dim: positive_or(c, "linear_key_head_dim", 96)?,
        value_dim: positive_or(c, "linear_value_head_dim", 192)?,
        kernel: positive_or(c, "linear_conv_kernel_dim", 4)?,
        fused: false,
    };
    let feed_forward = FeedForward::gated(hidden, c.count("intermediate_size")?).weights();
    let default = |index: u64| if index % 4 == 3 { Kind::Attention } else { Kind::Recurrent };
    let norms = |names: [&'static str; 2]| -> Vec<Weight> {
        names.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)).collect()
    };
    let layers = kinds(c, dims.layers, default)?.into_iter().map(|kind| match kind {
        Kind::Recurrent => Ok(Layer::default()
            .with(norms(["input_layernorm", "post_attention_layernorm"]))
            .with(delta.weights())
            .mix(delta.mixer())
            .with(feed_forward.clone())),
        Kind::Attention => Ok(Layer::default()
            .with(norms(["post_attention_layernorm", "post_feedforward_layernorm"]))
            .with(attention.weights())
            .mix(attention.mixer())
            .with(feed_forward.clone())),
        other => Err(misplaced(c, other)),
    });
    let layers = layers.collect::<Result<_, _>>()?;
    Frame::new(hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}
