//! Kimi K2.5: the decoder of DeepSeek-V3 behind a vision tower with learned positions.

use slipstick_core::model::{
    Component, ComponentKind, Model, Role, Weight,
    blocks::{AttentionNames, NormKind},
};

use super::{
    Config, ConfigError, Family, deepseek,
    multimodal::{self, VisionTransformer, projector},
    routed::size,
};

pub(super) const FAMILY: Family = Family { model_types: &["kimi_k25"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = multimodal::decoder(c, "deepseek_v3", deepseek::FAMILY.read)?;
    model.components.extend(tower(c, model.hidden)?);
    Ok(model)
}

fn tower(c: &Config<'_>, text_hidden: u64) -> Result<Vec<Component>, ConfigError> {
    let v = c.section("vision_config")?.as_type("kimi_k25_vision");
    let transformer = VisionTransformer {
        hidden: size(&v, &["vt_hidden_size", "hidden_size"])?,
        heads: size(&v, &["vt_num_attention_heads", "num_attention_heads"])?,
        intermediate: size(&v, &["vt_intermediate_size", "intermediate_size"])?,
        layers: size(&v, &["vt_num_hidden_layers", "num_hidden_layers"])?,
        attention: AttentionNames::fused("wqkv", "wo"),
        feed_forward: ["mlp.fc0", "mlp.fc1"],
        norms: ["norm0", "norm1"],
    };
    let hidden = transformer.hidden;
    let patch = size(&v, &["patch_size"])?;
    let height = size(&v, &["init_pos_emb_height", "pos_emb_height"])?;
    let width = size(&v, &["init_pos_emb_width", "pos_emb_width"])?;
    let patch_values = patch.saturating_mul(patch).saturating_mul(3);
    let parts = vec![
        Weight::matrix("patch_embed.proj", Role::Vision, hidden, patch_values),
        Weight::vector("patch_embed.proj", Role::Vision, hidden),
        Weight::matrix("patch_embed.pos_emb", Role::Vision, height.saturating_mul(width), hidden),
    ];
    let last = NormKind::Layer.weights("encoder.final_layernorm", hidden);
    let merged = merged(&v)?.saturating_mul(hidden);
    let join = NormKind::Layer.weights("mm_projector.pre_norm", v.count_or("mm_hidden_size", hidden)?);
    let components = vec![
        VisionTransformer::parts("vision_tower", [parts, last].concat()),
        transformer.stack(&v, "vision_tower.encoder.blocks")?,
        Component { path: "", kind: ComponentKind::Tower, weights: join },
        projector("mm_projector", true, &[("proj.0", merged, merged), ("proj.2", text_hidden, merged)]),
    ];
    c.adopt(v);
    Ok(components)
}

/// Patches that are merged into one token: the product of `merge_kernel_size`.
fn merged(v: &Config<'_>) -> Result<u64, ConfigError> {
    match v.counts("merge_kernel_size")?.as_deref() {
        None => {
            v.assume("merge_kernel_size", "[2, 2]");
            Ok(4)
        }
        Some([height, width]) if *height > 0 && *width > 0 => Ok(height.saturating_mul(*width)),
        Some(_) => Err(v.invalid("merge_kernel_size", "two positive counts")),
    }
}
