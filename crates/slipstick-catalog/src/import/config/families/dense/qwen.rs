//! Qwen 1.5 to 2.5 (biases on query, key and value) and Qwen 3 (norms on query and key heads instead), with a window in
//! the upper layers where it is switched on.

use slipstick_core::model::{Model, Span, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie, spans};

pub(super) const QWEN2: Family = Family { model_types: &["qwen2"], read: read_2 };
pub(super) const QWEN3: Family = Family { model_types: &["qwen3"], read: read_3 };

fn read_2(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    decoder.attention = decoder.attention.with_bias(true, false);
    decoder.spans = upper_layers(c, decoder.dims.layers)?;
    decoder.model(c)
}

fn read_3(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias).with_head_norm(NormKind::Rms);
    decoder.spans = upper_layers(c, decoder.dims.layers)?;
    decoder.model(c)
}

/// The window counts only if `use_sliding_window` is set, and then from layer `max_window_layers` on.
fn upper_layers(c: &Config<'_>, layers: u64) -> Result<Vec<Span>, ConfigError> {
    let is_on = c.flag_or("use_sliding_window", false)?;
    let window = if is_on { c.class_count("sliding_window")? } else { None };
    let first = c.count_or("max_window_layers", 28)?;
    spans::spans(c, layers, window, |layer| window.is_some() && layer >= first)
}
