//! Why a GGUF file's metadata does not describe a model.

use slipstick_core::names::{did_you_mean, nearest};

/// Why a GGUF file's metadata does not describe a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GgufConfigError {
    /// The file does not say what it is.
    #[error("the GGUF file does not state general.architecture")]
    NoArchitecture,
    /// The file holds a tower for another file's language model.
    #[error("this is the vision or audio tower of a model (mmproj); give the file of the language model")]
    Projector,
    /// An architecture without a table.
    #[error("GGUF architecture '{arch}' is not known{}", did_you_mean(nearest))]
    Unknown {
        /// The architecture.
        arch: String,
        /// The nearest that are known.
        nearest: Vec<String>,
    },
    /// A key that the architecture needs.
    #[error("the GGUF file does not state '{0}'")]
    Missing(String),
    /// A key with a value that it cannot have.
    #[error("the GGUF file states '{key}': {problem}")]
    Invalid {
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl GgufConfigError {
    pub(super) fn unknown(arch: &str, known: &[&str]) -> Self {
        let nearest = nearest(arch, known.iter().copied(), 3);
        Self::Unknown { arch: arch.chars().take(64).collect(), nearest }
    }
}
