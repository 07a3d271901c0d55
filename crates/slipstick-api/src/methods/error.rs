//! Why a question about methods has no answer.

use slipstick_core::{methods::MethodError, units::ParseError};

/// Why a question about methods has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MethodsError {
    /// The question itself.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// An argument is not `key=value`.
    #[error("{argument:?} is not an input; write it like seq=2048")]
    NotAPair {
        /// What was typed.
        argument: String,
    },
    /// A value could not be read.
    #[error("{key}: {error}")]
    Unreadable {
        /// The input.
        key: &'static str,
        /// What is wrong with it.
        error: ParseError,
    },
    /// A value is not a number.
    #[error("{key} cannot be {text:?}; give a number in {unit}")]
    NotANumber {
        /// The input.
        key: &'static str,
        /// What was typed.
        text: String,
        /// The unit of the input.
        unit: &'static str,
    },
    /// A switch is neither on nor off.
    #[error("{key} cannot be {text:?}; give true or false")]
    NotASwitch {
        /// The input.
        key: &'static str,
        /// What was typed.
        text: String,
    },
}

impl MethodsError {
    /// The stable code of the refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Method(MethodError::UnknownMethod { .. }) => "method.unknown",
            Self::Method(MethodError::UnknownQuantity { .. }) => "method.unknown_quantity",
            Self::Method(MethodError::UnknownInput { .. }) => "method.unknown_input",
            Self::Method(MethodError::Repeated { .. }) => "method.repeated_input",
            Self::Method(MethodError::Missing { .. }) => "method.missing_input",
            Self::Method(MethodError::BadValue { .. })
            | Self::Unreadable { .. }
            | Self::NotANumber { .. }
            | Self::NotASwitch { .. } => "method.invalid_input",
            Self::Method(MethodError::NotFinite { .. } | MethodError::Negative { .. }) => "method.no_answer",
            Self::NotAPair { .. } => "method.not_a_pair",
        }
    }

    /// The input or the quantity at fault, where there is one.
    pub const fn at(&self) -> Option<&'static str> {
        match self {
            Self::Method(MethodError::Repeated { key } | MethodError::BadValue { key, .. })
            | Self::Unreadable { key, .. }
            | Self::NotANumber { key, .. }
            | Self::NotASwitch { key, .. } => Some(key),
            Self::Method(
                MethodError::Missing { quantity, .. }
                | MethodError::NotFinite { quantity }
                | MethodError::Negative { quantity, .. },
            ) => Some(quantity),
            Self::Method(
                MethodError::UnknownMethod { .. }
                | MethodError::UnknownQuantity { .. }
                | MethodError::UnknownInput { .. },
            )
            | Self::NotAPair { .. } => None,
        }
    }

    /// The command that shows what would be right, where the message does not say so itself.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Method(MethodError::UnknownMethod { .. }) => Some("slipstick methods list".to_owned()),
            Self::Method(
                MethodError::UnknownQuantity { method, .. } | MethodError::UnknownInput { method, .. },
            ) => Some(format!("slipstick methods show {method}")),
            Self::Method(
                MethodError::Repeated { .. }
                | MethodError::Missing { .. }
                | MethodError::BadValue { .. }
                | MethodError::NotFinite { .. }
                | MethodError::Negative { .. },
            )
            | Self::NotAPair { .. }
            | Self::Unreadable { .. }
            | Self::NotANumber { .. }
            | Self::NotASwitch { .. } => None,
        }
    }
}
