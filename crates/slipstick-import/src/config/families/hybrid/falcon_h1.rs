//! Falcon-H1: attention and Mamba-2 side by side in every layer.

use slipstick_core::model::{
    Layer, Model,
    blocks::{FeedForward, NormKind, StateSpace},
};

use super::{
    Config, ConfigError, Dims, FEED_FORWARD, FINAL_LAYERNORM, Family, Frame, PRE_FF, Tie, kinds::positive_or,
    state_spaces::state_space,
};

pub(super) const FAMILY: Family = Family { model_types: &["falcon_h1"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias);
    let inner = if c.is_null("mamba_d_ssm") {
        positive_or(c, "mamba_expand", 2)?.saturating_mul(hidden)
    } else {
        positive_or(c, "mamba_d_ssm", 1024)?
    };
    let space = StateSpace {
        out_bias: c.flag_or("projectors_bias", false)?,
        norm: c.flag_or("mamba_rms_norm", false)?,
        ..state_space(c, hidden, inner)?
    };
    let feed_forward = FeedForward::gated(hidden, c.count("intermediate_size")?)
        .named(FEED_FORWARD)
        .with_bias(c.flag_or("mlp_bias", false)?);
    let layer = Layer::default()
        .with(PRE_FF.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)))
        .with(attention.weights())
        .mix(attention.mixer())
        .with(space.weights())
        .mix(space.mixer())
        .with(feed_forward.weights());
    let tied = Tie::OnlyIfStated.read(c)?;
    let frame = Frame::new(hidden, dims.vocab, NormKind::Rms, tied).named(FINAL_LAYERNORM);
    frame.model(c, (0..dims.layers).map(|_| layer.clone()).collect())
}
