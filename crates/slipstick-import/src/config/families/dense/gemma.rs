//! Gemma 1 to 3 of text, and VaultGemma.

use slipstick_core::model::{Model, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie, spans};

pub(super) const FAMILY: Family =
    Family { model_types: &["gemma", "gemma2", "gemma3_text", "vaultgemma"], read };

/// A norm before and after both blocks.
const SANDWICH: &[&str] = &[
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::UnlessStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    let every = match c.model_type() {
        "gemma" => return decoder.model(c),
        "gemma3_text" => {
            decoder.attention = decoder.attention.with_head_norm(NormKind::Rms);
            let older = c.count_or("_sliding_window_pattern", 6)?;
            c.count_or("sliding_window_pattern", older)?.max(1)
        }
        _ => 2,
    };
    decoder.norms = match c.model_type() {
        "vaultgemma" => &["input_layernorm", "pre_feedforward_layernorm"],
        _ => SANDWICH,
    };
    let mut window = c.optional_count("sliding_window")?;
    if c.flag_or("use_bidirectional_attention", false)? {
        // The stated window then spans both directions; each side sees half of it and the token itself.
        window = window.map(|tokens| tokens / 2 + 1);
    }
    decoder.spans = spans::spans(c, decoder.dims.layers, window, |layer| !(layer + 1).is_multiple_of(every))?;
    decoder.model(c)
}
