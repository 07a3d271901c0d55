//! The scorer of sparse attention.

use super::NormKind;
use crate::model::{Indexer, Role, Weight};

/// The lightning indexer of DeepSeek-V3.2 (arXiv 2512.02556, section 2.1): it scores every earlier token with a few
/// short heads and lets attention see only the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LightningIndexer {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Width of the compressed queries it starts from.
    pub q_rank: u64,
    /// Its heads, key width and choice.
    pub index: Indexer,
}

impl LightningIndexer {
    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let Indexer { heads, key_dim, .. } = self.index;
        let matrix = |name, rows, cols| Weight::matrix(name, Role::Indexer, rows, cols);
        let mut weights = vec![
            matrix("self_attn.indexer.wq_b", heads * key_dim, self.q_rank),
            matrix("self_attn.indexer.wk", key_dim, self.hidden),
            matrix("self_attn.indexer.weights_proj", heads, self.hidden),
        ];
        weights.extend(NormKind::Layer.weights("self_attn.indexer.k_norm", key_dim));
        weights
    }
}
