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
    /// Whether prompts are divided into chunks where they do not fit into a step.
    pub chunked_prefill: Option<bool>,
    /// Steps that a new request is held back for in the mean, beside what the engine does of itself.
    pub hold_steps: Option<f64>,
    /// Whether requests pass a frontend of its own kind, which routes them to engines.
    pub frontend: bool,
    /// Speculative drafting.
    pub drafts: Drafts,
}

/// A setting of an engine that a person can state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// Memory that programs see.
    VisibleMemory,
    /// Whether towers are loaded.
    Towers,
    /// The share of device memory.
    MemoryShare,
    /// Sequences at once.
    MaxSequences,
    /// Tokens of one step.
    MaxBatchedTokens,
    /// Tokens of a cache block.
    BlockTokens,
    /// Bytes of the cache.
    CacheBytes,
    /// Whether device graphs are captured.
    Graphs,
    /// Tokens of a micro-batch.
    MicroBatch,
    /// Whether attention is fused.
    FlashAttention,
    /// Slots.
    Slots,
    /// Whether sequences share one stream of cells.
    UnifiedCache,
    /// Whether windowed layers keep the whole context.
    WholeWindows,
    /// Whether prompts are divided.
    ChunkedPrefill,
    /// Whether cached prefixes are kept.
    PrefixCaching,
    /// Speculative drafting.
    Drafts,
}

/// What engines read that make a pool on a device.
pub(super) const POOLED: &[Setting] = &[
    Setting::VisibleMemory,
    Setting::MemoryShare,
    Setting::MaxSequences,
    Setting::MaxBatchedTokens,
    Setting::BlockTokens,
    Setting::CacheBytes,
    Setting::Graphs,
    Setting::ChunkedPrefill,
    Setting::PrefixCaching,
    Setting::Drafts,
];

impl Setting {
    /// What it is, in words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::VisibleMemory => "the visible memory",
            Self::Towers => "the encoders of images and sound",
            Self::MemoryShare => "the share of the memory",
            Self::MaxSequences => "the most sequences at once",
            Self::MaxBatchedTokens => "the most tokens of a step",
            Self::BlockTokens => "the tokens of a cache block",
            Self::CacheBytes => "the memory of the cache",
            Self::Graphs => "captured graphs",
            Self::MicroBatch => "the tokens of a micro-batch",
            Self::FlashAttention => "fused attention",
            Self::Slots => "slots",
            Self::UnifiedCache => "one stream of cache cells",
            Self::WholeWindows => "whole window caches",
            Self::ChunkedPrefill => "chunks of prompts",
            Self::PrefixCaching => "the prefix cache",
            Self::Drafts => "drafted tokens",
        }
    }
}

impl EngineOptions {
    /// Nothing but the engine's defaults.
    pub const NONE: Self = Self {
        visible_memory: None,
        towers: None,
        memory_share: None,
        max_sequences: None,
        max_batched_tokens: None,
        block_tokens: None,
        cache_bytes: None,
        graphs: None,
        micro_batch: None,
        flash_attention: None,
        prefix_caching: None,
        slots: None,
        unified_cache: None,
        whole_windows: None,
        full_logits: None,
        chunked_prefill: None,
        hold_steps: None,
        frontend: false,
        drafts: Drafts { layers: 0, tokens: 0, weights: Bytes::ZERO },
    };

    /// What is set differently from the engine's defaults.
    pub fn stated(&self) -> impl Iterator<Item = Setting> {
        let all = [
            (Setting::VisibleMemory, self.visible_memory.is_some()),
            (Setting::Towers, self.towers.is_some()),
            (Setting::MemoryShare, self.memory_share.is_some()),
            (Setting::MaxSequences, self.max_sequences.is_some()),
            (Setting::MaxBatchedTokens, self.max_batched_tokens.is_some()),
            (Setting::BlockTokens, self.block_tokens.is_some()),
            (Setting::CacheBytes, self.cache_bytes.is_some()),
            (Setting::Graphs, self.graphs.is_some()),
            (Setting::MicroBatch, self.micro_batch.is_some()),
            (Setting::FlashAttention, self.flash_attention.is_some()),
            (Setting::Slots, self.slots.is_some()),
            (Setting::UnifiedCache, self.unified_cache.is_some()),
            (Setting::WholeWindows, self.whole_windows.is_some()),
            (Setting::ChunkedPrefill, self.chunked_prefill.is_some()),
            (Setting::PrefixCaching, self.prefix_caching.is_some()),
            (Setting::Drafts, self.drafts != Drafts::default()),
        ];
        all.into_iter().filter(|(_, stated)| *stated).map(|(setting, _)| setting)
    }
}
