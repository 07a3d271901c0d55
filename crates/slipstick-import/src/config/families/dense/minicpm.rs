//! MiniCPM 1 and 4: Llama's block with a tied head, and in one model the experts of Mixtral.

use slipstick_core::model::{
    Layer, Model,
    blocks::{Experts, NormKind, PRE_NORM},
};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie};

pub(super) const FAMILY: Family = Family { model_types: &["minicpm"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::UnlessStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    let count = c.count_or("num_experts", 0)?;
    if count == 0 {
        return decoder.model(c);
    }
    let active = c.count_or("num_experts_per_tok", 2)?;
    if active == 0 || active > count {
        return Err(c.invalid("num_experts_per_tok", format!("from 1 to the {count} experts")));
    }
    let hidden = decoder.dims.hidden;
    let experts = Experts::gated(hidden, decoder.feed_forward.intermediate, count, active);
    let layer = Layer::default()
        .with(decoder.attention.weights())
        .mix(decoder.attention.mixer())
        .with(experts.weights())
        .with(PRE_NORM.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)));
    decoder.frame.model(c, decoder.spans.iter().map(|_| layer.clone()).collect())
}
