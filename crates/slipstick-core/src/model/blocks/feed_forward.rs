//! The dense feed-forward block.

use crate::model::{Role, Weight};

/// Two projections, or three when gated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedForward {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Inner width.
    pub intermediate: u64,
    /// Whether a third projection gates the first.
    pub gated: bool,
    /// Biases on every projection.
    pub bias: bool,
}

impl FeedForward {
    /// The gated block without biases of today's decoders.
    pub const fn gated(hidden: u64, intermediate: u64) -> Self {
        Self { hidden, intermediate, gated: true, bias: false }
    }

    /// The two-matrix block of the first decoders.
    pub const fn plain(hidden: u64, intermediate: u64, bias: bool) -> Self {
        Self { hidden, intermediate, gated: false, bias }
    }

    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let mut projections = Vec::with_capacity(3);
        if self.gated {
            projections.push(("mlp.gate_proj", Role::Gate, self.intermediate, self.hidden));
        }
        projections.push(("mlp.up_proj", Role::Up, self.intermediate, self.hidden));
        projections.push(("mlp.down_proj", Role::Down, self.hidden, self.intermediate));
        let mut weights = Vec::with_capacity(6);
        for (name, role, rows, cols) in projections {
            weights.push(Weight::matrix(name, role, rows, cols));
            if self.bias {
                weights.push(Weight::vector(name, role, rows));
            }
        }
        weights
    }
}
