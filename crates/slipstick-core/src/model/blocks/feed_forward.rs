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
    /// What a checkpoint calls the gate, the up- and the down-projection.
    pub names: [&'static str; 3],
}

impl FeedForward {
    const NAMES: [&'static str; 3] = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];

    /// The gated block without biases of today's decoders.
    pub const fn gated(hidden: u64, intermediate: u64) -> Self {
        Self { hidden, intermediate, gated: true, bias: false, names: Self::NAMES }
    }

    /// The two-matrix block of the first decoders.
    pub const fn plain(hidden: u64, intermediate: u64, bias: bool) -> Self {
        Self { hidden, intermediate, gated: false, bias, names: Self::NAMES }
    }

    /// The same under other names: gate, up, down.
    #[must_use]
    pub const fn named(mut self, names: [&'static str; 3]) -> Self {
        self.names = names;
        self
    }

    /// With biases on every projection.
    #[must_use]
    pub const fn with_bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let [gate, up, down] = self.names;
        let mut projections = Vec::with_capacity(3);
        if self.gated {
            projections.push((gate, Role::Gate, self.intermediate, self.hidden));
        }
        projections.push((up, Role::Up, self.intermediate, self.hidden));
        projections.push((down, Role::Down, self.hidden, self.intermediate));
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
