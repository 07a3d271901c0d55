//! The operators a step is made of.

use crate::model::Role;

/// An operator, as reports name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// Token embedding look-up.
    Embedding,
    /// Projections into attention.
    AttentionIn,
    /// Attention over the cache or the prompt.
    Attention,
    /// Projection out of attention.
    AttentionOut,
    /// Projections of a recurrent mixer.
    RecurrentProjections,
    /// The recurrence itself.
    Recurrence,
    /// Dense feed-forward.
    FeedForward,
    /// Mixture-of-experts router.
    Router,
    /// Routed experts.
    Experts,
    /// Always-active experts.
    SharedExperts,
    /// Norms, residuals, activations.
    Elementwise,
    /// Output head.
    LmHead,
    /// Tensor-parallel all-reduce.
    AllReduce,
    /// Expert-parallel dispatch and combine.
    AllToAll,
    /// Transfer between pipeline stages.
    PipelineTransfer,
    /// Kernel launches, scheduling, sampling.
    Overhead,
}

impl Operator {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::AttentionIn => "attention_in",
            Self::Attention => "attention",
            Self::AttentionOut => "attention_out",
            Self::RecurrentProjections => "recurrent_projections",
            Self::Recurrence => "recurrence",
            Self::FeedForward => "feed_forward",
            Self::Router => "router",
            Self::Experts => "experts",
            Self::SharedExperts => "shared_experts",
            Self::Elementwise => "elementwise",
            Self::LmHead => "lm_head",
            Self::AllReduce => "all_reduce",
            Self::AllToAll => "all_to_all",
            Self::PipelineTransfer => "pipeline_transfer",
            Self::Overhead => "overhead",
        }
    }

    /// The operator that multiplies by weights of a role; `None` for what is no matrix product of the decoder.
    pub const fn of(role: Role) -> Option<Self> {
        match role {
            Role::Query
            | Role::Key
            | Role::Value
            | Role::AttentionOther
            | Role::QueryDown
            | Role::QueryUp
            | Role::KvDown
            | Role::KvUp
            | Role::Indexer => Some(Self::AttentionIn),
            Role::AttentionOut => Some(Self::AttentionOut),
            Role::Gate | Role::Up | Role::Down | Role::Other => Some(Self::FeedForward),
            Role::Router => Some(Self::Router),
            Role::ExpertGate | Role::ExpertUp | Role::ExpertDown => Some(Self::Experts),
            Role::SharedGate | Role::SharedUp | Role::SharedDown => Some(Self::SharedExperts),
            Role::StateIn | Role::StateOther | Role::StateOut => Some(Self::RecurrentProjections),
            Role::LmHead => Some(Self::LmHead),
            Role::Embedding
            | Role::Table
            | Role::Norm
            | Role::Vision
            | Role::Audio
            | Role::Projector
            | Role::Encoder
            | Role::MultiToken => None,
        }
    }
}
