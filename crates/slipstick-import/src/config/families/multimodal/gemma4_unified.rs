//! Gemma 4 Unified: pictures and sound enter the decoder through single projections, without encoders.

use slipstick_core::model::{
    Model, Role,
    blocks::{NormKind, Tower},
};

use super::{
    Config, ConfigError, Family,
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["gemma4_unified"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "gemma4_unified_text", Ties::Top(true))?;
    let hidden = model.hidden;
    if let Some(v) = c.optional_section("vision_config")? {
        let v = v.or_type("gemma4_unified_vision");
        model.components.push(pictures(&v, hidden)?.component("embed_vision"));
        c.adopt(v);
    }
    if let Some(a) = c.optional_section("audio_config")? {
        let a = a.or_type("gemma4_unified_audio");
        let sound = Tower::new(Role::Projector);
        let sound = sound.linear("embedding_projection", hidden, a.count_or("audio_embed_dim", 640)?, false);
        model.components.push(sound.component("embed_audio"));
        c.adopt(a);
    }
    Ok(model)
}

/// Patches between norms, a table of positions for each axis, and the projection.
fn pictures(v: &Config<'_>, hidden: u64) -> Result<Tower, ConfigError> {
    let side = v.count_or("patch_size", 16)?.saturating_mul(v.count_or("pooling_kernel_size", 3)?);
    let patch = side.saturating_mul(side).saturating_mul(3);
    let width = v.count_or("mm_embed_dim", 3840)?;
    let positions = v.count_or("mm_posemb_size", 1120)?.saturating_mul(2);
    Ok(Tower::new(Role::Vision)
        .norm(NormKind::Layer, "patch_ln1", patch)
        .linear("patch_dense", width, patch, true)
        .norm(NormKind::Layer, "patch_ln2", width)
        .table("pos_embedding", positions, width)
        .norm(NormKind::Layer, "pos_norm", width)
        .linear(
            "multimodal_embedder.embedding_projection",
            hidden,
            v.count_or("output_proj_dims", 3840)?,
            false,
        ))
}
