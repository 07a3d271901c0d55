//! What a person sets differently from an engine's defaults.

use crate::units::Bytes;

/// Speculative drafting by layers of the model itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drafts {
    /// Extra layers with a cache of their own.
    pub layers: u64,
    /// Tokens drafted beyond the current one.
    pub tokens: u64,
    /// Weights of those layers on a rank of the last stage.
    pub weights: Bytes,
}

/// Settings of an engine; what is not set takes the version's default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EngineOptions {
    /// Memory that programs see, where it is known better than what the driver reports.
    pub visible_memory: Option<Bytes>,
    /// Whether towers for images and sound are loaded, where they come in a file of their own.
    pub towers: Option<bool>,
    /// The share of device memory to use.
    pub memory_share: Option<f64>,
    /// Sequences at once.
    pub max_sequences: Option<u64>,
    /// Tokens of one step.
    pub max_batched_tokens: Option<u64>,
    /// Tokens of a cache block.
    pub block_tokens: Option<u64>,
    /// Bytes of the cache, instead of what is left.
    pub cache_bytes: Option<Bytes>,
    /// Whether device graphs are captured.
    pub graphs: Option<bool>,
    /// Tokens of a micro-batch.
    pub micro_batch: Option<u64>,
    /// Whether attention is fused.
    pub flash_attention: Option<bool>,
    /// Whether cached prefixes are kept.
    pub prefix_caching: Option<bool>,
    /// Slots that share the cells of the sequences, where there are more of them than sequences.
    pub slots: Option<u64>,
    /// Whether all sequences share one stream of cells.
    pub unified_cache: Option<bool>,
    /// Whether windowed layers keep the whole context.
    pub whole_windows: Option<bool>,
    /// Whether the logits of a whole prompt are kept.
    pub full_logits: Option<bool>,
    /// Speculative drafting.
    pub drafts: Drafts,
}
