//! How far the layers of an encoder see.

use slipstick_core::model::Span;

use super::{Config, ConfigError, spans::layer_types, table::Reach};

/// One span a layer: everything, or so many tokens to both sides.
///
/// # Errors
/// If a list has another length than the layers or an unknown entry, or a layer slides without a window.
pub(super) fn spans(c: &Config<'_>, reach: Option<&Reach>, depth: u64) -> Result<Vec<Span>, ConfigError> {
    let Some(reach) = reach else { return Ok((0..depth).map(|_| Span::Full).collect()) };
    let mut slid = 0;
    let span = |(layer, slides): (u64, bool)| {
        if !slides {
            return Ok(Span::Full);
        }
        slid += 1;
        let second = reach.second_window.filter(|_| slid % 2 == 0 && !c.has("per_layer_config"));
        let window = match second {
            Some(window) => window,
            None => c.of_layer(layer)?.count("sliding_window")?,
        };
        Ok(Span::Window(2 * window + 1))
    };
    (0..depth).zip(sliding(c, reach, depth)?).map(span).collect()
}

/// For each layer, whether it has a window: as `layer_types` says, else the windows of older files, else the class.
fn sliding(c: &Config<'_>, reach: &Reach, depth: u64) -> Result<Vec<bool>, ConfigError> {
    if let Some(types) = layer_types(c, depth)? {
        let slides = |name: &str| match name {
            "full_attention" => Ok(false),
            "sliding_attention" => Ok(true),
            _ => Err(c.invalid("layer_types", "made of \"full_attention\" and \"sliding_attention\"")),
        };
        return types.into_iter().map(slides).collect();
    }
    let is_full = |layer: u64| {
        (layer + 1).is_multiple_of(reach.full_every.max(1)) || reach.last_is_full && layer + 1 == depth
    };
    Ok((0..depth).map(|layer| !is_full(layer)).collect())
}
