//! OLMo 1 (norms without parameters), OLMo 2 and 3 (norms after the blocks, and over whole queries and keys).

use slipstick_core::model::{Model, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie, spans};

pub(super) const FAMILY: Family = Family { model_types: &["olmo", "olmo2", "olmo3"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let norm = if c.model_type() == "olmo" { NormKind::Bare } else { NormKind::Rms };
    let mut decoder = ResidualDecoder::read(c, norm, Tie::OnlyIfStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    if c.model_type() != "olmo" {
        decoder.attention = decoder.attention.with_wide_norm(NormKind::Rms);
        decoder.norms = &["post_attention_layernorm", "post_feedforward_layernorm"];
    }
    if c.model_type() == "olmo3" {
        let window = c.optional_count("sliding_window")?;
        decoder.spans = spans::spans(c, decoder.dims.layers, window, |layer| (layer + 1) % 4 != 0)?;
    }
    decoder.model(c)
}
