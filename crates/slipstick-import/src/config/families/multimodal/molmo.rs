//! Molmo 7B and 72B: a decoder with fused gate and up, behind CLIP's large encoder and a pooling attention.
//!
//! The files state the decoder only; the image parts are constants of the published code (arXiv 2409.17146, section 3).
//! Checked against the published total of Molmo-7B-D, 8,021,025,280 parameters.

use slipstick_core::model::{
    Component, Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, NormKind, Tower, TowerLayer},
};

use super::{Config, ConfigError, Dims, Family, Paths, ResidualDecoder};

pub(super) const FAMILY: Family = Family { model_types: &["molmo"], read };

const PATHS: Paths = Paths {
    layers: "model.transformer.blocks",
    embedding: "model.transformer.wte.embedding",
    norm: "model.transformer.ln_f",
    head: "model.transformer.ff_out",
};
/// Rows for the marks of pictures, beside the embedding.
const FURTHER_ROWS: u64 = 128;
/// CLIP ViT-L/14 at 336 pixels: width, inner width, positions, values of a patch; the last of its 24 layers is left out.
const VIT: [u64; 5] = [1024, 4096, 577, 14 * 14 * 3, 23];
/// Layers of the encoder that the pooling attention reads side by side.
const READ_LAYERS: u64 = 2;

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if c.text("layer_norm_type")?.is_some_and(|kind| kind != "rms") {
        return Err(c.unsupported("layer_norm_type is not \"rms\""));
    }
    if c.has("moe_num_experts") {
        return Err(c.unsupported("it has experts"));
    }
    let mut dims = Dims::read(c)?;
    dims.vocab = c.count_or("embedding_size", dims.vocab)?;
    let double = c.count("intermediate_size")?;
    if !double.is_multiple_of(2) {
        return Err(c.invalid("intermediate_size", "even: it is the width of gate and up together"));
    }
    let feed_forward = FeedForward::gated(dims.hidden, double / 2).named(["ff_proj", "ff_proj", "ff_out"]);
    let tied = c.flag_or("weight_tying", false)?;
    let mut decoder = ResidualDecoder::of(dims, NormKind::Rms, tied, feed_forward);
    let names = AttentionNames::fused("att_proj", "attn_out");
    decoder.attention = decoder.attention.named(names).with_bias(c.flag_or("qkv_bias", false)?, false);
    if c.flag_or("attention_layer_norm", false)? {
        decoder.attention = decoder.attention.with_wide_norm(NormKind::Rms);
    }
    decoder.norms = &["attn_norm", "ff_norm"];
    decoder.frame.paths = PATHS;
    let mut model = decoder.model(c)?;
    let further = Weight::matrix("", Role::Table, FURTHER_ROWS, dims.hidden);
    model.components.push(Component::text("model.transformer.wte.new_embedding", vec![further]));
    model.components.push(encoder().component("model.vision_backbone.image_vit"));
    model.components.push(projector(dims.hidden, double / 2).component("model.vision_backbone"));
    Ok(model)
}

fn encoder() -> Tower {
    let [width, inner, places, patch, layers] = VIT;
    Tower::new(Role::Vision)
        .vector("class_embedding", width)
        .linear("patch_embedding", width, patch, false)
        .table("positional_embedding", places, width)
        .norm(NormKind::Layer, "pre_ln", width)
        .layers(layers, TowerLayer::vision(width, inner).weights())
}

/// Learned marks of padding, an attention over each two by two patches, and a gated projection.
fn projector(hidden: u64, inner: u64) -> Tower {
    let [width, ..] = VIT;
    let wide = READ_LAYERS * width;
    let tower = ["image_pooling_2d.wq", "image_pooling_2d.wk", "image_pooling_2d.wv"]
        .into_iter()
        .fold(Tower::new(Role::Projector), |tower, name| tower.linear(name, width, wide, true));
    tower
        .linear("image_pooling_2d.wo", width, width, true)
        .linear("image_projector.w1", inner, width, false)
        .linear("image_projector.w3", inner, width, false)
        .linear("image_projector.w2", hidden, inner, false)
        .table("pad_embed", 2, wide)
}
