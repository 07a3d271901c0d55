//! Lightning attention.

use super::NormKind;
use crate::model::{Mixer, Recurrent, Role, Weight};

/// Linear attention with a fixed decay a head (arXiv 2501.08313, section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lightning {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Heads.
    pub heads: u64,
    /// Width of a head.
    pub head_dim: u64,
}

impl Lightning {
    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let (heads, width) = (self.heads, self.heads * self.head_dim);
        let input = |name, rows| Weight::matrix(name, Role::StateIn, rows, self.hidden).by_heads(heads);
        let mut weights = vec![
            input("self_attn.qkv_proj", 3 * width),
            input("self_attn.output_gate", width),
            Weight::matrix("self_attn.out_proj", Role::StateOut, self.hidden, width).by_heads(heads),
        ];
        weights.extend(NormKind::Rms.weights("self_attn.norm", width));
        weights
    }

    /// Its mixer. A state value costs three multiply-adds a token: decay, write, read.
    pub const fn mixer(&self) -> Mixer {
        let state_elements = (self.heads * self.head_dim).saturating_mul(self.head_dim);
        Mixer::Recurrent(Recurrent {
            conv_elements: 0,
            conv_kernel: 0,
            state_elements,
            heads: self.heads,
            flops_per_token: state_elements.saturating_mul(6),
        })
    }
}
