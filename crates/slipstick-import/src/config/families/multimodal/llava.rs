//! An image encoder, a projector of two matrices and any decoder: LLaVA and many after it.

use slipstick_core::model::{
    Model, Role,
    blocks::{NormKind, Tower},
};

use super::{
    Config, ConfigError, Family,
    gemma3n::convolutional,
    image::image_encoder,
    text::{Ties, text_model},
};

pub(super) const LLAVA: Family = Family {
    model_types: &["llava", "llava_next", "llava_next_video", "llava_onevision", "video_llava", "vipllava"],
    read: read_llava,
};
pub(super) const MISTRAL3: Family = Family { model_types: &["mistral3", "lighton_ocr"], read: read_mistral3 };
pub(super) const PALIGEMMA: Family = Family { model_types: &["paligemma"], read: read_paligemma };
pub(super) const GEMMA3: Family = Family { model_types: &["gemma3", "shieldgemma2"], read: read_gemma3 };
pub(super) const FAST_VLM: Family = Family { model_types: &["fast_vlm"], read: read_fast };
pub(super) const LFM2_VL: Family = Family { model_types: &["lfm2_vl"], read: read_lfm2_vl };
pub(super) const DEEPSEEK_VL: Family = Family { model_types: &["deepseek_vl"], read: read_deepseek_vl };
pub(super) const AYA: Family = Family { model_types: &["aya_vision", "cohere2_vision"], read: read_aya };

