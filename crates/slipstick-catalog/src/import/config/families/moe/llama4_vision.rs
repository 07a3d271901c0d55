//! The vision tower of Llama 4.

use slipstick_core::model::{
    Component, Role, Weight,
    blocks::{AttentionNames, NormKind},
};

use super::{
    Config, ConfigError,
    multimodal::{VisionTransformer, projector},
    routed::size,
};

/// The tower and its projector onto a decoder of `text_hidden`; nothing without a `vision_config`.
///
/// # Errors
/// If a size is missing or out of range.
pub(super) fn tower(c: &Config<'_>, text_hidden: u64) -> Result<Vec<Component>, ConfigError> {
    let Some(vision) = c.optional_section("vision_config")? else {
        c.assume("vision_config", "no vision tower");
        return Ok(Vec::new());
    };
    let v = vision.as_type("llama4_vision_model");
    let (image, patch) = (size(&v, &["image_size"])?, size(&v, &["patch_size"])?);
    let transformer = VisionTransformer {
        hidden: size(&v, &["hidden_size"])?,
        heads: size(&v, &["num_attention_heads"])?,
        intermediate: size(&v, &["intermediate_size"])?,
        layers: size(&v, &["num_hidden_layers"])?,
        attention: AttentionNames::SEPARATE,
        feed_forward: ["mlp.fc1", "mlp.fc2"],
        norms: ["input_layernorm", "post_attention_layernorm"],
    };
    let hidden = transformer.hidden;
    let patch_values = size(&v, &["num_channels"])?.saturating_mul(patch).saturating_mul(patch);
    // One position for each patch and one for the class embedding.
    let positions = (image / patch).saturating_mul(image / patch) + 1;
    let matrix = |name, rows, cols| Weight::matrix(name, Role::Vision, rows, cols);
    let mut parts = vec![
        matrix("patch_embedding.linear", hidden, patch_values),
        Weight::vector("class_embedding", Role::Vision, hidden),
        matrix("positional_embedding_vlm", positions, hidden),
    ];
    parts.extend(NormKind::Layer.weights("layernorm_pre", hidden));
    parts.extend(NormKind::Layer.weights("layernorm_post", hidden));
    let (inner, out) = (size(&v, &["projector_input_dim"])?, v.count_or("projector_output_dim", 4096)?);
    let adapter = [("mlp.fc1", inner, transformer.intermediate), ("mlp.fc2", out, out)];
    let vision_out = v.count_or("vision_output_dim", 7680)?;
    let components = vec![
        VisionTransformer::parts("vision_model", parts),
        transformer.stack(&v, "vision_model.model.layers")?,
        projector("vision_model.vision_adapter", false, &adapter),
        projector("multi_modal_projector", false, &[("linear_1", text_hidden, vision_out)]),
    ];
    c.adopt(v);
    Ok(components)
}
