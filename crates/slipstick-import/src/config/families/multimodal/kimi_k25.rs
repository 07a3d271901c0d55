//! Kimi K2.5: the decoder of DeepSeek-V3 behind a vision transformer with learned positions.

use slipstick_core::model::{
    Component, Model, Role,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Family,
    text::{Ties, language_model_first, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["kimi_k25"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "deepseek_v3", Ties::Top(true))?;
    language_model_first(&mut model);
    let v = c.part("vision_config", "kimi_k25_vision")?.as_type("kimi_k25_vision");
    model.components.extend(towers(&v, c.count_or("projection_hidden_size", 1152)?, model.hidden)?);
    c.adopt(v);
    Ok(model)
}

/// The encoder, and what joins it to a decoder so wide; the class ignores the longer names that published files have for its
/// sizes.
fn towers(v: &Config<'_>, joint: u64, text_hidden: u64) -> Result<[Component; 2], ConfigError> {
    let width = v.count_or("hidden_size", 1152)?;
    let layer = TowerLayer::vision(width, v.count_or("intermediate_size", 4304)?);
    let patch = v.side_or("patch_size", 14)?;
    let (high, wide) = (v.count_or("pos_emb_height", 64)?, v.count_or("pos_emb_width", 64)?);
    let tower = Tower::new(Role::Vision)
        .linear("patch_embed.proj", width, patch.saturating_mul(patch).saturating_mul(3), true)
        .table("patch_embed.pos_emb", high.saturating_mul(wide), width)
        .layers(v.count_or("num_hidden_layers", 27)?, layer.weights())
        .norm(NormKind::Layer, "encoder.final_layernorm", width);
    let merged = merged_patches(v)?.saturating_mul(width);
    let projector = Tower::new(Role::Projector)
        .norm(NormKind::Layer, "pre_norm", joint)
        .linear("proj.0", merged, merged, true)
        .linear("proj.2", text_hidden, merged, true);
    Ok([tower.component("vision_tower"), projector.component("mm_projector")])
}

/// Patches that are merged into one token: the product of `merge_kernel_size`.
pub(super) fn merged_patches(v: &Config<'_>) -> Result<u64, ConfigError> {
    match v.counts("merge_kernel_size")?.as_deref() {
        None => {
            v.assume("merge_kernel_size", "[2, 2]");
            Ok(4)
        }
        Some([height, width]) if *height > 0 && *width > 0 => Ok(height.saturating_mul(*width)),
        Some(_) => Err(v.invalid("merge_kernel_size", "two positive counts")),
    }
}
