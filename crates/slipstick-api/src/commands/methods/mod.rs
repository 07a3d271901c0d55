//! `slipstick methods`: named methods, what each computes, and one of their quantities.

mod compare;
mod eval;
mod list;
mod page;
mod parse;
mod refusal;
mod request;
mod show;

pub use compare::{
    CauseReport, DisagreementReport, MeasuredOn, MeasuredReport, MethodsCase, MethodsCompareReport,
    MethodsWorkload, OursReport, QuantityComparison, TheirsReport, compare,
};
pub use eval::{EvalInput, MethodEvalReport, eval};
pub use list::{MethodRow, MethodsListReport, list};
pub use page::{Assumed, MethodPageReport, Missing, PageRow, page};
pub use request::{
    MethodsCompareRequest, MethodsEvalRequest, MethodsListRequest, MethodsPageRequest, MethodsShowRequest,
};
pub use show::{InputRow, MethodReport, QuantityRow, show};

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_methods::Fault;

/// A known fault as it appears in documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
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
    /// As a label and a sentence.
    fn pair(&self) -> (&'static str, String) {
        (self.id, format!("{} ({}, {})", self.text, self.effect, self.when))
    }
}
