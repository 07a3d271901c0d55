//! Predicted against measured: tables of measurements in, one prediction or refusal a row out.

pub mod inference;
pub mod memory;
