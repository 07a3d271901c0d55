//! GLM-4.1V and 4.5V: a gated vision transformer, a convolution that merges patches, and a gated projector.

use slipstick_core::model::{
    Model, Role,
    blocks::{FeedForward, NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Family,
    image::patches,
    qwen_vl::patch_values,
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["glm4v", "glm4v_moe", "glm46v", "glmga"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (text, ties) = match c.model_type() {
        "glm4v" => ("glm4v_text", Ties::TopOrText(false)),
        "glm46v" | "glmga" => ("glm4v_text", Ties::Top(false)),
        _ => ("glm4v_moe_text", Ties::TopOrText(false)),
    };
    let mut model = text_model(c, text, ties)?;
    let v = c.part("vision_config", "glm4v_vision")?;
    let tower = tower(&v)?;
    c.adopt(v);
    model.components.push(tower.component("visual"));
    Ok(model)
}

fn tower(v: &Config<'_>) -> Result<Tower, ConfigError> {
    let width = v.count_or("hidden_size", 1536)?;
    let out = v.count_or("out_hidden_size", 4096)?;
    let inner = v.count_or("intermediate_size", 13_696)?;
    // The layers' feed-forward is as wide as the output; the stated width is the projector's.
    let bias = v.flag_or("attention_bias", false)?;
    let layer = TowerLayer { qkv_bias: bias, ..TowerLayer::gated(width, out) };
    let places = patches(v, v.side_or("image_size", 336)?, v.side_or("patch_size", 14)?)?;
    let merge = v.count_or("spatial_merge_size", 2)?;
    Ok(Tower::new(Role::Vision)
        .table("embeddings.position_embedding", places, width)
        .linear("patch_embed.proj", width, patch_values(v, "in_channels", 14)?, true)
        .norm(NormKind::Rms, "post_conv_layernorm", width)
        .layers(v.count_or("depth", 24)?, layer.weights())
        .norm(NormKind::Rms, "post_layernorm", width)
        .linear("downsample", out, width.saturating_mul(merge.saturating_mul(merge)), true)
        .linear("merger.proj", out, out, false)
        .norm(NormKind::Layer, "merger.post_projection_norm", out)
        .layers(1, FeedForward::gated(out, inner).weights()))
}
