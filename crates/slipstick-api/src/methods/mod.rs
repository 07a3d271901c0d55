//! `methods list`, `methods show` and `methods eval`: named methods as documents, plain text and markdown.

mod answer;
mod error;
mod list;
mod parse;
mod show;

pub use answer::{AnswerInput, Basis, MethodAnswer, eval};
pub use error::MethodsError;
pub use list::{MethodList, MethodRow, list};
pub use parse::inputs;
pub use show::{InputRow, MethodCard, QuantityRow, show};

use serde::Serialize;
use slipstick_core::methods::Fault;

/// A known fault as it appears in documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultRow {
    /// Its name within the method.
    pub id: &'static str,
    /// What is wrong.
    pub text: &'static str,
    /// The quantities that it enters directly.
    pub quantities: &'static [&'static str],
    /// Which way it moves them.
    pub effect: &'static str,
    /// When it matters.
    pub when: &'static str,
}

impl From<&'static Fault> for FaultRow {
    fn from(fault: &'static Fault) -> Self {
        Self {
            id: fault.id,
            text: fault.text,
            quantities: fault.quantities,
            effect: fault.effect.text(),
            when: fault.when.text(),
        }
    }
}

impl FaultRow {
    fn line(&self) -> String {
        format!("{}: {} ({}, {})", self.id, self.text, self.effect, self.when)
    }
}
