//! The module names that checkpoints give to recurrent mixers.

/// The name a checkpoint gives to the recurrent mixer of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MixerPath {
    /// `mixer`.
    Mixer,
    /// `mamba`.
    Mamba,
    /// `mamba_decoder.mamba`: behind a shared attention block.
    MambaDecoder,
    /// `linear_attn`.
    LinearAttention,
    /// `self_attn`.
    SelfAttention,
}

/// The path of one parameter inside the mixer that `$path` names.
macro_rules! under {
    ($path:expr, $name:literal) => {
        match $path {
            $crate::model::blocks::MixerPath::Mixer => concat!("mixer.", $name),
            $crate::model::blocks::MixerPath::Mamba => concat!("mamba.", $name),
            $crate::model::blocks::MixerPath::MambaDecoder => concat!("mamba_decoder.mamba.", $name),
            $crate::model::blocks::MixerPath::LinearAttention => concat!("linear_attn.", $name),
            $crate::model::blocks::MixerPath::SelfAttention => concat!("self_attn.", $name),
        }
    };
}

pub(super) use under;
