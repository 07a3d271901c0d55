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

    /// Whether it is the second product of a feed-forward.
    pub const fn is_down(self) -> bool {
        matches!(self, Self::Down | Self::SharedDown | Self::ExpertDown)
    }

    /// The part of a model that it belongs to.
    pub const fn part(self) -> Part {
        match self {
            Self::Embedding => Part::Embedding,
            Self::Table => Part::Tables,
            Self::LmHead => Part::LmHead,
            Self::Norm => Part::Norms,
            Self::Query
            | Self::Key
            | Self::Value
            | Self::AttentionOut
            | Self::AttentionOther
            | Self::QueryDown
            | Self::QueryUp
            | Self::KvDown
            | Self::KvUp => Part::Attention,
            Self::Indexer => Part::Indexer,
            Self::Gate | Self::Up | Self::Down => Part::FeedForward,
            Self::Router => Part::Router,
            Self::ExpertGate | Self::ExpertUp | Self::ExpertDown => Part::Experts,
            Self::SharedGate | Self::SharedUp | Self::SharedDown => Part::SharedExperts,
            Self::StateIn | Self::StateOther | Self::StateOut => Part::Recurrent,
            Self::Other => Part::Other,
            Self::Vision => Part::Vision,
            Self::Audio => Part::Audio,
            Self::Projector => Part::Projector,
            Self::Encoder => Part::Encoder,
            Self::MultiToken => Part::MultiToken,
        }
    }
}

macro_rules! parts {
    ($($(#[$meta:meta])* $variant:ident $name:literal)*) => {
        /// A part of a model, as reports name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Part { $($(#[$meta])* $variant,)* }

        impl Part {
            /// Every part, by name.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

parts! {
    /// Attention projections and what belongs to them.
    Attention "attention"
    /// Encoder of sound.
    Audio "audio"
    /// Token embedding.
    Embedding "embedding"
    /// Text encoder of an encoder-decoder model.
    Encoder "encoder"
    /// Routed experts.
    Experts "experts"
    /// Dense feed-forward blocks.
    FeedForward "feed_forward"
    /// Scorers of sparse attention.
    Indexer "indexer"
    /// Output head.
    LmHead "lm_head"
    /// Multi-token-prediction blocks.
    MultiToken "multi_token"
    /// Normalisations.
    Norms "norms"
    /// Projections of another kind.
    Other "other"
    /// What joins encoders to the decoder.
    Projector "projector"
    /// Recurrent mixers.
    Recurrent "recurrent"
    /// Routers of experts.
    Router "router"
    /// Always-active experts.
    SharedExperts "shared_experts"
    /// Tables looked up by position or type.
    Tables "tables"
    /// Encoder of images or video.
    Vision "vision"
}
