//! Attention over a short exact window and a compressed past.

use super::NormKind;
use crate::model::{Compressed, Indexer, Role, Weight};

/// The attention block of DeepSeek-V4: one vector a token is key and value of every head, queries are low-rank, the
/// output is projected in groups, and beyond the window only one pooled entry for every `rate` tokens is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressedBlock {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Query heads.
    pub q_heads: u64,
    /// Width of a head, and of an entry.
    pub dim: u64,
    /// Width of an entry's rotary part.
    pub rope_dim: u64,
    /// Width of the compressed queries.
    pub q_rank: u64,
    /// Groups of heads that are projected apart.
    pub out_groups: u64,
    /// Width of each group's projection.
    pub out_rank: u64,
    /// Tokens kept exactly.
    pub window: u64,
    /// Tokens a pooled entry stands for; 0 if nothing is kept beyond the window.
    pub rate: u64,
    /// Sparse selection among the pooled entries. With it, entries overlap: two series are pooled.
    pub indexer: Option<Indexer>,
}

impl CompressedBlock {
    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let (heads, groups) = (self.q_heads, self.out_groups);
        let wide = heads * self.dim;
        let mut weights = vec![
            Weight::matrix("attn.wq_a", Role::QueryDown, self.q_rank, self.hidden),
            Weight::matrix("attn.wq_b", Role::QueryUp, wide, self.q_rank).by_heads(heads),
            Weight::matrix("attn.wkv", Role::KvDown, self.dim, self.hidden),
            Weight::matrix("attn.wo_a", Role::AttentionOther, groups * self.out_rank, wide / groups)
                .by_heads(groups),
            Weight::matrix("attn.wo_b", Role::AttentionOut, self.hidden, groups * self.out_rank),
            Weight::vector("attn.attn_sink", Role::AttentionOther, heads).by_heads(heads),
        ];
        weights.extend(NormKind::Rms.weights("attn.q_norm", self.q_rank));
        weights.extend(NormKind::Rms.weights("attn.kv_norm", self.dim));
        if self.rate > 0 {
            weights.extend(self.pool(&COMPRESSOR, self.dim, self.mixer().series()));
        }
        if let Some(index) = self.indexer {
            weights.extend(self.pool(&INDEXER, index.key_dim, 2));
            let matrix = |name, rows, cols| Weight::matrix(name, Role::Indexer, rows, cols);
            let queries = index.heads * index.key_dim;
            weights.push(matrix("attn.indexer.wq_b", queries, self.q_rank));
            weights.push(matrix("attn.indexer.weights_proj", index.heads, self.hidden));
        }
        weights
    }

    /// What pools `rate` tokens into an entry of `width`: a value and a gate for each series, a bias by position, a norm.
    fn pool(&self, names: &[&'static str; 4], width: u64, series: u64) -> Vec<Weight> {
        let [value, gate, bias, norm] = *names;
        let mut weights = vec![
            Weight::matrix(value, Role::Indexer, series * width, self.hidden),
            Weight::matrix(gate, Role::Indexer, series * width, self.hidden),
            Weight::matrix(bias, Role::Table, self.rate, series * width),
        ];
        weights.extend(NormKind::Rms.weights(norm, width));
        weights
    }

    /// Its mixer.
    pub const fn mixer(&self) -> Compressed {
        Compressed {
            q_heads: self.q_heads,
            dim: self.dim,
            rope_dim: self.rope_dim,
            window: self.window,
            rate: self.rate,
            indexer: self.indexer,
        }
    }
}

const COMPRESSOR: [&str; 4] =
    ["attn.compressor.wkv", "attn.compressor.wgate", "attn.compressor.ape", "attn.compressor.norm"];

const INDEXER: [&str; 4] = [
    "attn.indexer.compressor.wkv",
    "attn.indexer.compressor.wgate",
    "attn.indexer.compressor.ape",
    "attn.indexer.compressor.norm",
];
