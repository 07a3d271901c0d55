//! InternVL as its authors publish it: InternViT, a pixel shuffle and a projector before any decoder.
//!
//! Checked against the published total of InternVL2-2B, 2,205,754,368 parameters.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    super::find,
    Config, ConfigError, Family,
    image::{patch_values, patches},
    internvl::shuffled_projector,
};

pub(super) const FAMILY: Family = Family { model_types: &["internvl_chat"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let text = c.section("llm_config")?;
    let mut model = (find(&text)?.read)(&text)?;
    c.adopt(text);
    c.model_type().clone_into(&mut model.model_type);
    let v = c.section("vision_config")?;
    let tower = tower(&v)?;
    let width = v.count("hidden_size")?;
    c.adopt(v);
    let projector = shuffled_projector(c, width, model.hidden, ["0", "1", "3"])?;
    model.components.push(tower.component("vision_model"));
    model.components.push(projector.component("mlp1"));
    Ok(model)
}

fn tower(v: &Config<'_>) -> Result<Tower, ConfigError> {
    let (width, patch) = (v.count("hidden_size")?, v.side_or("patch_size", 14)?);
    let norm = match v.text("norm_type")?.unwrap_or("rms_norm") {
        "layer_norm" => NormKind::Layer,
        "rms_norm" => NormKind::Rms,
        _ => return Err(v.invalid("norm_type", "layer_norm or rms_norm")),
    };
    let layer = TowerLayer {
        norm,
        qkv_bias: v.flag_or("qkv_bias", false)?,
        ..TowerLayer::vision(width, v.count("intermediate_size")?)
    };
    let layers = v.count("num_hidden_layers")?;
    let scales = ["ls1", "ls2"].map(|name| Weight::vector(name, Role::Vision, width));
    let places = patches(v, v.side_or("image_size", 448)?, patch)? + 1;
    let mut tower = Tower::new(Role::Vision)
        .vector("embeddings.class_embedding", width)
        .linear("embeddings.patch_embedding", width, patch_values(v, "num_channels", patch)?, true)
        .table("embeddings.position_embedding", places, width)
        .layers(layers, layer.weights())
        .layers(layers, scales);
    if v.flag_or("qk_normalization", true)? {
        tower = tower
            .layers(layers, NormKind::Rms.weights("attn.q_norm", width))
            .layers(layers, NormKind::Rms.weights("attn.k_norm", width));
    }
    Ok(tower)
}
