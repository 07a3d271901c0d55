//! Multi-head latent attention.

use super::NormKind;
use crate::model::{Indexer, Latent, Mixer, Role, Span, Weight};

/// The attention block of DeepSeek-V2 and its descendants (arXiv 2405.04434, section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatentBlock {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Query heads.
    pub q_heads: u64,
    /// Width of the compressed queries; `None` for a plain query projection.
    pub q_rank: Option<u64>,
    /// Width of the compressed keys and values.
    pub kv_rank: u64,
    /// Width of a head's key part without position.
    pub nope_dim: u64,
    /// Width of the rotary key part.
    pub rope_dim: u64,
    /// Width of a value head.
    pub v_dim: u64,
    /// Biases on the down- and output projections.
    pub bias: bool,
    /// How far back it sees.
    pub span: Span,
    /// Sparse selection; its weights are added apart.
    pub indexer: Option<Indexer>,
}

impl LatentBlock {
    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let head = self.nope_dim + self.rope_dim;
        let heads = self.q_heads;
        let mut weights = Vec::with_capacity(8);
        let mut down = |name, role, rows| {
            weights.push(Weight::matrix(name, role, rows, self.hidden));
            if self.bias {
                weights.push(Weight::vector(name, role, rows));
            }
        };
        if let Some(rank) = self.q_rank {
            down("self_attn.q_a_proj", Role::QueryDown, rank);
        }
        down("self_attn.kv_a_proj_with_mqa", Role::KvDown, self.kv_rank + self.rope_dim);
        match self.q_rank {
            Some(rank) => {
                weights.extend(NormKind::Rms.weights("self_attn.q_a_layernorm", rank));
                weights.push(
                    Weight::matrix("self_attn.q_b_proj", Role::QueryUp, heads * head, rank).by_heads(heads),
                );
            }
            None => {
                weights.push(
                    Weight::matrix("self_attn.q_proj", Role::Query, heads * head, self.hidden)
                        .by_heads(heads),
                );
            }
        }
        weights.extend(NormKind::Rms.weights("self_attn.kv_a_layernorm", self.kv_rank));
        let up = heads * (self.nope_dim + self.v_dim);
        weights.push(Weight::matrix("self_attn.kv_b_proj", Role::KvUp, up, self.kv_rank).by_heads(heads));
        let out = Weight::matrix("self_attn.o_proj", Role::AttentionOut, self.hidden, heads * self.v_dim);
        weights.push(out.by_heads(heads));
        if self.bias {
            weights.push(Weight::vector("self_attn.o_proj", Role::AttentionOut, self.hidden));
        }
        weights
    }

    /// Its mixer.
    pub const fn mixer(&self) -> Mixer {
        Mixer::Latent(Latent {
            q_heads: self.q_heads,
            kv_rank: self.kv_rank,
            rope_dim: self.rope_dim,
            nope_dim: self.nope_dim,
            v_dim: self.v_dim,
            span: self.span,
            indexer: self.indexer,
        })
    }
}
