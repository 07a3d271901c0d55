//! The real-gated linear recurrent unit.

use crate::model::{Mixer, Recurrent, Role, Weight};

/// Griffin's recurrent block: a convolution and one decaying value a channel (arXiv 2402.19427, section 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatedLru {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Channels.
    pub width: u64,
    /// Blocks of the gates' block-diagonal matrices.
    pub blocks: u64,
    /// Taps of the convolution.
    pub kernel: u64,
}

impl GatedLru {
    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let (hidden, width) = (self.hidden, self.width);
        let block = width / self.blocks;
        let gate = |name| Weight::matrix(name, Role::StateOther, block, block).repeated(self.blocks);
        vec![
            Weight::matrix("temporal_block.linear_y", Role::StateIn, width, hidden),
            Weight::vector("temporal_block.linear_y", Role::StateIn, width),
            Weight::matrix("temporal_block.linear_x", Role::StateIn, width, hidden),
            Weight::vector("temporal_block.linear_x", Role::StateIn, width),
            Weight::matrix("temporal_block.conv_1d", Role::StateOther, width, self.kernel),
            Weight::vector("temporal_block.conv_1d", Role::StateOther, width),
            Weight::vector("temporal_block.rg_lru.recurrent_param", Role::StateOther, width),
            gate("temporal_block.rg_lru.input_gate_weight"),
            Weight::vector("temporal_block.rg_lru.input_gate_bias", Role::StateOther, block)
                .repeated(self.blocks),
            gate("temporal_block.rg_lru.recurrent_gate_weight"),
            Weight::vector("temporal_block.rg_lru.recurrent_gate_bias", Role::StateOther, block)
                .repeated(self.blocks),
            Weight::matrix("temporal_block.linear_out", Role::StateOut, hidden, width),
            Weight::vector("temporal_block.linear_out", Role::StateOut, hidden),
        ]
    }

    /// Its mixer: a multiply-add for each tap of a channel, two for its recurrence and two for its gates. The convolution
    /// keeps the columns before the current one.
    pub const fn mixer(&self) -> Mixer {
        let taps = self.width * self.kernel;
        Mixer::Recurrent(Recurrent {
            conv_elements: self.width * self.kernel.saturating_sub(1),
            conv_kernel: self.kernel,
            state_elements: self.width,
            heads: self.blocks,
            flops_per_token: 2 * taps + 8 * self.width,
        })
    }
}
