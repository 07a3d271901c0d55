//! The selective state space of Mamba 1.

use super::{MixerPath, NormKind, mixer_path::under};
use crate::model::{Mixer, Recurrent, Role, Weight};

/// A Mamba mixer: every channel has its own state and decay (arXiv 2312.00752, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelectiveScan {
    /// Its name in the layer.
    pub path: MixerPath,
    /// Width of the residual stream.
    pub hidden: u64,
    /// Channels.
    pub inner: u64,
    /// State values a channel.
    pub state: u64,
    /// Rank of the step projection.
    pub rank: u64,
    /// Taps of the convolution.
    pub kernel: u64,
    /// A bias on the convolution.
    pub conv_bias: bool,
    /// Biases on the input and output projections.
    pub bias: bool,
    /// Learned norms over step, input and output vectors.
    pub norms: bool,
    /// Groups of channels with step, input and output projections of their own.
    pub heads: u64,
}

impl SelectiveScan {
    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let path = self.path;
        let mut weights =
            vec![Weight::matrix(under!(path, "in_proj"), Role::StateIn, 2 * self.inner, self.hidden)];
        if self.bias {
            weights.push(Weight::vector(under!(path, "in_proj"), Role::StateIn, 2 * self.inner));
        }
        weights.push(Weight::matrix(under!(path, "conv1d"), Role::StateOther, self.inner, self.kernel));
        if self.conv_bias {
            weights.push(Weight::vector(under!(path, "conv1d"), Role::StateOther, self.inner));
        }
        let step = self.rank + 2 * self.state;
        let channels = self.inner / self.heads;
        weights.push(
            Weight::matrix(under!(path, "x_proj"), Role::StateOther, step, channels).repeated(self.heads),
        );
        weights.push(Weight::matrix(under!(path, "dt_proj"), Role::StateOther, self.inner, self.rank));
        weights.push(Weight::vector(under!(path, "dt_proj"), Role::StateOther, self.inner));
        weights.push(Weight::matrix(under!(path, "A_log"), Role::StateOther, self.inner, self.state));
        weights.push(Weight::vector(under!(path, "D"), Role::StateOther, self.inner));
        if self.norms {
            weights.extend(NormKind::Rms.weights(under!(path, "dt_layernorm"), self.rank));
            weights.extend(NormKind::Rms.weights(under!(path, "b_layernorm"), self.state));
            weights.extend(NormKind::Rms.weights(under!(path, "c_layernorm"), self.state));
        }
        weights.push(Weight::matrix(under!(path, "out_proj"), Role::StateOut, self.hidden, self.inner));
        if self.bias {
            weights.push(Weight::vector(under!(path, "out_proj"), Role::StateOut, self.hidden));
        }
        weights
    }

    /// Its mixer. A state value costs three multiply-adds a token (decay, write, read), a channel one for each tap.
    pub const fn mixer(&self) -> Mixer {
        let state_elements = self.inner * self.state;
        let conv_elements = self.inner * self.kernel;
        Mixer::Recurrent(Recurrent {
            conv_elements,
            conv_kernel: self.kernel,
            state_elements,
            heads: self.inner,
            flops_per_token: 6 * state_elements + 2 * conv_elements,
        })
    }
}
