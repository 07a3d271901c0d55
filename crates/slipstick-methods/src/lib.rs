//! Named ways of estimating, exactly as their authors wrote them, side by side, each with its faults.
//!
//! A method is data: a card ([`Method`]) and a table of quantities over small formulas. [`eval()`] asks one of them;
//! [`figures`] asks all of them the same question. A method's units are its authors' own, so formulas here take and
//! give bare numbers whose unit the documentation and the table name. To add one, write its file and list it in
//! [`METHODS`].

mod card;
mod case;
mod error;
mod eval;
mod mending;
mod nearest;
mod page;
mod shape;
mod value;

pub mod accelerate;
pub mod flexgen;
pub mod inference_arithmetic;
pub mod kaplan;
pub mod kipply;
pub mod korthikanti;
pub mod llm_calculator;
pub mod llm_tools;
pub mod palm;
pub mod scaling;
pub mod scaling_calculator;
pub mod tokentally;
pub mod transformer_math;

pub use card::{
    Domain, Effect, Example, Fallback, Fault, Given, Kind, Method, MethodInput, MethodQuantity, When,
};
pub use case::{Case, Common, CommonRow, Convert, Figure, figures};
pub use error::MethodError;
pub use eval::{Evaluated, Used, eval, find};
pub use mending::Mended;
pub use page::{index, page, pages, shown};
pub use shape::Shape;
pub use value::Value;

/// Every method, in the order of a report.
pub static METHODS: &[&Method] = &[
    &tokentally::METHOD,
    &llm_tools::METHOD,
    &llm_calculator::METHOD,
    &inference_arithmetic::METHOD,
    &scaling_calculator::METHOD,
    &transformer_math::METHOD,
    &korthikanti::METHOD,
    &kaplan::METHOD,
    &palm::METHOD,
    &kipply::METHOD,
    &accelerate::METHOD,
    &flexgen::METHOD,
    &scaling::besiroglu::METHOD,
    &scaling::hoffmann::UNROUNDED,
    &scaling::hoffmann::ROUNDED,
    &scaling::hoffmann::SECOND,
    &scaling::hoffmann::FIRST,
    &scaling::kaplan::METHOD,
    &scaling::llama::METHOD,
    &scaling::deepseek::METHOD,
    &scaling::muennighoff::METHOD,
    &scaling::gadre::METHOD,
    &scaling::sardana::METHOD,
    &scaling::clark::METHOD,
    &scaling::krajewski::METHOD,
    &scaling::ludziejewski::METHOD,
];
