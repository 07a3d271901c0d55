//! StarCoder2, Jais 2 and Nemotron: today's attention with LayerNorm and a two-matrix feed-forward; Cosmos 3 Edge: the same
//! with RMSNorm.

use slipstick_core::model::{Model, blocks::FeedForward, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie};

pub(super) const STARCODER2: Family = Family { model_types: &["starcoder2"], read: read_starcoder2 };
pub(super) const NEMOTRON: Family =
    Family { model_types: &["nemotron", "jais2", "cosmos3_edge_text"], read: read_nemotron };

fn read_starcoder2(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Layer, Tie::UnlessStated)?;
    let bias = c.flag_or("use_bias", true)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    decoder.feed_forward = plain(&decoder, bias).named(["", "mlp.c_fc", "mlp.c_proj"]);
    decoder.slide_everywhere(c.optional_count("sliding_window")?);
    decoder.model(c)
}

fn read_nemotron(c: &Config<'_>) -> Result<Model, ConfigError> {
    let norm = if c.model_type() == "cosmos3_edge_text" { NormKind::Rms } else { NormKind::Layer };
    let mut decoder = ResidualDecoder::read(c, norm, Tie::OnlyIfStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    decoder.feed_forward = plain(&decoder, c.flag_or("mlp_bias", false)?);
    decoder.model(c)
}

fn plain(decoder: &ResidualDecoder, bias: bool) -> FeedForward {
    FeedForward::plain(decoder.dims.hidden, decoder.feed_forward.intermediate, bias)
}
