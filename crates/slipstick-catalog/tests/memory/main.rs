//! Memory under the shipped engine profiles, against what engines printed, and the laws of memory.

#[path = "../../../slipstick-core/tests/deployment/models.rs"]
#[expect(dead_code, reason = "not every model of the core's tests is asked here")]
mod models;

mod advice;
mod cheaper;
mod laws;
mod llama_cpp;
mod others;
mod reach;
mod setup;
mod starts;
mod vllm_activations;
mod vllm_pools;
