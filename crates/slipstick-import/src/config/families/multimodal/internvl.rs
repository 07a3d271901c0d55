//! InternVL in its library form: a vision transformer with scaled residuals, pixel shuffle and a projector.

use slipstick_core::model::{
    Model, Role,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Family,
    image::{patch_values, patches},
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["internvl"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "qwen2", Ties::Top(true))?;
    let v = c.part("vision_config", "internvl_vision")?;
    let tower = tower(&v)?;
    let width = v.count_or("hidden_size", 1024)?;
    c.adopt(v);
    let projector = shuffled_projector(c, width, model.hidden, ["layer_norm", "linear_1", "linear_2"])?;
    model.components.push(tower.component("vision_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

/// The projector behind pixel shuffle: neighbouring patches become one of as many times the width, then a norm and two
/// projections of these names.
pub(super) fn shuffled_projector(
    c: &Config<'_>,
    width: u64,
    hidden: u64,
    [norm, first, second]: [&'static str; 3],
) -> Result<Tower, ConfigError> {
    let ratio = c.number_or("downsample_ratio", 0.5)?;
    if !(ratio > 0.001 && ratio <= 1.0) {
        return Err(c.invalid("downsample_ratio", "above 0.001 and at most 1"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked above")]
    let side = (1.0 / ratio) as u64;
    let merged = width.saturating_mul(side * side);
    Ok(Tower::new(Role::Projector)
        .norm(NormKind::Layer, norm, merged)
        .linear(first, hidden, merged, true)
        .linear(second, hidden, hidden, true))
}

fn tower(v: &Config<'_>) -> Result<Tower, ConfigError> {
    let (width, patch) = (v.count_or("hidden_size", 1024)?, v.side_or("patch_size", 14)?);
    let norm = match v.text("norm_type")?.unwrap_or("layer_norm") {
        "layer_norm" => NormKind::Layer,
        "rms_norm" => NormKind::Rms,
        _ => return Err(v.invalid("norm_type", "layer_norm or rms_norm")),
    };
    let layer = TowerLayer {
        norm,
        qkv_bias: v.flag_or("attention_bias", false)?,
        ..TowerLayer::vision(width, v.count_or("intermediate_size", 4096)?)
    };
    let layers = v.count_or("num_hidden_layers", 24)?;
    let mut tower = Tower::new(Role::Vision)
        .vector("embeddings.cls_token", width)
        .linear(
            "embeddings.patch_embeddings.projection",
            width,
            patch_values(v, "num_channels", patch)?,
            true,
        )
        .layers(layers, layer.weights())
        .layers(layers, NormKind::Layer.weights("lambda", width));
    if v.flag_or("use_qk_norm", false)? {
        tower = tower
            .layers(layers, NormKind::Rms.weights("attention.q_norm", width))
            .layers(layers, NormKind::Rms.weights("attention.k_norm", width));
    }
    if v.flag_or("use_mask_token", false)? {
        tower = tower.vector("embeddings.mask_token", width);
    }
    if v.flag_or("use_absolute_position_embeddings", true)? {
        let places = patches(v, v.side_or("image_size", 448)?, patch)? + 1;
        tower = tower.table("embeddings.position_embeddings", places, width);
    }
    if !v.flag_or("use_mean_pooling", true)? {
        tower = tower.norm(NormKind::Layer, "layernorm", width);
    }
    Ok(tower)
}
