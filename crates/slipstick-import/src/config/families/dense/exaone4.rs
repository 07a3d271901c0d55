//! EXAONE 4: norms after the blocks and on query and key heads, and a window in most layers of the larger models.

use slipstick_core::model::{Model, Span, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie, spans};

pub(super) const FAMILY: Family = Family { model_types: &["exaone4"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    decoder.attention = decoder.attention.with_head_norm(NormKind::Rms);
    decoder.norms = &["post_attention_layernorm", "post_feedforward_layernorm"];
    decoder.spans = pattern(c, decoder.dims.layers)?;
    decoder.model(c)
}

/// The pattern is a number (every so many-th layer sees everything) or letters, `L` for local and `G` for global.
fn pattern(c: &Config<'_>, layers: u64) -> Result<Vec<Span>, ConfigError> {
    let window = c.optional_count("sliding_window")?.filter(|tokens| *tokens > 0);
    let slides = window.is_some();
    if let Some(letters) = c.get("sliding_window_pattern").and_then(serde_json::Value::as_str) {
        let letters = letters.as_bytes();
        if letters.is_empty() || !letters.iter().all(|letter| matches!(letter, b'L' | b'G')) {
            return Err(c.invalid("sliding_window_pattern", "a number, or letters L and G"));
        }
        let mut cycle = letters.iter().cycle();
        let local: Vec<bool> = (0..layers).map(|_| cycle.next() == Some(&b'L')).collect();
        let is_local = |layer| usize::try_from(layer).is_ok_and(|index| local.get(index) == Some(&true));
        return spans::spans(c, layers, window, |layer| slides && is_local(layer));
    }
    let every = c.count_or("sliding_window_pattern", 4)?;
    spans::spans(c, layers, window, |layer| slides && every > 0 && !(layer + 1).is_multiple_of(every))
}
