//! What a weight is for.

/// The part a weight plays. It decides how tensor parallelism splits it, which operator reads it, and which format a
/// quantiser gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Token embedding table.
    Embedding,
    /// Any other table looked up by position, type or token (position, segment, per-layer embeddings).
    Table,
    /// Output projection to the vocabulary.
    LmHead,
    /// Normalisation scale or bias.
    Norm,
    /// Query projection.
    Query,
    /// Key projection.
    Key,
    /// Value projection.
    Value,
    /// Attention output projection.
    AttentionOut,
    /// Other attention parameters: sinks, gates, relative-position tables.
    AttentionOther,
    /// MLA: down-projection of queries.
    QueryDown,
    /// MLA: up-projection of queries.
    QueryUp,
    /// MLA: joint down-projection of keys and values.
    KvDown,
    /// MLA: up-projection of keys and values.
    KvUp,
    /// The small scorer of sparse attention, or a cache compressor.
    Indexer,
    /// Feed-forward gate.
    Gate,
    /// Feed-forward up-projection.
    Up,
    /// Feed-forward down-projection.
    Down,
    /// Mixture-of-experts router.
    Router,
    /// A routed expert's gate.
    ExpertGate,
    /// A routed expert's up-projection.
    ExpertUp,
    /// A routed expert's down-projection.
    ExpertDown,
    /// Always-active expert's gate.
    SharedGate,
    /// Always-active expert's up-projection.
    SharedUp,
    /// Always-active expert's down-projection.
    SharedDown,
    /// Input projections of a recurrent mixer.
    StateIn,
    /// Convolution, decay, step and skip parameters of a recurrent mixer.
    StateOther,
    /// Output projection of a recurrent mixer.
    StateOut,
    /// A projection of another kind inside the decoder.
    Other,
    /// Encoder of images or video.
    Vision,
    /// Encoder of sound.
    Audio,
    /// What joins an encoder's output to the decoder.
    Projector,
    /// Text encoder of an encoder-decoder model.
    Encoder,
    /// Multi-token-prediction block, beside the main model.
    MultiToken,
}

impl Role {
    /// Whether it belongs to a routed expert.
    pub const fn is_expert(self) -> bool {
        matches!(self, Self::ExpertGate | Self::ExpertUp | Self::ExpertDown)
    }

    /// The component a report files it under.
    pub const fn component(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::Table => "tables",
            Self::LmHead => "lm_head",
            Self::Norm => "norms",
            Self::Query
            | Self::Key
            | Self::Value
            | Self::AttentionOut
            | Self::AttentionOther
            | Self::QueryDown
            | Self::QueryUp
            | Self::KvDown
            | Self::KvUp => "attention",
            Self::Indexer => "indexer",
            Self::Gate | Self::Up | Self::Down => "feed_forward",
            Self::Router => "router",
            Self::ExpertGate | Self::ExpertUp | Self::ExpertDown => "experts",
            Self::SharedGate | Self::SharedUp | Self::SharedDown => "shared_experts",
            Self::StateIn | Self::StateOther | Self::StateOut => "recurrent",
            Self::Other => "other",
            Self::Vision => "vision",
            Self::Audio => "audio",
            Self::Projector => "projector",
            Self::Encoder => "encoder",
            Self::MultiToken => "multi_token",
        }
    }
}
