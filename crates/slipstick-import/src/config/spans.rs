//! How far back each layer sees, from `layer_types` or from an older pattern.

use slipstick_core::model::Span;

use super::{Config, ConfigError};

/// One span a layer. `layer_types` decides where it is written; otherwise layer `i` has the window if `slides(i)`.
///
/// # Errors
/// If the list has another length than the layers, names an unknown type, or a layer slides without a window.
pub(super) fn spans(
    c: &Config<'_>,
    layers: u64,
    window: Option<u64>,
    slides: impl Fn(u64) -> bool,
) -> Result<Vec<Span>, ConfigError> {
    let sliding = || match window {
        Some(tokens) if tokens > 0 => Ok(Span::Window(tokens)),
        _ => {
            Err(ConfigError::Contradiction("a layer slides, but sliding_window states no window".to_owned()))
        }
    };
    let Some(types) = layer_types(c, layers)? else {
        return (0..layers).map(|index| if slides(index) { sliding() } else { Ok(Span::Full) }).collect();
    };
    types
        .into_iter()
        .map(|name| match name {
            "full_attention" | "attention" => Ok(Span::Full),
            "sliding_attention" => sliding(),
            "chunked_attention" => Ok(Span::Chunk(c.count("attention_chunk_size")?)),
            other => Err(c.unsupported(format!("layer_types names {:?}", shorten(other)))),
        })
        .collect()
}

/// The stated `layer_types`, one for each layer.
///
/// # Errors
/// If the list has another length than the layers.
pub(super) fn layer_types<'a>(c: &Config<'a>, layers: u64) -> Result<Option<Vec<&'a str>>, ConfigError> {
    let Some(types) = c.texts("layer_types")? else { return Ok(None) };
    if types.len() as u64 != layers {
        return Err(ConfigError::Contradiction(format!(
            "layer_types has {} entries for {layers} layers",
            types.len()
        )));
    }
    Ok(Some(types))
}

fn shorten(name: &str) -> String {
    name.chars().take(40).collect()
}
