//! Memory under the shipped engine profiles, against what engines printed, and the laws of memory.

#[path = "../../../slipstick-core/tests/deployment/models.rs"]
mod models;

mod advice;
mod laws;
mod llama_cpp;
mod others;
mod reach;
mod setup;
mod vllm_activations;
mod vllm_pools;
