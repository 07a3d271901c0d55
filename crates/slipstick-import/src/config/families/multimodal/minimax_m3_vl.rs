//! MiniMax-M3 behind a vision transformer over patches of two frames.

use slipstick_core::model::{
    Component, Model, Role,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Family,
    qwen_vl::patch_values,
    text::{Ties, language_model_first, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["minimax_m3_vl"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "minimax_m3_vl_text", Ties::TopOrText(false))?;
    language_model_first(&mut model);
    // Published files name another class here, whose defaults are not this tower's.
    let v = c.part("vision_config", "minimax_m3_vl_vision")?.as_type("minimax_m3_vl_vision");
    let inner = c.count_or("projector_hidden_size", 6144)?;
    model.components.extend(towers(&v, inner, model.hidden)?);
    c.adopt(v);
    Ok(model)
}

fn towers(v: &Config<'_>, inner: u64, text_hidden: u64) -> Result<[Component; 3], ConfigError> {
    let width = v.count_or("hidden_size", 1280)?;
    let layer = TowerLayer::vision(width, v.count_or("intermediate_size", 5120)?);
    let tower = Tower::new(Role::Vision)
        .linear("embeddings.patch_embedding", width, patch_values(v, "num_channels", 14)?, false)
        .norm(NormKind::Layer, "pre_layrnorm", width)
        .layers(v.count_or("num_hidden_layers", 32)?, layer.weights());
    let merge = v.count_or("spatial_merge_size", 2)?;
    let merged = text_hidden.saturating_mul(merge.saturating_mul(merge));
    let two = |input| {
        Tower::new(Role::Projector).linear("linear_1", inner, input, true).linear(
            "linear_2",
            text_hidden,
            inner,
            true,
        )
    };
    Ok([
        tower.component("vision_tower.vision_model"),
        two(width).component("multi_modal_projector"),
        two(merged).component("patch_merge_mlp"),
    ])
}
