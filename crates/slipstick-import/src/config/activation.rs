//! Activations that have weights of their own, which only the families of their architectures count.

use serde_json::Value;

use super::{Config, ConfigError};

/// The one such activation (arXiv 2411.13010): two numbers in each feed-forward block.
const WITH_WEIGHTS: &str = "xielu";

/// Refuses it outside the architectures that were trained with it.
///
/// # Errors
/// The key that names it.
pub(super) fn check(c: &Config<'_>, value: &Value) -> Result<(), ConfigError> {
    if c.model_type().starts_with("apertus") {
        return Ok(());
    }
    match named(value) {
        Some(key) => {
            Err(c.unsupported(format!("{key:.40?} is {WITH_WEIGHTS:?}, which has weights of its own")))
        }
        None => Ok(()),
    }
}

/// The key under which it stands, in any section.
fn named(value: &Value) -> Option<&str> {
    value.as_object()?.iter().find_map(|(key, value)| match value.as_str() {
        Some(text) => (text == WITH_WEIGHTS).then_some(key.as_str()),
        None => named(value),
    })
}
