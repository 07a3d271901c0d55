//! What a deployment costs.

pub mod energy;
pub mod hosted;
pub mod hours;
pub mod plans;
pub mod tokens;
