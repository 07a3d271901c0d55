//! The multi-head state space of Mamba 2.

use super::{MixerPath, NormKind, mixer_path::under};
use crate::model::{Mixer, Recurrent, Role, Weight};

/// A Mamba-2 mixer: heads with one decay each, inputs and outputs shared by groups (arXiv 2405.21060, section 7).
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent yes or no of an architecture's declaration"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateSpace {
    /// Its name in the layer.
    pub path: MixerPath,
    /// Width of the residual stream.
    pub hidden: u64,
    /// Heads.
    pub heads: u64,
    /// Channels a head.
    pub head_dim: u64,
    /// Groups that share input and output vectors.
    pub groups: u64,
    /// State values a channel.
    pub state: u64,
    /// Taps of the convolution.
    pub kernel: u64,
    /// A bias on the convolution.
    pub conv_bias: bool,
    /// A bias on the input projection.
    pub in_bias: bool,
    /// A bias on the output projection.
    pub out_bias: bool,
    /// A learned norm before the output projection.
    pub norm: bool,
}

impl StateSpace {
    /// All channels.
    pub const fn inner(&self) -> u64 {
        self.heads * self.head_dim
    }

    /// Channels that pass the convolution: those of the heads, and both vectors of each group.
    pub const fn conv_channels(&self) -> u64 {
        self.inner() + 2 * self.groups * self.state
    }

    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let (path, heads) = (self.path, self.heads);
        let (inner, channels) = (self.inner(), self.conv_channels());
        let projected = inner + channels + heads;
        let mut weights =
            vec![Weight::matrix(under!(path, "in_proj"), Role::StateIn, projected, self.hidden)];
        if self.in_bias {
            weights.push(Weight::vector(under!(path, "in_proj"), Role::StateIn, projected));
        }
        weights.push(Weight::matrix(under!(path, "conv1d"), Role::StateOther, channels, self.kernel));
        if self.conv_bias {
            weights.push(Weight::vector(under!(path, "conv1d"), Role::StateOther, channels));
        }
        for name in [under!(path, "dt_bias"), under!(path, "A_log"), under!(path, "D")] {
            weights.push(Weight::vector(name, Role::StateOther, heads).by_heads(heads));
        }
        if self.norm {
            weights.extend(NormKind::Rms.weights(under!(path, "norm"), inner));
        }
        let out = Weight::matrix(under!(path, "out_proj"), Role::StateOut, self.hidden, inner);
        weights.push(out.by_heads(heads));
        if self.out_bias {
            weights.push(Weight::vector(under!(path, "out_proj"), Role::StateOut, self.hidden));
        }
        weights
    }

    /// Its mixer. A state value costs three multiply-adds a token (decay, write, read), a channel one for each tap.
    pub const fn mixer(&self) -> Mixer {
        let state_elements = self.inner().saturating_mul(self.state);
        let conv_elements = self.conv_channels().saturating_mul(self.kernel);
        Mixer::Recurrent(Recurrent {
            conv_elements,
            conv_kernel: self.kernel,
            state_elements,
            heads: self.heads,
            flops_per_token: state_elements.saturating_mul(6).saturating_add(conv_elements.saturating_mul(2)),
        })
    }
}
