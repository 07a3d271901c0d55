//! Why a configuration could not be read.

use slipstick_core::model::{Layer, Mixer, Model, Parameters};

/// Why a configuration could not be read. Every message names the key and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is no JSON.
    #[error("the configuration is not valid JSON: {0}")]
    Syntax(String),
    /// It is not an object.
    #[error("the configuration is not a JSON object; a config.json starts with {{ and has a \"model_type\"")]
    NotAnObject,
    /// It is far larger than any configuration.
    #[error("the configuration has {bytes} bytes, more than the {limit} that any config.json needs")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A required key is missing.
    #[error("the key {key:?} is missing{}", without_default(model_type))]
    Missing {
        /// The key, with its path.
        key: String,
        /// The architecture.
        model_type: String,
    },
    /// A key has a value of the wrong kind or out of range.
    #[error("the key {key:?} is {found}, but it must be {expected}")]
    Invalid {
        /// The key, with its path.
        key: String,
        /// What was found.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// Two keys contradict each other.
    #[error("the configuration contradicts itself: {0}")]
    Contradiction(String),
    /// No family reads this architecture.
    #[error("the architecture {model_type:?} is not supported{}", suggest(.nearest))]
    UnknownType {
        /// The stated type.
        model_type: String,
        /// Supported types with similar names.
        nearest: Vec<String>,
    },
    /// No family reads this architecture, and its keys do not make it the usual decoder.
    #[error("the architecture {model_type:?} is unknown and cannot be taken for the usual decoder: {reason}")]
    Ambiguous {
        /// The stated type.
        model_type: String,
        /// What is in doubt.
        reason: String,
    },
    /// The architecture is known, but this variant of it is not.
    #[error("{model_type} is supported, but not this variant: {reason}")]
    Unsupported {
        /// The architecture.
        model_type: String,
        /// What is not understood.
        reason: String,
    },
}

fn suggest(names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!("; the nearest supported ones are {}", names.join(", "))
    }
}

/// Counts a model, and refuses one whose counts leave the range of exact arithmetic, or whose tokens use more experts than there
/// are.
pub(super) fn counted(model: &Model) -> Result<Parameters, ConfigError> {
    const LIMIT: u64 = 1 << 54;
    // Far beyond any cache, and small enough that ten thousand layers of them add up.
    const KEPT: u64 = 1 << 48;
    let parameters = model.parameters();
    if parameters.total_untied >= LIMIT {
        return Err(ConfigError::Contradiction(
            "the sizes multiply to more than 2^54 parameters; check hidden_size, vocab_size and the expert counts".to_owned(),
        ));
    }
    for kept in model.layers.iter().flat_map(Layer::mixers).map(Mixer::cache) {
        let [first, second] = kept.rows;
        if [first, second, kept.conv, kept.state, kept.cross_row].into_iter().any(|size| size >= KEPT) {
            return Err(ConfigError::Contradiction(
                "the sizes of a layer multiply to a cache or state of more than 2^48 values".to_owned(),
            ));
        }
    }
    if parameters.active > parameters.total {
        return Err(ConfigError::Contradiction("a token uses more experts than there are".to_owned()));
    }
    Ok(parameters)
}

/// That a type has no default, where it is known which type.
fn without_default(model_type: &str) -> String {
    if model_type.is_empty() { String::new() } else { format!(", and {model_type} has no default for it") }
}
