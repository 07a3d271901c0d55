//! Llama 1 to 3 and the many that share its block: RMSNorm, rotary grouped-query attention, gated feed-forward.

use slipstick_core::model::{
    Layer, Model, Span,
    blocks::{FeedForward, NormKind},
};

use super::{
    super::{Config, ConfigError, Dims, Tie, decoder::Frame},
    Family,
};

pub(super) const FAMILY: Family = Family { model_types: &["llama", "mistral"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let mut attention = dims.attention();
    let bias = c.flag_or("attention_bias", false)?;
    (attention.qkv_bias, attention.out_bias) = (bias, bias);
    if c.model_type() == "mistral" && !c.is_null("sliding_window") {
        attention.span = Span::Window(c.count_or("sliding_window", 4096)?);
    }
    let mut feed_forward = FeedForward::gated(dims.hidden, c.count("intermediate_size")?);
    feed_forward.bias = c.flag_or("mlp_bias", false)?;
    let layer = Layer::default()
        .with(NormKind::Rms.weights("input_layernorm", dims.hidden))
        .with(attention.weights())
        .mix(attention.mixer())
        .with(NormKind::Rms.weights("post_attention_layernorm", dims.hidden))
        .with(feed_forward.weights());
    let layers = (0..dims.layers).map(|_| layer.clone()).collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}
