//! LFM3 that sees: an encoder of gated convolutions over the picture and grouped attention in turn.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{FeedForward, GroupedQuery, NormKind, Tower},
};

use super::{
    Config, ConfigError, Family,
    image::patch_values,
    layers, share_out,
    spans::layer_types,
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["lfm3_vl"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "lfm3", Ties::Top(true))?;
    let v = c.part("vision_config", "lfm3_vl_vision")?;
    let (width, merge) = (v.count("hidden_size")?, v.side_or("spatial_merge_size", 2)?);
    let tower = encoder(&v, width)?;
    c.adopt(v);
    let (inner, bias) = (c.count("projector_hidden_size")?, c.flag_or("projector_bias", true)?);
    let merged = width.saturating_mul(merge.saturating_mul(merge));
    let projector = Tower::new(Role::Projector)
        .norm(NormKind::Layer, "layer_norm", width)
        .linear("linear_1", inner, merged, bias)
        .linear("linear_2", model.hidden, inner, bias);
    model.components.push(tower.component("model.vision_tower"));
    model.components.push(projector.component("model.multi_modal_projector"));
    Ok(model)
}

fn encoder(v: &Config<'_>, width: u64) -> Result<Tower, ConfigError> {
    let depth = layers(v, &["num_hidden_layers"])?;
    let convolves = match layer_types(v, depth)? {
        None => (0..depth).map(|layer| layer < 2 || layer % 2 == 1).collect::<Vec<_>>(),
        Some(types) => types.into_iter().map(|name| name == "conv").collect(),
    };
    let convolutions = convolves.iter().filter(|convolves| **convolves).count() as u64;
    let patch = patch_values(v, "in_channels", v.side_or("patch_size", 16)?)?;
    let patch = patch.saturating_mul(v.count("temporal_patch_size")?);
    let taps = v.count("conv_kernel_size")?;
    let convolution = vec![
        Weight::matrix("conv.in_proj", Role::Vision, 3 * width, width),
        Weight::matrix("conv.spatial_conv", Role::Vision, width, taps.saturating_mul(taps)),
        Weight::matrix("conv.out_proj", Role::Vision, width, width),
    ];
    let heads = v.count("num_attention_heads")?;
    let attention =
        GroupedQuery::new(width, heads, v.count("num_key_value_heads")?, share_out(v, width, heads)?)
            .with_head_norm(NormKind::Rms);
    let feed_forward = FeedForward::gated(width, v.count("intermediate_size")?);
    Ok(Tower::new(Role::Vision)
        .linear("patch_embed", width, patch, false)
        .norm(NormKind::Rms, "embedding_norm", width)
        .layers(convolutions, convolution)
        .layers(depth - convolutions, attention.weights())
        .layers(depth, NormKind::Rms.weights("operator_norm", width))
        .layers(depth, NormKind::Rms.weights("ffn_norm", width))
        .layers(depth, feed_forward.weights()))
}
