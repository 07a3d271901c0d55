//! The widths on one rank that activations depend on.

use crate::{
    model::{Layer, Mixer, Model, Role, Weight},
    plan::Plan,
};

/// Widths of a model on one rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Widths {
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
    /// The widest value head of plain attention; none where keys and values are latents.
    pub head: u64,
    /// Rotary width and positions, for tables of angles.
    pub rotary: u64,
    /// Positions the configuration allows.
    pub positions: u64,
}

impl Widths {
    /// The widths of a model whose layers are all like some of `layers`.
    pub(crate) fn new<'a>(model: &Model, layers: impl Iterator<Item = &'a Layer>, plan: Plan) -> Self {
        let mut widths = Self {
            hidden: model.hidden,
            vocab: model.vocab,
            positions: model.max_context.unwrap_or(0),
            ..Self::default()
        };
        for layer in layers {
            layer.weights.iter().for_each(|weight| widths.add_weight(weight, plan));
            layer.mixers().for_each(|mixer| widths.add_mixer(mixer, plan));
        }
        widths
    }

    fn add_weight(&mut self, weight: &Weight, plan: Plan) {
        let rows = || plan.weight_on_rank(weight).rows;
        match weight.role {
            Role::Up | Role::Gate | Role::SharedUp => self.inner = self.inner.max(rows()),
            Role::ExpertUp | Role::ExpertGate => {
                self.expert_inner = self.expert_inner.max(rows());
                self.experts = self.experts.max(weight.active);
            }
            _ => {}
        }
    }

    fn add_mixer(&mut self, mixer: &Mixer, plan: Plan) {
        let (heads, rotary, head) = match *mixer {
            Mixer::Attention(a) => (a.q_heads, a.k_dim, a.v_dim.max(a.k_dim)),
            Mixer::Latent(l) => (l.q_heads, l.rope_dim, 0),
            Mixer::Compressed(c) => (c.q_heads, 0, 0),
            Mixer::Cross(x) => (x.q_heads, 0, 0),
            Mixer::Recurrent(_) => (0, 0, 0),
        };
        self.head = self.head.max(head);
        self.heads = self.heads.max(heads.div_ceil(plan.tp()));
        self.rotary = self.rotary.max(rotary);
    }
}
