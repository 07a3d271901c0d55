//! Kimi K3: the decoder of Kimi Linear with its additions, behind a vision transformer whose attention is wider than its stream.
//!
//! Shapes: the checkpoint's own code as AMD's and Alibaba's engines carry it (`MoonViT3d`, `PatchMergerMLPV2`); the published
//! index counts 401,214,464 parameters in the tower and 46,144,512 in the projector.

use slipstick_core::model::{
    Component, Model, Role, Weight,
    blocks::{FeedForward, NormKind, Tower},
};

use super::{
    Config, ConfigError, Family,
    text::{Ties, language_model_first, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["kimi_k3"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "kimi_linear", Ties::Top(false))?;
    language_model_first(&mut model);
    let v = c.part("vision_config", "kimi_k3_vision")?;
    model.components.extend(towers(&v, model.hidden)?);
    c.adopt(v);
    Ok(model)
}

/// Refuses a tower of other parts than the published one's.
fn check(v: &Config<'_>) -> Result<(), ConfigError> {
    let known = [
        ("norm_type", "rmsnorm"),
        ("mlp_type", "mlp2"),
        ("mm_projector_type", "patchmergerv2"),
        ("pos_emb_type", "divided_fixed"),
    ];
    for (key, value) in known {
        if v.text(key)?.is_some_and(|stated| stated != value) {
            return Err(v.unsupported(format!("{key} is another than {value:?}")));
        }
    }
    Ok(())
}

fn towers(v: &Config<'_>, text_hidden: u64) -> Result<[Component; 2], ConfigError> {
    check(v)?;
    let width = v.count_or("vt_hidden_size", 1024)?;
    let patch = v.side_or("patch_size", 14)?.saturating_pow(2).saturating_mul(3);
    let (high, wide) = (v.count_or("init_pos_emb_height", 64)?, v.count_or("init_pos_emb_width", 64)?);
    let tower = Tower::new(Role::Vision)
        .linear("patch_embed.proj", width, patch, v.flag_or("patch_embed_proj_bias", false)?)
        .table("patch_embed.pos_emb", high.saturating_mul(wide), width)
        .layers(v.count_or("vt_num_hidden_layers", 27)?, block(v, width)?)
        .norm(NormKind::Rms, "encoder.final_layernorm", width);
    let merged = super::kimi_k25::merged_patches(v)?.saturating_mul(v.count_or("mm_hidden_size", width)?);
    let projector = Tower::new(Role::Projector)
        .linear("proj.0", merged, merged, false)
        .linear("proj.2", text_hidden, merged, false)
        .norm(NormKind::Rms, "post_norm", text_hidden);
    Ok([tower.component("vision_tower"), projector.component("mm_projector")])
}

/// A layer: attention over `qkv_hidden_size` features, two matrices, a norm before each.
fn block(v: &Config<'_>, width: u64) -> Result<Vec<Weight>, ConfigError> {
    let inner = v.count_or("qkv_hidden_size", 1536)?;
    let attention_bias = v.flag_or("attn_bias", false)?;
    let feed_forward = FeedForward::plain(width, v.count_or("vt_intermediate_size", 4096)?, false);
    let attention = Tower::new(Role::Vision)
        .norm(NormKind::Rms, "norm0", width)
        .linear("wqkv", inner.saturating_mul(3), width, attention_bias)
        .linear("wo", width, inner, attention_bias)
        .norm(NormKind::Rms, "norm1", width);
    let mut weights = attention.component("block").weights;
    weights.extend(feed_forward.with_bias(v.flag_or("linear_bias", false)?).weights());
    Ok(weights)
}
