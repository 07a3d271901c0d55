//! Readers of other people's files: text or bytes in, checked values out.
//!
//! Nothing here opens a file or a connection, and nothing here trusts a length that a file states: what is allocated
//! is bounded by what was read.

pub mod benchmark;

pub mod config;

pub mod gguf;

pub mod gguf_config;

pub mod launch;

pub mod quantization;

pub mod safetensors;

pub mod tensors;
