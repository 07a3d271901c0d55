//! Which matrices have adapters.

use crate::model::Role;

/// Which matrices have adapters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Targets(u16);

impl Targets {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// Queries.
    pub const QUERY: Self = Self(1);
    /// Keys.
    pub const KEY: Self = Self(2);
    /// Values.
    pub const VALUE: Self = Self(4);
    /// Outputs of attention.
    pub const OUT: Self = Self(8);
    /// Feed-forward gate.
    pub const GATE: Self = Self(16);
    /// Feed-forward up-projection.
    pub const UP: Self = Self(32);
    /// Feed-forward down-projection.
    pub const DOWN: Self = Self(64);
    /// Routed experts.
    pub const EXPERTS: Self = Self(128);
    /// Always-active experts.
    pub const SHARED: Self = Self(256);
    /// The output head.
    pub const HEAD: Self = Self(512);
    /// Projections of recurrent mixers.
    pub const STATE: Self = Self(1024);
    /// All of attention, and what stands in its place.
    pub const ATTENTION: Self = Self(1 | 2 | 4 | 8 | 1024);
    /// The feed-forward block.
    pub const FEED_FORWARD: Self = Self(16 | 32 | 64);
    /// Every linear layer but the head. Routed experts are none: libraries hold them as fused tensors.
    pub const ALL_LINEAR: Self = Self(1 | 2 | 4 | 8 | 16 | 32 | 64 | 256 | 1024);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it has any of another.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The kind of linear layer that a matrix is.
    pub const fn of(role: Role) -> Self {
        match role {
            Role::Query | Role::QueryUp | Role::QueryDown => Self::QUERY,
            Role::Key | Role::KvDown => Self::KEY,
            Role::Value | Role::KvUp => Self::VALUE,
            Role::AttentionOut => Self::OUT,
            Role::Gate => Self::GATE,
            Role::Up => Self::UP,
            Role::Down => Self::DOWN,
            Role::ExpertGate | Role::ExpertUp | Role::ExpertDown => Self::EXPERTS,
            Role::SharedGate | Role::SharedUp | Role::SharedDown => Self::SHARED,
            Role::StateIn | Role::StateOut => Self::STATE,
            Role::LmHead => Self::HEAD,
            _ => Self::NONE,
        }
    }
}
