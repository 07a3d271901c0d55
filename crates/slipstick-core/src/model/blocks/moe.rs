//! Mixture of experts.

use crate::model::{Role, Weight};

/// Routed experts with their router, and optionally experts that every token uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Experts {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Inner width of one routed expert.
    pub intermediate: u64,
    /// Routed experts.
    pub count: u64,
    /// Experts a token is sent to.
    pub active: u64,
    /// Whether a third projection gates each expert.
    pub gated: bool,
    /// Biases on the experts' projections.
    pub bias: bool,
    /// A bias on the router.
    pub router_bias: bool,
    /// Choices of the router beyond the experts that have weights (experts that compute nothing).
    pub zero_experts: u64,
    /// What every token uses besides.
    pub shared: Option<SharedExpert>,
}

/// The always-active expert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedExpert {
    /// Its inner width, all shared experts together.
    pub intermediate: u64,
    /// Whether a one-wide sigmoid gate scales its output.
    pub sigmoid_gate: bool,
}

impl Experts {
    /// Gated experts without biases or shared experts.
    pub const fn gated(hidden: u64, intermediate: u64, count: u64, active: u64) -> Self {
        Self {
            hidden,
            intermediate,
            count,
            active,
            gated: true,
            bias: false,
            router_bias: false,
            zero_experts: 0,
            shared: None,
        }
    }

    /// With an always-active expert.
    #[must_use]
    pub const fn with_shared(mut self, intermediate: u64, sigmoid_gate: bool) -> Self {
        self.shared = Some(SharedExpert { intermediate, sigmoid_gate });
        self
    }

    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let choices = self.count + self.zero_experts;
        let mut weights = vec![Weight::matrix("mlp.gate", Role::Router, choices, self.hidden)];
        if self.router_bias {
            weights.push(Weight::vector("mlp.gate", Role::Router, choices));
        }
        let mut projections = Vec::with_capacity(3);
        if self.gated {
            projections.push(("mlp.experts.*.gate_proj", Role::ExpertGate, self.intermediate, self.hidden));
        }
        projections.push(("mlp.experts.*.up_proj", Role::ExpertUp, self.intermediate, self.hidden));
        projections.push(("mlp.experts.*.down_proj", Role::ExpertDown, self.hidden, self.intermediate));
        for (name, role, rows, cols) in projections {
            weights.push(Weight::matrix(name, role, rows, cols).routed(self.count, self.active));
            if self.bias {
                weights.push(Weight::vector(name, role, rows).routed(self.count, self.active));
            }
        }
        if let Some(shared) = self.shared {
            weights.extend(shared.weights(self.hidden, self.gated));
        }
        weights
    }
}

impl SharedExpert {
    fn weights(self, hidden: u64, gated: bool) -> Vec<Weight> {
        let mut weights = Vec::with_capacity(4);
        if gated {
            weights.push(Weight::matrix(
                "mlp.shared_experts.gate_proj",
                Role::SharedGate,
                self.intermediate,
                hidden,
            ));
        }
        weights.push(Weight::matrix("mlp.shared_experts.up_proj", Role::SharedUp, self.intermediate, hidden));
        weights.push(Weight::matrix(
            "mlp.shared_experts.down_proj",
            Role::SharedDown,
            hidden,
            self.intermediate,
        ));
        if self.sigmoid_gate {
            weights.push(Weight::matrix("mlp.shared_expert_gate", Role::Router, 1, hidden));
        }
        weights
    }
}
