//! The widths on one rank that activations depend on.

use crate::{
    model::{Layer, Mixer, Model, Role},
    plan::Plan,
};

/// Widths of a model on one rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Widths {
    /// Hidden size.
    pub hidden: u64,
    /// Vocabulary.
    pub vocab: u64,
    /// The widest dense inner width.
    pub inner: u64,
    /// The widest expert's inner width.
    pub expert_inner: u64,
    /// Experts a token is sent to.
    pub experts: u64,
    /// The most query heads of a layer.
    pub heads: u64,
    /// Rotary width and positions, for tables of angles.
    pub rotary: u64,
    /// Positions the configuration allows.
    pub positions: u64,
}

impl Widths {
    pub(super) fn new(model: &Model, plan: Plan) -> Self {
        let mut widths = Self {
            hidden: model.hidden,
            vocab: model.vocab,
            positions: model.max_context.unwrap_or(0),
            ..Self::default()
        };
        for weight in model.layers.iter().flat_map(|layer| &layer.weights) {
            let rows = || plan.weight_on_rank(weight).rows;
            match weight.role {
                Role::Up | Role::Gate | Role::SharedUp => widths.inner = widths.inner.max(rows()),
                Role::ExpertUp | Role::ExpertGate => {
                    widths.expert_inner = widths.expert_inner.max(rows());
                    widths.experts = widths.experts.max(weight.active);
                }
                _ => {}
            }
        }
        for mixer in model.layers.iter().flat_map(Layer::mixers) {
            let (heads, rotary) = match *mixer {
                Mixer::Attention(a) => (a.q_heads, a.k_dim),
                Mixer::Latent(l) => (l.q_heads, l.rope_dim),
                Mixer::Compressed(c) => (c.q_heads, 0),
                Mixer::Cross(x) => (x.q_heads, 0),
                Mixer::Recurrent(_) => (0, 0),
            };
            widths.heads = widths.heads.max(heads.div_ceil(plan.tp()));
            widths.rotary = widths.rotary.max(rotary);
        }
        widths
    }
}
