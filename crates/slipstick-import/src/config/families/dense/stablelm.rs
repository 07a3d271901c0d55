//! StableLM: LayerNorm, gated feed-forward, and in the larger models a norm for each head and a parallel block.

use slipstick_core::model::{Model, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie};

pub(super) const FAMILY: Family = Family { model_types: &["stablelm", "stablelm_epoch"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Layer, Tie::OnlyIfStated)?;
    decoder.attention = decoder.attention.with_bias(c.flag_or("use_qkv_bias", false)?, false);
    if c.flag_or("qk_layernorm", false)? {
        decoder.attention = decoder.attention.with_wide_norm(NormKind::LayerNoBias);
    }
    if c.flag_or("use_parallel_residual", false)? {
        decoder.norms = &["input_layernorm"];
    }
    decoder.model(c)
}
