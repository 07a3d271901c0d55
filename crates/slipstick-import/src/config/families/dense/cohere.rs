//! Command R and Aya: attention and feed-forward side by side behind one LayerNorm without bias.

use slipstick_core::model::{Model, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie, spans};

pub(super) const FAMILY: Family = Family { model_types: &["cohere", "cohere2"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::LayerNoBias, Tie::UnlessStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    if c.flag_or("use_qk_norm", false)? {
        if c.model_type() == "cohere2" {
            return Err(c.unsupported("use_qk_norm is set, which its class does not heed"));
        }
        decoder.attention = decoder.attention.with_wide_norm(NormKind::LayerNoBias);
    }
    decoder.norms = &["input_layernorm"];
    if c.model_type() == "cohere2" {
        let window = c.optional_count("sliding_window")?;
        let every = c.count_or("sliding_window_pattern", 4)?.max(1);
        decoder.spans =
            spans::spans(c, decoder.dims.layers, window, |layer| !(layer + 1).is_multiple_of(every))?;
    }
    decoder.model(c)
}
