//! MiniCPM-V 2.6: Qwen 2 behind SigLIP and a resampler, whose learned queries attend once to the patches.
//!
//! Checked against the published total of MiniCPM-V 2.6, 8,099,175,152 parameters.

use slipstick_core::model::{
    Model, Role,
    blocks::{GroupedQuery, NormKind, Tower},
};

use super::{super::find, Config, ConfigError, Family, image::siglip};

pub(super) const FAMILY: Family = Family { model_types: &["minicpmv"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    // Each version has another decoder and image encoder, and only its code says which.
    let version = c.number_or("version", 0.0)?;
    if (version - 2.6).abs() > 1e-9 {
        return Err(
            c.unsupported(format!("version {version} has other parts than 2.6, the one that is known"))
        );
    }
    let text = c.flat_part("qwen2");
    let mut model = (find(&text)?.read)(&text)?;
    c.adopt(text);
    c.model_type().clone_into(&mut model.model_type);
    let v = c.section("vision_config")?;
    let encoder = siglip(&v, 1152, 14, false)?;
    c.adopt(v);
    if c.flag_or("drop_vision_last_layer", false)? {
        return Err(c.unsupported("drop_vision_last_layer is set"));
    }
    let resampler = resampler(encoder.width, model.hidden, c.count_or("query_num", 64)?);
    model.components.push(encoder.tower.component("vpm"));
    model.components.push(resampler.component("resampler"));
    Ok(model)
}

fn resampler(from: u64, to: u64, queries: u64) -> Tower {
    let attention = GroupedQuery::new(to, 1, 1, to).with_bias(true, true);
    ["ln_q", "ln_kv", "ln_post"].into_iter().fold(
        Tower::new(Role::Projector)
            .table("query", queries, to)
            .linear("kv_proj", to, from, false)
            .layers(1, attention.weights())
            .linear("proj", to, to, false),
        |tower, name| tower.norm(NormKind::Layer, name, to),
    )
}
