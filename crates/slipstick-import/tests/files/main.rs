//! Tensor files read from their headers: safetensors, GGUF, their sets, and what they add up to.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod architectures;
mod gguf;
mod published;
mod safetensors;
mod stored;
mod writer;
