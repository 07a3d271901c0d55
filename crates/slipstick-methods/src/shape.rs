//! A model as the methods see it: one kind of layer, one kind of head.

use slipstick_core::model::{Attention, Layer, Mixer, Model, Role};

/// What the methods ask of an architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Width of the feed-forward block that a token passes, chosen experts together.
    pub ffn: u64,
    /// Matrices in the feed-forward block: 2, or 3 when gated.
    pub ffn_matrices: u64,
    /// Query heads.
    pub heads: u64,
    /// Key and value heads; 1 where all heads share one compressed entry.
    pub kv_heads: u64,
    /// Width of a head.
    pub head_dim: u64,
}

impl Shape {
    /// The shape of a model whose layers are alike; of others, that of the layer that most of them resemble in heads, and
    /// of the last one in its feed-forward block.
    pub fn of(model: &Model) -> Self {
        let (heads, kv_heads, head_dim) = heads(model).unwrap_or((1, 1, model.hidden));
        let layer = model.layers.iter().rev().find(|layer| ffn(layer) > 0);
        Self {
            ffn: layer.map_or(0, ffn).max(1),
            ffn_matrices: if layer.is_some_and(is_gated) { 3 } else { 2 },
            heads,
            kv_heads,
            head_dim,
        }
    }
}

/// Heads of the commonest mixer with heads.
fn heads(model: &Model) -> Option<(u64, u64, u64)> {
    let of = |mixer: &Mixer| match mixer {
        Mixer::Attention(Attention { q_heads, kv_heads, k_dim, .. }) => Some((*q_heads, *kv_heads, *k_dim)),
        Mixer::Latent(l) => Some((l.q_heads, 1, l.nope_dim + l.rope_dim)),
        Mixer::Compressed(c) => Some((c.q_heads, 1, c.dim)),
        Mixer::Recurrent(_) | Mixer::Cross(_) => None,
    };
    let mut counts: Vec<((u64, u64, u64), usize)> = Vec::new();
    for found in model.layers.iter().flat_map(Layer::mixers).filter_map(of) {
        match counts.iter_mut().find(|(known, _)| *known == found) {
            Some((_, count)) => *count += 1,
            None => counts.push((found, 1)),
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(heads, _)| heads)
}

/// The inner width of a layer's feed-forward block, as its down-projections show.
fn ffn(layer: &Layer) -> u64 {
    let down = layer.weights.iter().filter(|weight| {
        !weight.is_vector() && matches!(weight.role, Role::Down | Role::SharedDown | Role::ExpertDown)
    });
    down.map(|weight| weight.cols.saturating_mul(weight.active)).sum()
}

fn is_gated(layer: &Layer) -> bool {
    let gate = |role| matches!(role, Role::Gate | Role::SharedGate | Role::ExpertGate);
    layer.weights.iter().any(|weight| gate(weight.role))
}
