//! Phi-4 multimodal: Phi-3's decoder with an image encoder and a conformer for sound.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Family,
    image::{patch_values, patches, pooling_head},
    share_heads,
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["phi4_multimodal"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "phi3", Ties::Top(false))?;
    model.layers_path = "model.layers".into();
    let v = c.part("vision_config", "phi4_multimodal_vision")?;
    let a = c.part("audio_config", "phi4_multimodal_audio")?;
    model.components.push(image(&v, model.hidden)?.component("model.embed_tokens_extend.image_embed"));
    model.components.push(sound(&a, model.hidden)?.component("model.embed_tokens_extend.audio_embed"));
    c.adopt(v);
    c.adopt(a);
    Ok(model)
}

fn image(v: &Config<'_>, hidden: u64) -> Result<Tower, ConfigError> {
    let (width, patch) = (v.count_or("hidden_size", 1152)?, v.side_or("patch_size", 14)?);
    let layer = TowerLayer::vision(width, v.count_or("intermediate_size", 4304)?);
    let tower = Tower::new(Role::Vision)
        .linear("embeddings.patch_embedding", width, patch_values(v, "num_channels", patch)?, true)
        .table("embeddings.position_embedding", patches(v, v.side_or("image_size", 448)?, patch)?, width)
        .layers(v.count_or("num_hidden_layers", 27)?, layer.weights())
        .norm(NormKind::Layer, "post_layernorm", width);
    Ok(pooling_head(tower, layer)
        .vector("global_img_feature_extensor", width)
        .vector("sub_img_feature_extensor", width)
        .linear("img_projection_up", hidden, width, true)
        .linear("img_projection_down", hidden, hidden, true))
}

fn sound(a: &Config<'_>, hidden: u64) -> Result<Tower, ConfigError> {
    let width = a.count_or("hidden_size", 1024)?;
    let heads = a.count_or("num_attention_heads", 16)?.max(1);
    share_heads(a, heads, width)?;
    let distance = a.count_or("bias_max_distance", 1000)?;
    let buckets = if a.flag_or("bias_symmetric", false)? { distance } else { 2 * distance };
    let joined = width.saturating_mul(a.count_or("downsample_rate", 1)?);
    let tower = shortening(a, width)?
        .table("encoder.relative_attention_bias_layer.bias_values", buckets, heads)
        .layers(a.count_or("num_blocks", 24)?, sound_layer(a, width)?);
    Ok(["up_proj_for_speech", "up_proj_for_vision_speech"].iter().fold(tower, |tower, name| {
        tower.linear(*name, hidden, joined, true).linear("down_proj", hidden, hidden, true)
    }))
}

/// Convolutions that halve the spectrogram until `time_reduction` is reached, and a projection of what is left.
fn shortening(a: &Config<'_>, width: u64) -> Result<Tower, ConfigError> {
    let channels = a.count_or("nemo_conv_channels", 1024)?;
    let halvings = u64::from(a.count_or("time_reduction", 8)?.max(2).ilog2());
    let frequencies = match a.optional_count("nemo_final_size")? {
        Some(stated) => stated,
        None => (0..halvings).fold(a.count_or("input_size", 80)?, |left, _| left.div_ceil(2)),
    };
    let each = |cols| {
        [
            Weight::matrix("encoder.embed.conv", Role::Audio, channels, cols),
            Weight::vector("encoder.embed.conv", Role::Audio, channels),
        ]
    };
    // The first convolution is dense over one channel, the others are separable: nine taps a channel, then one by one.
    Ok(Tower::new(Role::Audio).layers(halvings, each(9)).layers(halvings - 1, each(channels)).linear(
        "encoder.embed.out",
        width,
        channels.saturating_mul(frequencies),
        true,
    ))
}

/// Half-step feed-forward blocks around attention and a convolution module.
fn sound_layer(a: &Config<'_>, width: u64) -> Result<Vec<Weight>, ConfigError> {
    let inner = a.count_or("intermediate_size", 1536)?;
    let out = a.count_or("ext_pw_out_channel", 1024)?;
    let deep = width.saturating_mul(a.count_or("depthwise_multiplier", 1)?);
    let separable = a.count_or("depthwise_separable_out_channel", 1024)?;
    let mut weights = Vec::with_capacity(48);
    let mut linear = |name, rows, cols| {
        weights.push(Weight::matrix(name, Role::Audio, rows, cols));
        weights.push(Weight::vector(name, Role::Audio, rows));
    };
    for (up, down) in [
        ("feed_forward_in.gate_up_proj", "feed_forward_in.down_proj"),
        ("feed_forward_out.gate_up_proj", "feed_forward_out.down_proj"),
    ] {
        linear(up, 2 * inner, width);
        linear(down, width, inner);
    }
    for name in ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"] {
        linear(name, width, width);
    }
    linear("conv.glu.ext_pw_conv_1d", 2 * out, width);
    linear("conv.dw_sep_conv_1d.dw_conv", deep, a.count_or("kernel_size", 3)?);
    linear("conv.dw_sep_conv_1d.pw_conv", separable, deep);
    linear("conv.ext_pw_conv_1d", out, width);
    weights.extend(["conv.glu.b1", "conv.glu.b2"].map(|name| Weight::vector(name, Role::Audio, out)));
    for name in [
        "feed_forward_in.layer_norm",
        "feed_forward_out.layer_norm",
        "conv.layer_norm",
        "layer_norm_att",
        "layer_norm",
    ] {
        weights.extend(NormKind::Layer.weights(name, width));
    }
    Ok(weights)
}
