//! Encoders of pictures alone: the vision transformer, with a token more as `DeiT`, and the one of shifted windows.

use slipstick_core::model::{
    Role, Weight,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError,
    image::{ImageEncoder, patch_values, patches},
    share_heads,
};

/// The encoder of a type, and the width of what it puts out; none if the type is no such encoder.
///
/// # Errors
/// If a size is out of range.
pub(super) fn vision_encoder(v: &Config<'_>) -> Result<Option<ImageEncoder>, ConfigError> {
    match v.model_type() {
        "vit" => plain(v, 1).map(Some),
        "deit" => plain(v, 2).map(Some),
        "swin" | "donut-swin" => shifted(v).map(Some),
        _ => Ok(None),
    }
}

/// A vision transformer (arXiv 2010.11929) with so many tokens before the patches, and a pooler of the first.
fn plain(v: &Config<'_>, tokens: u64) -> Result<ImageEncoder, ConfigError> {
    let (width, patch) = (v.count("hidden_size")?, v.side_or("patch_size", 16)?);
    let places = patches(v, v.side_or("image_size", 224)?, patch)? + tokens;
    share_heads(v, v.count("num_attention_heads")?, width)?;
    let layer = TowerLayer {
        qkv_bias: v.flag_or("qkv_bias", true)?,
        ..TowerLayer::vision(width, v.count("intermediate_size")?)
    };
    let pooled = match v.optional_count("pooler_output_size")? {
        None | Some(0) => width,
        Some(pooled) => pooled,
    };
    let tower = Tower::new(Role::Encoder)
        .table("embeddings.cls_token", tokens, width)
        .table("embeddings.position_embeddings", places, width)
        .linear("embeddings.patch_embeddings", width, patch_values(v, "num_channels", patch)?, true)
        .layers(v.count("num_hidden_layers")?, layer.weights())
        .norm(NormKind::Layer, "layernorm", width)
        .linear("pooler", pooled, width, true);
    Ok(ImageEncoder { tower, width })
}

/// The transformer of shifted windows (arXiv 2103.14030), whose stages halve the picture and double the width.
fn shifted(v: &Config<'_>) -> Result<ImageEncoder, ConfigError> {
    let (first, patch) = (v.count("embed_dim")?, v.side_or("patch_size", 4)?);
    let (depths, heads) =
        (v.counts("depths")?.unwrap_or_default(), v.counts("num_heads")?.unwrap_or_default());
    if depths.is_empty() || depths.len() != heads.len() || depths.len() > 8 {
        return Err(v.invalid("depths", "a list of at most eight stages, as many as num_heads has"));
    }
    let mut tower = Tower::new(Role::Encoder)
        .linear("embeddings.patch_embeddings", first, patch_values(v, "num_channels", patch)?, true)
        .norm(NormKind::Layer, "embeddings.norm", first);
    if v.flag_or("use_absolute_embeddings", false)? {
        let more = u64::from(v.model_type() == "donut-swin");
        let places = patches(v, v.side_or("image_size", 224)?, patch)? + more;
        tower = tower.table("embeddings.position_embeddings", places, first);
    }
    let mut width = first;
    for (stage, (depth, heads)) in depths.iter().zip(&heads).enumerate() {
        tower = tower.layers(*depth, block(v, width, *heads)?);
        if stage + 1 < depths.len() {
            tower = tower.linear("downsample.reduction", 2 * width, 4 * width, false).norm(
                NormKind::Layer,
                "downsample.norm",
                4 * width,
            );
            width *= 2;
        }
    }
    if v.model_type() == "swin" {
        tower = tower.norm(NormKind::Layer, "layernorm", width);
    }
    Ok(ImageEncoder { tower, width })
}

/// A layer, with a learned offset for each two places of a window and each head.
fn block(v: &Config<'_>, width: u64, heads: u64) -> Result<Vec<Weight>, ConfigError> {
    let window = v.side_or("window_size", 7)?;
    let inner = v.whole("mlp_ratio", (v.number_or("mlp_ratio", 4.0)? * width as f64).trunc())?;
    let layer = TowerLayer { qkv_bias: v.flag_or("qkv_bias", true)?, ..TowerLayer::vision(width, inner) };
    let mut weights = layer.weights();
    let offsets = (2 * window - 1).saturating_mul(2 * window - 1);
    weights.push(Weight::matrix("attention.relative_position_bias_table", Role::Encoder, offsets, heads));
    Ok(weights)
}
