//! `config.json` to a [`Model`].
//!
//! Each architecture is a small file under `families` that declares its layers from shared blocks; the registry picks
//! one by `model_type`. A type that is not registered is refused by name: nothing is guessed.

mod activation;
mod class_defaults;
mod classes;
mod decoder;
mod dims;
mod error;
mod families;
mod generic;
mod head;
mod json;
mod reader;
mod residual;
mod spans;

use serde_json::Value;
use slipstick_core::model::{Model, Parameters};

pub use decoder::Tie;
pub use dims::Dims;
pub use error::ConfigError;
pub use families::{Family, supported_types};
pub use generic::{import_unknown, import_unknown_value};
pub use json::parse as parse_json;
pub use reader::{Assumed, Config};

/// A model read from a configuration, with every default that was needed to read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The model.
    pub model: Model,
    /// Its exact counts.
    pub parameters: Parameters,
    /// The keys that were missing, and what stands for them.
    pub assumed: Vec<Assumed>,
    /// Whether the architecture itself is unknown and only taken for the usual decoder.
    pub assumed_architecture: bool,
}

/// Reads the text of a `config.json`.
///
/// # Errors
/// If the text is no JSON object, states no supported `model_type`, or lacks or contradicts what that type needs.
pub fn import(text: &[u8]) -> Result<Imported, ConfigError> {
    import_value(&parse(text)?)
}

fn parse(text: &[u8]) -> Result<Value, ConfigError> {
    const LIMIT: usize = 16 << 20;
    if text.len() > LIMIT {
        return Err(ConfigError::TooLarge { bytes: text.len() as u64, limit: LIMIT as u64 });
    }
    json::parse(text)
}

/// Reads a configuration that is already parsed.
///
/// # Errors
/// As [`import`].
pub fn import_value(value: &Value) -> Result<Imported, ConfigError> {
    let config = families::resolve(Config::root(value)?)?;
    let family = families::find(&config)?;
    classes::check(&config)?;
    activation::check(&config, value)?;
    let mut model = (family.read)(&config)?;
    classes::replace_head(&config, &mut model)?;
    let parameters = error::counted(&model)?;
    Ok(Imported { model, parameters, assumed: config.into_assumed(), assumed_architecture: false })
}
