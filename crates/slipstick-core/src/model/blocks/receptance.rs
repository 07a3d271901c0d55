//! The time and channel mixing of RWKV-4.

use crate::model::{Mixer, Recurrent, Role, Weight};

/// RWKV-4's two mixing blocks (arXiv 2305.13048, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receptance {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Width of the time mixing.
    pub attention: u64,
    /// Inner width of the channel mixing.
    pub intermediate: u64,
}

impl Receptance {
    /// Weights of the time mixing.
    pub fn time_weights(&self) -> Vec<Weight> {
        let (hidden, inner) = (self.hidden, self.attention);
        vec![
            Weight::vector("attention.time_decay", Role::StateOther, inner),
            Weight::vector("attention.time_first", Role::StateOther, inner),
            Weight::vector("attention.time_mix_key", Role::StateOther, hidden),
            Weight::vector("attention.time_mix_value", Role::StateOther, hidden),
            Weight::vector("attention.time_mix_receptance", Role::StateOther, hidden),
            Weight::matrix("attention.key", Role::StateIn, inner, hidden),
            Weight::matrix("attention.value", Role::StateIn, inner, hidden),
            Weight::matrix("attention.receptance", Role::StateIn, inner, hidden),
            Weight::matrix("attention.output", Role::StateOut, hidden, inner),
        ]
    }

    /// Weights of the channel mixing.
    pub fn channel_weights(&self) -> Vec<Weight> {
        let (hidden, inner) = (self.hidden, self.intermediate);
        vec![
            Weight::vector("feed_forward.time_mix_key", Role::StateOther, hidden),
            Weight::vector("feed_forward.time_mix_receptance", Role::StateOther, hidden),
            Weight::matrix("feed_forward.key", Role::Up, inner, hidden),
            Weight::matrix("feed_forward.receptance", Role::Gate, hidden, hidden),
            Weight::matrix("feed_forward.value", Role::Down, hidden, inner),
        ]
    }

    /// Its mixer: it keeps the previous input of both blocks, and numerator, denominator and maximum of each channel;
    /// about ten operations update and read a channel.
    pub const fn mixer(&self) -> Mixer {
        Mixer::Recurrent(Recurrent {
            conv_elements: 0,
            conv_kernel: 0,
            state_elements: 2 * self.hidden + 3 * self.attention,
            heads: self.attention,
            flops_per_token: 10 * self.attention + 10 * self.hidden,
        })
    }
}
