//! Predicted against measured: tables of measurements in, one prediction or refusal a row out.
//!
//! A row is an ordinary request: it is resolved and answered by the same functions as any other.

mod asked;
mod errors;
pub mod inference;
pub mod memory;
mod models;
mod request;
mod table;
mod tally;
pub mod training;

pub use errors::Errors;
pub(crate) use models::Models;
pub(crate) use table::{Cells, Header, columns, count, each_row, number, open};
pub(crate) use tally::Tally;
