//! BitNet b1.58: Llama's block with a further norm inside attention and inside the feed-forward.

use slipstick_core::model::{Model, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie};

pub(super) const FAMILY: Family = Family { model_types: &["bitnet"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    decoder.extra = NormKind::Rms.weights("self_attn.attn_sub_norm", decoder.dims.hidden);
    decoder.extra.extend(NormKind::Rms.weights("mlp.ffn_sub_norm", decoder.feed_forward.intermediate));
    decoder.model(c)
}
