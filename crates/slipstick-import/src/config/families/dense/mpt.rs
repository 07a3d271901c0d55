//! MPT: LayerNorm without bias, linear-bias positions, no biases.

use slipstick_core::model::{
    Model,
    blocks::{AttentionNames, FeedForward, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Paths, ResidualDecoder, Tie};

pub(super) const FAMILY: Family = Family { model_types: &["mpt"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    check_variant(c)?;
    let dims = Dims::read(c)?;
    let width = dims.hidden.saturating_mul(4);
    let mut decoder = ResidualDecoder::read_plain(c, dims, Tie::UnlessStated, &[])?;
    decoder.norm = NormKind::LayerNoBias;
    decoder.norms = &["norm_1", "norm_2"];
    decoder.attention = decoder.attention.named(AttentionNames::fused("attn.Wqkv", "attn.out_proj"));
    decoder.feed_forward =
        FeedForward::plain(dims.hidden, width, false).named(["", "ffn.up_proj", "ffn.down_proj"]);
    decoder.frame.final_norm = Some(NormKind::LayerNoBias);
    decoder.frame = decoder.frame.named(Paths {
        layers: "transformer.blocks",
        norm: "transformer.norm_f",
        ..Paths::TRANSFORMER
    });
    decoder.model(c)
}

/// Only the published shape is read: the options that add parameters exist nowhere but in training code.
fn check_variant(c: &Config<'_>) -> Result<(), ConfigError> {
    if !c.flag_or("no_bias", true)? {
        return Err(c.unsupported("no_bias is false, so that every matrix and norm has a bias"));
    }
    if c.count_or("expansion_ratio", 4)? != 4 {
        return Err(c.unsupported("expansion_ratio is not 4, which the library's class does not heed"));
    }
    let Some(attention) = c.optional_section("attn_config")? else { return Ok(()) };
    let kind = attention.text("attn_type")?.unwrap_or("multihead_attention");
    if kind != "multihead_attention" || attention.flag_or("qk_ln", false)? {
        return Err(c.unsupported("attn_config has key groups or norms on queries and keys"));
    }
    if !attention.flag_or("alibi", true)? && c.flag_or("learned_pos_emb", true)? {
        return Err(c.unsupported("it has learned positions instead of linear biases"));
    }
    c.adopt(attention);
    Ok(())
}
