//! Training: what is kept for the backward pass, what states take, how long pipelines idle, what failures cost, what a budget buys.

pub mod activations;
pub mod bubble;
pub mod budget;
pub mod data;
pub mod failures;
pub mod flops;
pub mod frozen;
pub mod held;
pub mod reach;
pub mod run;
pub mod sampling;
pub mod saved_tensors;
pub mod states;
pub mod step;
