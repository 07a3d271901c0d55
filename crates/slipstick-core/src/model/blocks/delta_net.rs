//! Linear attention by the gated delta rule.

use super::{MixerPath, NormKind, mixer_path::under};
use crate::model::{Mixer, Recurrent, Role, Weight};

/// A gated delta net: a key-by-value matrix a head, decayed and corrected at every token (arXiv 2412.06464, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeltaNet {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Key and query heads.
    pub key_heads: u64,
    /// Value heads.
    pub value_heads: u64,
    /// Width of a key head.
    pub key_dim: u64,
    /// Width of a value head.
    pub value_dim: u64,
    /// Taps of the convolution.
    pub kernel: u64,
    /// Whether the checkpoint keeps queries, keys, values and output gate in one matrix, and both scalar gates in one.
    pub fused: bool,
}

impl DeltaNet {
    /// Channels that pass the convolution: queries, keys and values.
    pub const fn conv_channels(&self) -> u64 {
        2 * self.key_heads * self.key_dim + self.value_heads * self.value_dim
    }

    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let heads = self.value_heads;
        let values = heads * self.value_dim;
        let channels = self.conv_channels();
        let input = |name, rows| Weight::matrix(name, Role::StateIn, rows, self.hidden);
        let mut weights = if self.fused {
            vec![
                input("linear_attn.in_proj_qkvz", channels + values).by_heads(self.key_heads),
                input("linear_attn.in_proj_ba", 2 * heads).by_heads(heads),
            ]
        } else {
            vec![
                input("linear_attn.in_proj_qkv", channels).by_heads(self.key_heads),
                input("linear_attn.in_proj_z", values).by_heads(heads),
                input("linear_attn.in_proj_b", heads).by_heads(heads),
                input("linear_attn.in_proj_a", heads).by_heads(heads),
            ]
        };
        weights.push(Weight::matrix("linear_attn.conv1d", Role::StateOther, channels, self.kernel));
        weights.push(Weight::vector("linear_attn.dt_bias", Role::StateOther, heads).by_heads(heads));
        weights.push(Weight::vector("linear_attn.A_log", Role::StateOther, heads).by_heads(heads));
        weights.extend(NormKind::Rms.weights("linear_attn.norm", self.value_dim));
        let out = Weight::matrix("linear_attn.out_proj", Role::StateOut, self.hidden, values);
        weights.push(out.by_heads(heads));
        weights
    }

    /// Its mixer.
    pub const fn mixer(&self) -> Mixer {
        let state = (self.value_heads * self.key_dim).saturating_mul(self.value_dim);
        delta_mixer(state, self.conv_channels(), self.kernel, self.value_heads)
    }
}

/// A delta net whose decay is learned for each channel of a head (Kimi Delta Attention, arXiv 2510.26692, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelDeltaNet {
    /// Its name in the layer.
    pub path: MixerPath,
    /// Width of the residual stream.
    pub hidden: u64,
    /// Heads.
    pub heads: u64,
    /// Width of a head.
    pub head_dim: u64,
    /// Taps of the convolution.
    pub kernel: u64,
    /// Whether one matrix makes the output's gate, in place of two that are as narrow as a head between them.
    pub whole_gate: bool,
    /// Entries of the vector of decays; a checkpoint may pad the one of each head.
    pub decays: u64,
}

impl ChannelDeltaNet {
    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let (path, heads) = (self.path, self.heads);
        let width = heads * self.head_dim;
        let input = |name, rows| Weight::matrix(name, Role::StateIn, rows, self.hidden);
        let expand = |name| Weight::matrix(name, Role::StateOther, width, self.head_dim).by_heads(heads);
        let mut weights = vec![
            input(under!(path, "q_proj"), width).by_heads(heads),
            input(under!(path, "k_proj"), width).by_heads(heads),
            input(under!(path, "v_proj"), width).by_heads(heads),
            Weight::matrix(under!(path, "conv1d"), Role::StateOther, 3 * width, self.kernel),
            input(under!(path, "f_a_proj"), self.head_dim),
            expand(under!(path, "f_b_proj")),
            Weight::vector(under!(path, "dt_bias"), Role::StateOther, width).by_heads(heads),
            Weight::vector(under!(path, "A_log"), Role::StateOther, self.decays).by_heads(heads),
            input(under!(path, "b_proj"), heads).by_heads(heads),
        ];
        if self.whole_gate {
            weights.push(input(under!(path, "g_proj"), width).by_heads(heads));
        } else {
            weights
                .extend([input(under!(path, "g_a_proj"), self.head_dim), expand(under!(path, "g_b_proj"))]);
        }
        weights.extend(NormKind::Rms.weights(under!(path, "o_norm"), self.head_dim));
        let out = Weight::matrix(under!(path, "o_proj"), Role::StateOut, self.hidden, width);
        weights.push(out.by_heads(heads));
        weights
    }

    /// Its mixer.
    pub const fn mixer(&self) -> Mixer {
        let width = self.heads * self.head_dim;
        delta_mixer(width.saturating_mul(self.head_dim), 3 * width, self.kernel, self.heads)
    }
}

/// A state value costs four multiply-adds a token (decay, recall, correction, read), a channel one for each tap.
const fn delta_mixer(state_elements: u64, channels: u64, kernel: u64, heads: u64) -> Mixer {
    let conv_elements = channels.saturating_mul(kernel);
    Mixer::Recurrent(Recurrent {
        conv_elements,
        conv_kernel: kernel,
        state_elements,
        heads,
        flops_per_token: state_elements.saturating_mul(8).saturating_add(conv_elements.saturating_mul(2)),
    })
}
