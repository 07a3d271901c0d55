//! Rules of llama.cpp.

use super::StateBytes;
use crate::{basis::Known, units::Bytes};

/// The rows of logits a compute graph has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputRows {
    /// One for every token of a micro-batch.
    MicroBatch,
    /// One for every slot.
    Slots,
}

/// llama.cpp.
#[derive(Debug, Clone, PartialEq)]
pub struct LlamaCppRules {
    /// Granularity of a cache.
    pub cache_padding: u64,
    /// Tokens of a micro-batch.
    pub micro_batch: u64,
    /// Whether attention is fused by default.
    pub flash_attention: bool,
    /// Whether slots share one stream of cells by default.
    pub unified_cache: bool,
    /// Rows of logits.
    pub output_rows: OutputRows,
    /// Margin of the graph allocator in the fused fit.
    pub allocator_margin: f64,
    /// Bytes of attention mask a cell for every token of a micro-batch, on one device.
    pub mask_bytes: u64,
    /// The same where layers are split over devices, which keep several copies.
    pub mask_bytes_split: u64,
    /// Bytes of dequantised cache a cell for every element of the hidden size.
    pub dequant_bytes: Known<f64>,
    /// The smallest fused compute buffer seen.
    pub smallest_buffer: Bytes,
    /// The fused compute buffer, against what the fit says.
    pub buffer_share: Known<f64>,
    /// What it keeps recurrent state in.
    pub state: StateBytes,
    /// The device context.
    pub context: Known<Bytes>,
    /// What each device costs once layers are split.
    pub split_device: Known<Bytes>,
    /// The graph of a draft layer.
    pub draft_graph: Known<Bytes>,
}
