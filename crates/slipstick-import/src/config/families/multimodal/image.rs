//! Image encoders that several models share, chosen by the section's `model_type`.

use slipstick_core::model::{
    Role,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{Config, ConfigError};

/// An image encoder and the width of what it puts out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImageEncoder {
    pub tower: Tower,
    pub width: u64,
}

/// Reads `vision_config` as the encoder that its `model_type` names, `model_type` if it names none.
///
/// # Errors
/// If the encoder is not known, or a size is out of range.
pub(super) fn image_encoder(c: &Config<'_>, model_type: &str) -> Result<ImageEncoder, ConfigError> {
    let v = c.part("vision_config", model_type)?;
    let encoder = match v.model_type() {
        "clip_vision_model" => clip(&v),
        "siglip_vision_model" | "siglip2_vision_model" => siglip(&v, 768, 16, true),
        "pixtral" => pixtral(&v),
        other => {
            let shown: String = other.chars().take(40).collect();
            Err(c.unsupported(format!("its image encoder {shown:?} is not known")))
        }
    }?;
    c.adopt(v);
    Ok(encoder)
}

/// Values in one patch of the picture.
///
/// # Errors
/// If a size is out of range.
pub(super) fn patch_values(v: &Config<'_>, channels: &str, patch: u64) -> Result<u64, ConfigError> {
    Ok(v.count_or(channels, 3)?.saturating_mul(patch.saturating_mul(patch)))
}

/// The learned positions of a square picture: its patches.
///
/// # Errors
/// If the picture is smaller than a patch.
pub(super) fn patches(v: &Config<'_>, image: u64, patch: u64) -> Result<u64, ConfigError> {
    match image / patch {
        0 => Err(v.invalid("image_size", format!("at least one patch of {patch}"))),
        side => Ok(side.saturating_mul(side)),
    }
}

fn clip(v: &Config<'_>) -> Result<ImageEncoder, ConfigError> {
    let (width, patch) = (v.count_or("hidden_size", 768)?, v.side_or("patch_size", 32)?);
    let places = patches(v, v.side_or("image_size", 224)?, patch)? + 1;
    let layer = TowerLayer::vision(width, v.count_or("intermediate_size", 3072)?);
    let tower = Tower::new(Role::Vision)
        .vector("embeddings.class_embedding", width)
        .linear("embeddings.patch_embedding", width, patch_values(v, "num_channels", patch)?, false)
        .table("embeddings.position_embedding", places, width)
        .norm(NormKind::Layer, "pre_layrnorm", width)
        .layers(v.count_or("num_hidden_layers", 12)?, layer.weights())
        .norm(NormKind::Layer, "post_layernorm", width);
    Ok(ImageEncoder { tower, width })
}

/// SigLIP's encoder, with the class's own defaults of width, patch and pooling head.
///
/// # Errors
/// If a size is out of range.
pub(super) fn siglip(
    v: &Config<'_>,
    width: u64,
    patch: u64,
    has_head: bool,
) -> Result<ImageEncoder, ConfigError> {
    let (width, patch) = (v.count_or("hidden_size", width)?, v.side_or("patch_size", patch)?);
    let places = if v.model_type() == "siglip2_vision_model" {
        v.count_or("num_patches", 256)?
    } else {
        patches(v, v.side_or("image_size", 224)?, patch)?
    };
    let layer = TowerLayer::vision(width, v.count_or("intermediate_size", 3072)?);
    let tower = Tower::new(Role::Vision)
        .linear("embeddings.patch_embedding", width, patch_values(v, "num_channels", patch)?, true)
        .table("embeddings.position_embedding", places, width)
        .layers(v.count_or("num_hidden_layers", 12)?, layer.weights())
        .norm(NormKind::Layer, "post_layernorm", width);
    let has_head = has_head && v.flag_or("vision_use_head", true)?;
    Ok(ImageEncoder { tower: if has_head { pooling_head(tower, layer) } else { tower }, width })
}

/// An attention that pools all patches into one vector, with a feed-forward block behind it.
pub(super) fn pooling_head(tower: Tower, layer: TowerLayer) -> Tower {
    // A layer has one norm more than the head.
    let block = layer.weights().into_iter().filter(|weight| weight.name != "norm1");
    tower.vector("head.probe", layer.hidden).layers(1, block)
}

fn pixtral(v: &Config<'_>) -> Result<ImageEncoder, ConfigError> {
    let (width, patch) = (v.count_or("hidden_size", 1024)?, v.side_or("patch_size", 16)?);
    let layer = TowerLayer::gated(width, v.count_or("intermediate_size", 4096)?);
    let tower = Tower::new(Role::Vision)
        .linear("patch_conv", width, patch_values(v, "num_channels", patch)?, false)
        .norm(NormKind::Rms, "ln_pre", width)
        .layers(v.count_or("num_hidden_layers", 24)?, layer.weights());
    Ok(ImageEncoder { tower, width })
}
