//! Llama 1 to 3 and the many that share its block: RMSNorm, rotary grouped-query attention, gated feed-forward.

use slipstick_core::model::{Model, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie};

pub(super) const FAMILY: Family =
    Family { model_types: &["llama", "code_llama", "granite", "iquestcoder"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    decoder.feed_forward = decoder.feed_forward.with_bias(c.flag_or("mlp_bias", false)?);
    decoder.model(c)
}
