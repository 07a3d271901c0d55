//! BLIP: a vision transformer, and BERT's decoder, which attends to the picture in every layer.

use slipstick_core::model::{
    Model, Role,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    super::find,
    Config, ConfigError, Family, dtype, head,
    image::{patch_values, patches},
};

pub(super) const FAMILY: Family = Family { model_types: &["blip"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if let Some(class) = head::class(c)?.filter(|class| *class != "BlipForConditionalGeneration") {
        return Err(c.unsupported(format!("how many weights the class {class:.60?} has is not known")));
    }
    if !c.flag_or("tie_word_embeddings", true)? {
        return Err(c.unsupported("tie_word_embeddings is false, which its decoder does not heed"));
    }
    let t = c.part("text_config", "blip_text_model")?.built_as("BlipTextLMHeadModel");
    let mut model = (find(&t)?.read)(&t)?;
    c.adopt(t);
    model.dtype = dtype(c)?;
    c.model_type().clone_into(&mut model.model_type);
    model.layers_path = format!("text_decoder.bert.{}", model.layers_path).into();
    let v = c.part("vision_config", "blip_vision_model")?;
    let tower = encoder(&v)?;
    c.adopt(v);
    model.components.push(tower.component("vision_model"));
    Ok(model)
}

fn encoder(v: &Config<'_>) -> Result<Tower, ConfigError> {
    let (width, patch) = (v.count("hidden_size")?, v.side_or("patch_size", 16)?);
    let places = patches(v, v.side_or("image_size", 384)?, patch)? + 1;
    let layer = TowerLayer::vision(width, v.count("intermediate_size")?);
    Ok(Tower::new(Role::Vision)
        .vector("embeddings.class_embedding", width)
        .linear("embeddings.patch_embedding", width, patch_values(v, "num_channels", patch)?, true)
        .table("embeddings.position_embedding", places, width)
        .layers(v.count("num_hidden_layers")?, layer.weights())
        .norm(NormKind::Layer, "post_layernorm", width))
}
