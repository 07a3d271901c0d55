//! Mamba mixers as the several architectures state them.

use slipstick_core::model::blocks::{MixerPath, SelectiveScan, StateSpace};

use super::{
    Config, ConfigError,
    kinds::{count_or_auto, positive_or},
};

/// A Mamba mixer under the keys `mamba_*` of Jamba and Zamba.
///
/// # Errors
/// If a key is no count.
pub(super) fn selective_scan(c: &Config<'_>, hidden: u64) -> Result<SelectiveScan, ConfigError> {
    Ok(SelectiveScan {
        path: MixerPath::Mamba,
        hidden,
        inner: positive_or(c, "mamba_expand", 2)?.saturating_mul(hidden),
        state: positive_or(c, "mamba_d_state", 16)?,
        rank: count_or_auto(c, "mamba_dt_rank", hidden.div_ceil(16))?,
        kernel: positive_or(c, "mamba_d_conv", 4)?,
        conv_bias: c.flag_or("mamba_conv_bias", true)?,
        bias: c.flag_or("mamba_proj_bias", false)?,
        norms: false,
        heads: 1,
    })
}

/// A Mamba-2 mixer under the keys `mamba_*` of Bamba, Granite and Falcon-H1, over `inner` channels.
///
/// # Errors
/// If a key is no count, or the heads do not make up the channels.
pub(super) fn state_space(c: &Config<'_>, hidden: u64, inner: u64) -> Result<StateSpace, ConfigError> {
    let heads = positive_or(c, "mamba_n_heads", 128)?;
    let bias = c.flag_or("mamba_proj_bias", false)?;
    let block = StateSpace {
        path: MixerPath::Mamba,
        hidden,
        heads,
        head_dim: count_or_auto(c, "mamba_d_head", inner / heads)?,
        groups: positive_or(c, "mamba_n_groups", 1)?,
        state: positive_or(c, "mamba_d_state", 256)?,
        kernel: positive_or(c, "mamba_d_conv", 4)?,
        conv_bias: c.flag_or("mamba_conv_bias", true)?,
        in_bias: bias,
        out_bias: bias,
        norm: true,
    };
    check_heads(&block, inner)?;
    Ok(block)
}

/// Checks that the heads make up all channels.
///
/// # Errors
/// If they do not.
pub(super) fn check_heads(block: &StateSpace, inner: u64) -> Result<(), ConfigError> {
    if block.heads.saturating_mul(block.head_dim) == inner {
        return Ok(());
    }
    Err(ConfigError::Contradiction(format!(
        "{} state space heads of {} are not the {inner} channels of the mixer",
        block.heads, block.head_dim
    )))
}
