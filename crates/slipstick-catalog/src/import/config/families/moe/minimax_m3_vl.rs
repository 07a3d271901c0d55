//! MiniMax-M3 with its vision tower.

use slipstick_core::model::{
    Component, Model, Role, Weight,
    blocks::{AttentionNames, NormKind},
};

use super::{
    Config, ConfigError, Family, minimax_m3,
    multimodal::{self, VisionTransformer, projector},
    routed::size,
};

pub(super) const FAMILY: Family = Family { model_types: &["minimax_m3_vl"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = multimodal::decoder(c, "minimax_m3_vl_text", minimax_m3::read)?;
    model.components.extend(tower(c, model.hidden)?);
    Ok(model)
}

fn tower(c: &Config<'_>, text_hidden: u64) -> Result<Vec<Component>, ConfigError> {
    let v = c.section("vision_config")?.as_type("minimax_m3_vl_vision");
    let transformer = VisionTransformer {
        hidden: size(&v, &["hidden_size"])?,
        heads: size(&v, &["num_attention_heads"])?,
        intermediate: size(&v, &["intermediate_size"])?,
        layers: size(&v, &["num_hidden_layers"])?,
        attention: AttentionNames::split(
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.out_proj",
        ),
        feed_forward: ["mlp.fc1", "mlp.fc2"],
        norms: ["layer_norm1", "layer_norm2"],
    };
    let hidden = transformer.hidden;
    let (patch, frames) = (size(&v, &["patch_size"])?, size(&v, &["temporal_patch_size"])?);
    let patch_values =
        patch.saturating_mul(patch).saturating_mul(frames).saturating_mul(size(&v, &["num_channels"])?);
    let mut parts = vec![Weight::matrix("embeddings.patch_embedding", Role::Vision, hidden, patch_values)];
    parts.extend(NormKind::Layer.weights("pre_layrnorm", hidden));
    let inner = size(c, &["projector_hidden_size"])?;
    let merge = size(&v, &["spatial_merge_size"])?;
    let merged = text_hidden.saturating_mul(merge).saturating_mul(merge);
    let projections = [("linear_1", inner, hidden), ("linear_2", text_hidden, inner)];
    let merges = [("linear_1", inner, merged), ("linear_2", text_hidden, inner)];
    let components = vec![
        VisionTransformer::parts("vision_tower.vision_model", parts),
        transformer.stack(&v, "vision_tower.vision_model.encoder.layers")?,
        projector("multi_modal_projector", true, &projections),
        projector("patch_merge_mlp", true, &merges),
    ];
    c.adopt(v);
    Ok(components)
}
