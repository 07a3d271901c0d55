//! What can be wrong with a question to a method.

/// Why a method gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// There is no such method.
    #[error("there is no method {name:?}; {hint}")]
    UnknownMethod {
        /// What was asked for.
        name: String,
        /// The nearest names.
        hint: String,
    },
    /// There is no such scaling law, or several.
    #[error("there is no scaling law {name:?}; {hint}")]
    UnknownLaw {
        /// What was asked for.
        name: String,
        /// The nearest names.
        hint: String,
    },
    /// The method computes no such quantity.
    #[error("{method} computes no {name:?}; {hint}")]
    UnknownQuantity {
        /// The method.
        method: &'static str,
        /// What was asked for.
        name: String,
        /// The nearest names.
        hint: String,
    },
    /// The method takes no such input.
    #[error("{method} takes no {key:?}; {hint}")]
    UnknownInput {
        /// The method.
        method: &'static str,
        /// What was given.
        key: String,
        /// The nearest names.
        hint: String,
    },
    /// An input was given twice.
    #[error("{key} is given twice; give it once")]
    Repeated {
        /// The input.
        key: &'static str,
    },
    /// Inputs are missing.
    #[error("{quantity} needs more inputs: {missing}")]
    Missing {
        /// The quantity.
        quantity: &'static str,
        /// The inputs to add, each as it is typed and what it means.
        missing: String,
    },
    /// A value is of the wrong kind or out of range.
    #[error("{key} cannot be {got}; it must be {expected}")]
    BadValue {
        /// The input.
        key: &'static str,
        /// What was given.
        got: String,
        /// What is accepted.
        expected: String,
    },
    /// The formula leaves the real numbers: it divides by zero or grows beyond all bounds.
    #[error("{quantity} has no finite value for these inputs")]
    NotFinite {
        /// The quantity where it happens.
        quantity: &'static str,
    },
    /// The formula falls below zero, which none of these quantities can.
    #[error("{quantity} comes to {value} {unit}, below zero: the method has no answer for these inputs")]
    Negative {
        /// The quantity where it happens.
        quantity: &'static str,
        /// What the formula gives.
        value: String,
        /// Its unit.
        unit: &'static str,
    },
}
