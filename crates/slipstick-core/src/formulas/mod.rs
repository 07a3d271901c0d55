//! Formulas: one function each, in a paper's symbols with typed units, each with its source.

#![expect(non_snake_case, reason = "a formula keeps the symbols of its paper")]

pub mod capability;
pub mod cost;
pub mod memory;
pub mod time;
