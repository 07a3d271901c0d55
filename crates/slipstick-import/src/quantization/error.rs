//! Why a quantisation config was refused.

/// Why a quantisation config was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantError {
    /// No JSON object.
    #[error("the quantisation config is not readable: {0}")]
    Json(String),
    /// A method that is not known.
    #[error("quantisation method '{method}' is not known; known are {known}")]
    Unknown {
        /// The method.
        method: String,
        /// The methods there are.
        known: String,
    },
    /// A variant of a known method whose bytes would be guesswork.
    #[error("{method}: {reason}; state the format with --quant instead")]
    Unsupported {
        /// The method.
        method: String,
        /// Why its bytes are not known.
        reason: String,
    },
    /// A key without which the format is not known.
    #[error("the quantisation config does not state '{key}'")]
    Missing {
        /// The key.
        key: String,
    },
    /// A key with a value that it cannot have.
    #[error("the quantisation config states '{key}': {problem}")]
    Invalid {
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl QuantError {
    pub(super) fn unknown<'a>(method: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let method = method.chars().take(64).collect();
        Self::Unknown { method, known: known.collect::<Vec<_>>().join(", ") }
    }

    pub(super) fn unsupported(method: &str, reason: impl Into<String>) -> Self {
        Self::Unsupported { method: method.to_owned(), reason: reason.into() }
    }

    pub(super) fn invalid(key: &str, problem: impl Into<String>) -> Self {
        Self::Invalid { key: key.to_owned(), problem: problem.into() }
    }
}
