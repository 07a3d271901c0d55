//! Idefics 2 and 3 and SmolVLM: SigLIP's encoder, joined by a perceiver that resamples or by pixel shuffle.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{FeedForward, GroupedQuery, NormKind, Tower},
};

use super::{
    Config, ConfigError, Family,
    image::{ImageEncoder, siglip},
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["idefics2", "idefics3", "smolvlm"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let is_second = c.model_type() == "idefics2";
    let mut model = text_model(c, if is_second { "mistral" } else { "llama" }, Ties::Top(false))?;
    let v =
        c.part("vision_config", "")?.as_type(if is_second { "idefics2_vision" } else { "idefics3_vision" });
    let ImageEncoder { tower, width } = siglip(&v, if is_second { 768 } else { 1152 }, 32, false)?;
    c.adopt(v);
    let connector = if is_second {
        resampler(c, width, &model)?
    } else {
        let factor = c.count_or("scale_factor", 2)?;
        let merged = width.saturating_mul(factor.saturating_mul(factor));
        Tower::new(Role::Projector).linear("modality_projection.proj", model.hidden, merged, false)
    };
    model.components.push(tower.component("vision_model"));
    model.components.push(connector.component("connector"));
    Ok(model)
}

/// A gated projection, then learned latents that attend to the patches.
fn resampler(c: &Config<'_>, width: u64, model: &Model) -> Result<Tower, ConfigError> {
    let hidden = model.hidden;
    let text = c.part("text_config", "mistral")?;
    let inner = text.count("intermediate_size")?;
    let p = c.part("perceiver_config", "")?.as_type("idefics2_perceiver");
    let (heads, kv_heads) = (p.count_or("resampler_n_heads", 16)?, p.count_or("num_key_value_heads", 4)?);
    let attention = GroupedQuery::new(hidden, heads, kv_heads, p.count_or("resampler_head_dim", 96)?);
    let depth = p.count_or("resampler_depth", 3)?;
    let norms = ["input_latents_norm", "input_context_norm", "post_attention_layernorm"];
    let projection = [
        Weight::matrix("modality_projection.gate_proj", Role::Projector, inner, width),
        Weight::matrix("modality_projection.up_proj", Role::Projector, inner, width),
        Weight::matrix("modality_projection.down_proj", Role::Projector, hidden, inner),
    ];
    let latents = p.count_or("resampler_n_latents", 64)?;
    c.adopt(p);
    Ok(Tower::new(Role::Projector)
        .layers(1, projection)
        .table("perceiver_resampler.latents", latents, hidden)
        .layers(depth, attention.weights())
        .layers(depth, FeedForward::gated(hidden, 4 * hidden).weights())
        .layers(depth, norms.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)))
        .norm(NormKind::Rms, "perceiver_resampler.norm", hidden))
}
