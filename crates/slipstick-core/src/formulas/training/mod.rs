//! Training: what is kept for the backward pass, what states take, how long pipelines idle, what failures cost.

pub mod activations;
pub mod bubble;
pub mod failures;
pub mod flops;
pub mod frozen;
pub mod run;
pub mod saved_tensors;
pub mod states;
