//! Gated short convolution.

use crate::model::{Mixer, Recurrent, Role, Weight};

/// A doubly gated convolution over the last few tokens (LFM2, arXiv 2511.23404, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortConv {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Taps.
    pub kernel: u64,
    /// Biases on the convolution and both projections.
    pub bias: bool,
}

impl ShortConv {
    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let parts = [
            ("conv.conv", Role::StateOther, self.hidden, self.kernel),
            ("conv.in_proj", Role::StateIn, 3 * self.hidden, self.hidden),
            ("conv.out_proj", Role::StateOut, self.hidden, self.hidden),
        ];
        let mut weights = Vec::with_capacity(6);
        for (name, role, rows, cols) in parts {
            weights.push(Weight::matrix(name, role, rows, cols));
            if self.bias {
                weights.push(Weight::vector(name, role, rows));
            }
        }
        weights
    }

    /// Its mixer: a multiply-add for each tap, and two gates.
    pub const fn mixer(&self) -> Mixer {
        let conv_elements = self.hidden * self.kernel;
        Mixer::Recurrent(Recurrent {
            conv_elements,
            conv_kernel: self.kernel,
            state_elements: 0,
            heads: self.hidden,
            flops_per_token: 2 * conv_elements + 2 * self.hidden,
        })
    }
}
