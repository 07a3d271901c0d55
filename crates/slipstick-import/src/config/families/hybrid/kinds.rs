//! What each layer of a hybrid decoder is.

use super::{Config, ConfigError};

/// What a layer of a hybrid decoder is built around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A recurrence.
    Recurrent,
    /// Attention to all tokens.
    Attention,
    /// Attention to a window.
    Sliding,
    /// A recurrence behind a shared attention block.
    Shared,
    /// A feed-forward block alone.
    FeedForward,
    /// Experts alone.
    Experts,
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "linear_attention" | "mamba" | "conv" | "recurrent" => Self::Recurrent,
            "full_attention" | "attention" => Self::Attention,
            "sliding_attention" => Self::Sliding,
            "hybrid" => Self::Shared,
            "mlp" => Self::FeedForward,
            "moe" => Self::Experts,
            _ => return None,
        })
    }
}

/// The stated kind of every layer, under the first of `keys` that is present.
///
/// # Errors
/// If a name is unknown.
pub(super) fn stated(c: &Config<'_>, keys: &[&str]) -> Result<Option<Vec<Kind>>, ConfigError> {
    for key in keys {
        let Some(names) = c.texts(key)? else { continue };
        let kinds = names.into_iter().map(|name| {
            let shown: String = name.chars().take(40).collect();
            Kind::parse(name).ok_or_else(|| c.unsupported(format!("{key} names {shown:?}")))
        });
        return kinds.collect::<Result<_, _>>().map(Some);
    }
    Ok(None)
}

/// One kind for each of `layers`: as stated, else what `default` gives.
///
/// # Errors
/// If the list has another length, or a name is unknown.
pub(super) fn kinds(
    c: &Config<'_>,
    layers: u64,
    default: impl Fn(u64) -> Kind,
) -> Result<Vec<Kind>, ConfigError> {
    let Some(kinds) = stated(c, &["layer_types", "layers_block_type"])? else {
        return Ok((0..layers).map(default).collect());
    };
    if kinds.len() as u64 != layers {
        return Err(ConfigError::Contradiction(format!(
            "layer_types has {} entries for {layers} layers",
            kinds.len()
        )));
    }
    Ok(kinds)
}

/// The layer whose kind has no place in this architecture.
pub(super) fn misplaced(c: &Config<'_>, kind: Kind) -> ConfigError {
    c.unsupported(format!("a layer is {kind:?}, which this architecture does not have"))
}

/// A count that may be written as `"auto"`, or be absent, which both mean `auto`.
///
/// # Errors
/// If it is another text, zero, or no count.
pub(super) fn count_or_auto(c: &Config<'_>, key: &str, auto: u64) -> Result<u64, ConfigError> {
    if c.get(key).is_some_and(|value| value == "auto") {
        return Ok(auto);
    }
    match c.count_or(key, auto)? {
        0 => Err(c.invalid(key, "positive")),
        count => Ok(count),
    }
}

/// A positive count, or the value its architecture assumes.
///
/// # Errors
/// If it is zero or no count.
pub(super) fn positive_or(c: &Config<'_>, key: &str, default: u64) -> Result<u64, ConfigError> {
    match c.count_or(key, default)? {
        0 => Err(c.invalid(key, "positive")),
        count => Ok(count),
    }
}