fn read_llava(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (text, image, ties) = match c.model_type() {
        "llava_onevision" => ("qwen2", "siglip_vision_model", Ties::TopOrText(false)),
        "video_llava" | "llava_next" | "vipllava" => ("llama", "clip_vision_model", Ties::Top(false)),
        _ => ("llama", "clip_vision_model", Ties::TopOrText(false)),
    };
    let mut model = text_model(c, text, ties)?;
    let encoder = image_encoder(c, image)?;
    let is_vip = c.model_type() == "vipllava";
    let wide = encoder.width.saturating_mul(feature_layers(c, if is_vip { 5 } else { 1 })?);
    let bias = is_vip || c.flag_or("multimodal_projector_bias", true)?;
    let mut projector = Tower::new(Role::Projector);
    if is_vip {
        projector = projector.norm(NormKind::Layer, "projector_layernorm", wide);
    }
    let projector = projector.linear("linear_1", model.hidden, wide, bias).linear(
        "linear_2",
        model.hidden,
        model.hidden,
        bias,
    );
    if c.model_type() == "video_llava" {
        // Single pictures and films have an encoder each.
        model.components.push(encoder.tower.clone().component("video_tower"));
    }
    model.components.push(encoder.tower.component("vision_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    if c.model_type().starts_with("llava_") {
        // A learned mark at the end of each row of patches.
        let newline = Tower::new(Role::Projector).vector("", model.hidden);
        model.components.push(newline.component("image_newline"));
    }
    Ok(model)
}

/// From how many layers of the encoder the projector reads.
fn feature_layers(c: &Config<'_>, default: u64) -> Result<u64, ConfigError> {
    let key = if c.has("vision_feature_layers") { "vision_feature_layers" } else { "vision_feature_layer" };
    match c.get(key) {
        None => Ok(default),
        Some(value) if value.is_i64() => Ok(1),
        Some(_) => match c.list(key)? {
            Some(items) if !items.is_empty() => Ok(items.len() as u64),
            _ => Err(c.invalid(key, "a layer or a list of layers")),
        },
    }
}

fn read_mistral3(c: &Config<'_>) -> Result<Model, ConfigError> {
    let text = if c.model_type() == "mistral3" { "mistral" } else { "qwen3" };
    let mut model = text_model(c, text, Ties::Top(true))?;
    let encoder = image_encoder(c, "pixtral")?;
    let merge = c.count_or("spatial_merge_size", 2)?;
    let merged = encoder.width.saturating_mul(merge.saturating_mul(merge));
    let bias = c.flag_or("multimodal_projector_bias", false)?;
    let wide = encoder.width.saturating_mul(feature_layers(c, 1)?);
    let projector = Tower::new(Role::Projector)
        .norm(NormKind::Rms, "norm", encoder.width)
        .linear("patch_merger.merging_layer", encoder.width, merged, false)
        .linear("linear_1", model.hidden, wide, bias)
        .linear("linear_2", model.hidden, model.hidden, bias);
    model.components.push(encoder.tower.component("vision_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

fn read_paligemma(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "gemma", Ties::Top(true))?;
    let encoder = image_encoder(c, "siglip_vision_model")?;
    let width = c.count_or("projection_dim", 2048)?;
    let projector = Tower::new(Role::Projector).linear("linear", width, encoder.width, true);
    model.components.push(encoder.tower.component("vision_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

fn read_gemma3(c: &Config<'_>) -> Result<Model, ConfigError> {
    let ties = if c.model_type() == "gemma3" { Ties::Top(true) } else { Ties::Always };
    let mut model = text_model(c, "gemma3_text", ties)?;
    let encoder = image_encoder(c, "siglip_vision_model")?;
    let projector = Tower::new(Role::Projector)
        .table("mm_input_projection_weight", encoder.width, model.hidden)
        .norm(NormKind::Rms, "mm_soft_emb_norm", encoder.width);
    model.components.push(encoder.tower.component("vision_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

fn read_lfm2_vl(c: &Config<'_>) -> Result<Model, ConfigError> {
    // The older key has the last word in its class.
    let ties = match c.get("tie_embedding") {
        Some(_) if c.flag_or("tie_embedding", true)? => Ties::Always,
        Some(_) => Ties::Never,
        None => Ties::Top(true),
    };
    let mut model = text_model(c, "lfm2", ties)?;
    let encoder = image_encoder(c, "siglip2_vision_model")?;
    let factor = c.count_or("downsample_factor", 2)?;
    let merged = encoder.width.saturating_mul(factor.saturating_mul(factor));
    let (inner, bias) = (c.count_or("projector_hidden_size", 2560)?, c.flag_or("projector_bias", true)?);
    let mut projector = Tower::new(Role::Projector);
    if c.flag_or("projector_use_layernorm", true)? {
        projector = projector.norm(NormKind::Layer, "layer_norm", merged);
    }
    let projector =
        projector.linear("linear_1", inner, merged, bias).linear("linear_2", model.hidden, inner, bias);
    model.components.push(encoder.tower.component("vision_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

/// A convolutional encoder of a fixed width.
fn read_fast(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "qwen2", Ties::TopOrText(false))?;
    let v = c.part("vision_config", "timm_wrapper")?;
    let tower = convolutional(&v, "fastvit_mci3")?;
    let arguments = v.optional_section("model_args")?;
    let is_folded = arguments.map_or(Ok(true), |arguments| arguments.flag_or("inference_mode", false))?;
    if !is_folded {
        return Err(c.unsupported("its image encoder is known with inference_mode alone"));
    }
    let wide = v.count_or("hidden_size", 3072)?;
    c.adopt(v);
    let bias = c.flag_or("multimodal_projector_bias", true)?;
    let projector = Tower::new(Role::Projector).linear("linear_1", model.hidden, wide, bias).linear(
        "linear_2",
        model.hidden,
        model.hidden,
        bias,
    );
    model.components.push(tower.component("vision_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

fn read_aya(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "cohere2", Ties::Top(true))?;
    let encoder = image_encoder(c, "siglip_vision_model")?;
    let factor = c.count_or("downsample_factor", 2)?;
    let merged = encoder.width.saturating_mul(factor.saturating_mul(factor));
    let is_aya = c.model_type() == "aya_vision";
    let inner = c.count_or("alignment_intermediate_size", if is_aya { model.hidden } else { 36_864 })?;
    let mut projector = Tower::new(Role::Projector);
    if is_aya {
        projector = projector.norm(NormKind::Layer, "layernorm", merged);
    }
    // The first matrix makes gate and value together.
    let projector =
        projector.linear("linear_1", inner, merged, true).linear("linear_2", model.hidden, inner / 2, true);
    model.components.push(encoder.tower.component("vision_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

fn read_deepseek_vl(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "llama", Ties::Top(true))?;
    let encoder = image_encoder(c, "siglip_vision_model")?;
    let aligner = Tower::new(Role::Projector).linear("linear1", model.hidden, encoder.width, true).linear(
        "linear2",
        model.hidden,
        model.hidden,
        true,
    );
    model.components.push(encoder.tower.component("vision_model"));
    model.components.push(aligner.component("aligner"));
    Ok(model)
}
