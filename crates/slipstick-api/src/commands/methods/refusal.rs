//! What is wrong with a question to a method, as a refusal.

use slipstick_methods::MethodError;

use crate::ApiError;

impl From<MethodError> for ApiError {
    fn from(error: MethodError) -> Self {
        let message = error.to_string();
        match error {
            MethodError::UnknownMethod { name, hint } => {
                Self::input("method.unknown", format!("there is no method {name:?}")).at("METHOD").help(hint)
            }
            MethodError::UnknownLaw { name, hint } => {
                Self::input("law.unknown", format!("there is no scaling law {name:?}")).at("--law").help(hint)
            }
            MethodError::UnknownQuantity { method, name, hint } => {
                Self::input("method.unknown_quantity", format!("{method} computes no {name:?}"))
                    .at("QUANTITY")
                    .help(hint)
            }
            MethodError::UnknownInput { method, key, hint } => {
                Self::input("method.unknown_input", format!("{method} takes no {key:?}")).at(key).help(hint)
            }
            MethodError::Repeated { key } => {
                Self::input("method.repeated_input", format!("{key} is given twice"))
                    .at(key)
                    .help("give it once")
            }
            MethodError::Missing { quantity, missing } => {
                Self::input("method.missing_input", format!("{quantity} needs more inputs"))
                    .at(quantity)
                    .help(format!("add {missing}"))
            }
            MethodError::BadValue { key, got, expected } => {
                Self::input("method.invalid_input", format!("{key} cannot be {got}"))
                    .at(key)
                    .help(format!("it must be {expected}"))
            }
            MethodError::NotFinite { quantity } | MethodError::Negative { quantity, .. } => {
                Self::input("method.no_answer", message).at(quantity)
            }
        }
    }
}
