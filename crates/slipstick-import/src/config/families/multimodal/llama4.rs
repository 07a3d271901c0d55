//! Llama 4: its decoder behind a vision transformer whose patches are shuffled together.

use slipstick_core::model::{
    Component, Model, Role,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Family,
    image::patch_values,
    share_heads,
    text::{Ties, language_model_first, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["llama4"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "llama4_text", Ties::Never)?;
    language_model_first(&mut model);
    let v = c.part("vision_config", "llama4_vision_model")?;
    model.components.extend(towers(&v, model.hidden)?);
    c.adopt(v);
    Ok(model)
}

fn towers(v: &Config<'_>, text_hidden: u64) -> Result<[Component; 3], ConfigError> {
    let (width, intermediate) = (v.count_or("hidden_size", 768)?, v.count_or("intermediate_size", 5632)?);
    let (image, patch) = (v.side_or("image_size", 448)?, v.side_or("patch_size", 14)?);
    // One position for each patch and one for the class embedding.
    let positions = super::image::patches(v, image, patch)? + 1;
    share_heads(v, v.count("num_attention_heads")?, width)?;
    let layer = TowerLayer::vision(width, intermediate);
    let tower = Tower::new(Role::Vision)
        .linear("patch_embedding.linear", width, patch_values(v, "num_channels", patch)?, false)
        .vector("class_embedding", width)
        .table("positional_embedding_vlm", positions, width)
        .norm(NormKind::Layer, "layernorm_pre", width)
        .layers(v.count_or("num_hidden_layers", 34)?, layer.weights())
        .norm(NormKind::Layer, "layernorm_post", width);
    let (inner, out) = (v.count_or("projector_input_dim", 4096)?, v.count_or("projector_output_dim", 4096)?);
    let adapter = Tower::new(Role::Projector)
        .linear("mlp.fc1", inner, intermediate, false)
        .linear("mlp.fc2", out, out, false);
    let vision_out = v.count_or("vision_output_dim", 7680)?;
    let projector = Tower::new(Role::Projector).linear("linear_1", text_hidden, vision_out, false);
    Ok([
        tower.component("vision_model"),
        adapter.component("vision_model.vision_adapter"),
        projector.component("multi_modal_projector"),
    ])
}
