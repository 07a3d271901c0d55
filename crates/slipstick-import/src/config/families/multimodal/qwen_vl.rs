//! Qwen's models with eyes: a vision transformer whose patches are merged two by two.

use slipstick_core::model::{
    Model, Role,
    blocks::{FeedForward, GroupedQuery, NormKind, PRE_NORM, Tower, TowerLayer, residual},
};

use super::{
    Config, ConfigError, Family, share_out,
    text::{Ties, text_model},
};

pub(super) const SECOND: Family = Family { model_types: &["qwen2_vl", "qwen2_5_vl"], read: read_second };
pub(super) const EXAONE: Family = Family { model_types: &["exaone4_5"], read: read_exaone };
pub(super) const THIRD: Family =
    Family { model_types: &["qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe"], read: read_third };

fn read_second(c: &Config<'_>) -> Result<Model, ConfigError> {
    let is_newer = c.model_type() == "qwen2_5_vl";
    let text = if is_newer { "qwen2_5_vl_text" } else { "qwen2_vl_text" };
    let mut model = text_model(c, text, Ties::TopOrText(false))?;
    let v = c.part("vision_config", if is_newer { "qwen2_5_vl_vision" } else { "qwen2_vl_vision" })?;
    let tower = if is_newer { second_newer(&v)? } else { second(&v)? };
    c.adopt(v);
    model.components.push(tower.component("visual"));
    Ok(model)
}

/// Values in one patch over the frames it spans.
pub(super) fn patch_values(v: &Config<'_>, channels: &str, patch: u64) -> Result<u64, ConfigError> {
    let side = v.side_or("patch_size", patch)?;
    let frames = v.count_or("temporal_patch_size", 2)?;
    Ok(v.count_or(channels, 3)?.saturating_mul(frames).saturating_mul(side.saturating_mul(side)))
}

/// The merger of neighbouring patches: a norm and two matrices.
fn merger(tower: Tower, norm: NormKind, v: &Config<'_>, width: u64, out: u64) -> Result<Tower, ConfigError> {
    let merged = width.saturating_mul(v.count_or("spatial_merge_size", 2)?.pow(2));
    Ok(tower.norm(norm, "merger.ln_q", width).linear("merger.mlp.0", merged, merged, true).linear(
        "merger.mlp.2",
        out,
        merged,
        true,
    ))
}

fn second(v: &Config<'_>) -> Result<Tower, ConfigError> {
    let width = v.count_or("embed_dim", 1280)?;
    let ratio = v.count_or("mlp_ratio", 4)?;
    let layer = TowerLayer::vision(width, width.saturating_mul(ratio));
    let tower = Tower::new(Role::Vision)
        .linear("patch_embed.proj", width, patch_values(v, "in_channels", 14)?, false)
        .layers(v.count_or("depth", 32)?, layer.weights());
    // Here `hidden_size` is the width of the decoder.
    merger(tower, NormKind::Layer, v, width, v.count_or("hidden_size", 3584)?)
}

fn second_newer(v: &Config<'_>) -> Result<Tower, ConfigError> {
    let width = v.count_or("hidden_size", 3584)?;
    let layer = TowerLayer {
        qkv_bias: true,
        out_bias: true,
        feed_forward_bias: true,
        ..TowerLayer::gated(width, v.count_or("intermediate_size", 3420)?)
    };
    let tower = Tower::new(Role::Vision)
        .linear("patch_embed.proj", width, patch_values(v, "in_channels", 14)?, false)
        .layers(v.count_or("depth", 32)?, layer.weights());
    merger(tower, NormKind::Rms, v, width, v.count_or("out_hidden_size", 3584)?)
}

/// EXAONE 4.5: the same encoder with fewer key heads.
fn read_exaone(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "exaone4", Ties::Top(false))?;
    let v = c.part("vision_config", "exaone4_5_vision")?;
    let width = v.count("hidden_size")?;
    let (heads, kv_heads) = (v.count("num_heads")?, v.count("num_key_value_heads")?);
    let attention = GroupedQuery::new(width, heads, kv_heads, share_out(&v, width, heads)?);
    let feed_forward = FeedForward::gated(width, v.count("intermediate_size")?).with_bias(true);
    let layer = residual(NormKind::Rms, PRE_NORM, &attention.with_bias(true, true), &feed_forward);
    let tower = Tower::new(Role::Vision)
        .linear("patch_embed.proj", width, patch_values(&v, "in_channels", 14)?, false)
        .layers(v.count("depth")?, layer.weights);
    let tower = merger(tower, NormKind::Rms, &v, width, v.count("out_hidden_size")?)?;
    c.adopt(v);
    model.components.push(tower.component("visual"));
    Ok(model)
}

fn read_third(c: &Config<'_>) -> Result<Model, ConfigError> {
    let text = match c.model_type() {
        "qwen3_vl" => "qwen3_vl_text",
        "qwen3_vl_moe" => "qwen3_vl_moe_text",
        "qwen3_5" => "qwen3_5_text",
        _ => "qwen3_5_moe_text",
    };
    let mut model = text_model(c, text, Ties::Top(false))?;
    let v = c.part("vision_config", "qwen3_vl_vision")?;
    let tower = third(&v, c.model_type().starts_with("qwen3_vl"))?;
    c.adopt(v);
    model.components.push(tower.component("visual"));
    Ok(model)
}

fn third(v: &Config<'_>, has_deep_stack: bool) -> Result<Tower, ConfigError> {
    let width = v.count_or("hidden_size", 1152)?;
    let layer = TowerLayer::vision(width, v.count_or("intermediate_size", 4304)?);
    let out = v.count_or("out_hidden_size", 3584)?;
    let merged = width.saturating_mul(v.count_or("spatial_merge_size", 2)?.pow(2));
    let stack = match v.counts("deepstack_visual_indexes")? {
        _ if !has_deep_stack => 0,
        Some(layers) => layers.len() as u64,
        None => 3,
    };
    let mix = |tower: Tower, norm_width| {
        tower
            .norm(NormKind::Layer, "merger.norm", norm_width)
            .linear("merger.linear_fc1", merged, merged, true)
            .linear("merger.linear_fc2", out, merged, true)
    };
    let tower = Tower::new(Role::Vision)
        .linear("patch_embed.proj", width, patch_values(v, "in_channels", 16)?, true)
        .table("pos_embed", v.count_or("num_position_embeddings", 2304)?, width)
        .layers(v.count_or("depth", 27)?, layer.weights());
    // Each stacked merger normalises after merging, so its norm is wider.
    Ok((0..stack).fold(mix(tower, width), |tower, _| mix(tower, merged)))
}
