//! What a deployment costs.

pub mod energy;
pub mod tokens;
