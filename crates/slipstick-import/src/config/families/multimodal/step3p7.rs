//! Step 3.7: Step 3.5's decoder behind a vision transformer with scaled blocks and two convolutions that halve the picture.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Family,
    image::{patch_values, patches},
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["step3p7"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "step3p5", Ties::Never)?;
    let v = c.part("vision_config", "step3p5_vision")?;
    let tower = tower(&v)?;
    let wide = 4 * v.count("hidden_size")?;
    let bias = c.flag_or("projector_bias", false)?;
    c.adopt(v);
    let projector = Tower::new(Role::Projector).linear("", model.hidden, wide, bias);
    model.components.push(tower.component("vision_model"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

fn tower(v: &Config<'_>) -> Result<Tower, ConfigError> {
    let (width, patch) = (v.count("hidden_size")?, v.side_or("patch_size", 14)?);
    // The ratio decides, whatever width is stated.
    let inner = (width as f64 * v.number_or("mlp_ratio", 35.0 / 6.0)?).trunc();
    let inner = v.whole("mlp_ratio", inner)?;
    let layer = TowerLayer::vision(width, inner);
    let depth = v.count("num_hidden_layers")?;
    let scales = ["lambda_1", "lambda_2"].map(|name| Weight::vector(name, Role::Vision, width));
    Ok(Tower::new(Role::Vision)
        .linear("embeddings.patch_embedding", width, patch_values(v, "num_channels", patch)?, false)
        .table("embeddings.position_embedding", patches(v, v.side_or("image_size", 728)?, patch)?, width)
        .norm(NormKind::Layer, "pre_layernorm", width)
        .layers(depth, layer.weights())
        .layers(depth, scales)
        .linear("downsampler1", 2 * width, 9 * width, true)
        .linear("downsampler2", 4 * width, 18 * width, true))
}
