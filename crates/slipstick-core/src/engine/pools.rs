//! Rules of engines whose pool is a share of the device by another measure.

use super::StateBytes;
use crate::{basis::Known, units::Bytes};

/// SGLang.
#[derive(Debug, Clone, PartialEq)]
pub struct SgLangRules {
    /// Memory that the driver reports but programs cannot have.
    pub driver_reserve: Bytes,
    /// Share of the device for weights and cache together.
    pub static_share: f64,
    /// Tokens of a page.
    pub page_tokens: u64,
    /// Tokens of a prefill chunk.
    pub chunk_tokens: u64,
    /// Tokens of the windowed layers' pool for each token of the full layers'.
    pub window_ratio: f64,
    /// Memory outside the allocator on one device.
    pub non_torch: Known<Bytes>,
    /// The same where ranks communicate.
    pub non_torch_parallel: Known<Bytes>,
    /// Memory of captured graphs.
    pub graphs: Known<Bytes>,
    /// Bytes of a logit, copies included.
    pub logit_bytes: u64,
    /// The peak of a step, against what the widths say.
    pub activation_share: Known<f64>,
    /// What it keeps recurrent state in.
    pub state: StateBytes,
}

/// TensorRT-LLM.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorRtLlmRules {
    /// Memory that the driver reports but programs cannot have.
    pub driver_reserve: Bytes,
    /// Share of the memory left after loading that the cache takes.
    pub free_share: f64,
    /// Tokens of a block.
    pub block_tokens: u64,
    /// Tokens of one step at most.
    pub max_batched_tokens: u64,
    /// Memory outside the allocator on one device.
    pub non_torch: Known<Bytes>,
    /// The same where ranks communicate.
    pub non_torch_parallel: Known<Bytes>,
    /// Memory of captured graphs.
    pub graphs: Known<Bytes>,
    /// Bytes of a logit, copies included.
    pub logit_bytes: u64,
    /// The peak of a step, against what the widths say.
    pub activation_share: Known<f64>,
    /// What it keeps recurrent state in.
    pub state: StateBytes,
}
