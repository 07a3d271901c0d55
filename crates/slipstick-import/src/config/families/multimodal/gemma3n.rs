//! Gemma 3n: alternating updates over several streams, a small embedding for each layer, shared key-value caches; with
//! a convolutional image encoder and a conformer for sound.

use slipstick_core::model::{
    CacheUse, Component, Layer, Model, Role, Weight,
    blocks::{FeedForward, GroupedQuery, NormKind, Tower, residual},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    conformer::Conformer,
    gemma4::{SANDWICH, own_caches, per_layer_inputs, per_layer_tables},
    share_heads, spans,
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["gemma3n"], read };
pub(super) const TEXT: Family = Family { model_types: &["gemma3n_text"], read: read_text };

/// Parameters of the convolutional image encoders that configurations name: their layers are fixed by that name.
/// Source: timm 1.0 (Apache-2.0), counted on the meta device, 2026-11.
const CONVOLUTIONAL: &[(&str, u64)] = &[("fastvit_mci3", 122_714_208), ("mobilenetv5_300m_enc", 294_126_912)];

/// The convolutional encoder that a section names.
///
/// # Errors
/// If it is not known.
pub(super) fn convolutional(v: &Config<'_>, usual: &str) -> Result<Tower, ConfigError> {
    let architecture = v.text("architecture")?.unwrap_or(usual);
    let known = CONVOLUTIONAL.iter().find(|(name, _)| *name == architecture);
    let Some((_, parameters)) = known else {
        let shown: String = architecture.chars().take(40).collect();
        return Err(v.unsupported(format!("its image encoder {shown:?} is not known")));
    };
    Ok(Tower::new(Role::Vision).vector("timm_model", *parameters))
}

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "gemma3n_text", Ties::Top(true))?;
    let v = c.part("vision_config", "gemma3n_vision")?;
    let tower = convolutional(&v, "mobilenetv5_300m_enc")?;
    model.components.push(tower.component("vision_tower"));
    let a = c.part("audio_config", "gemma3n_audio")?;
    let sound = conformer(&a)?.tower();
    model.components.push(sound.component("audio_tower"));
    for (section, path, width) in [(&v, "embed_vision", 2048), (&a, "embed_audio", 1536)] {
        model.components.push(embedder(section, model.hidden, width)?.component(path));
    }
    c.adopt(v);
    c.adopt(a);
    Ok(model)
}

/// What joins an encoder to the decoder: embeddings of its own tokens, norms, a projection.
fn embedder(section: &Config<'_>, hidden: u64, default: u64) -> Result<Tower, ConfigError> {
    let width = section.count_or("hidden_size", default)?;
    Ok(Tower::new(Role::Projector)
        .table("embedding", section.count_or("vocab_size", 128)?, width)
        .norm(NormKind::Rms, "hard_embedding_norm", width)
        .norm(NormKind::Rms, "soft_embedding_norm", width)
        .linear("embedding_projection", hidden, width, false))
}

fn conformer(a: &Config<'_>) -> Result<Conformer, ConfigError> {
    let channels = a.counts("sscp_conv_channel_size")?.unwrap_or_else(|| vec![128, 32]);
    let [first, second] = channels[..] else {
        return Err(a.invalid("sscp_conv_channel_size", "a list of two counts"));
    };
    for (key, usual) in [("sscp_conv_kernel_size", [3, 3]), ("sscp_conv_stride_size", [2, 2])] {
        if a.get(key).is_some_and(|sizes| *sizes != serde_json::json!([usual, usual])) {
            return Err(a.unsupported(format!("{key} is not {usual:?} twice")));
        }
    }
    let halved = |length: u64| length.div_ceil(2);
    let frequencies = halved(halved(a.count_or("input_feat_size", 128)?));
    let (hidden, heads) =
        (a.count_or("hidden_size", 1536)?, a.count_or("conf_num_attention_heads", 8)?.max(1));
    share_heads(a, heads, hidden)?;
    Ok(Conformer {
        hidden,
        heads,
        layers: a.count_or("conf_num_hidden_layers", 12)?,
        kernel: a.count_or("conf_conv_kernel_size", 5)?,
        channels: [first, second],
        frequencies,
        output: None,
    })
}

fn read_text(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias).with_head_norm(NormKind::Rms);
    let widths = widths(c, dims.layers)?;
    let window = c.count_or("sliding_window", 512)?;
    let spans = spans::spans(c, dims.layers, Some(window), |layer| !(layer + 1).is_multiple_of(5))?;
    let own = own_caches(c, dims.layers, 15)?;
    let side = c.count_or("hidden_size_per_layer_input", 256)?;
    let extras = extras(c, dims.hidden, side)?;
    let layers: Vec<Layer> = spans
        .iter()
        .zip(widths)
        .zip(0..)
        .map(|((span, width), index)| {
            let attention = cached(attention.with_span(*span), index < own);
            let feed_forward = FeedForward::gated(dims.hidden, width);
            residual(NormKind::Rms, SANDWICH, &attention, &feed_forward).with(extras.clone())
        })
        .collect();
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::UnlessStated.read(c)?);
    let mut model = frame.model(c, layers)?;
    model.components.extend(per_layer_tables(c, &dims, side)?);
    let streams = c.count_or("altup_num_inputs", 4)?.saturating_sub(1);
    for path in ["model.altup_projections", "model.altup_unembed_projections"] {
        let weight = Weight::matrix("", Role::Other, dims.hidden, dims.hidden).repeated(streams);
        model.components.push(Component::text(path, vec![weight]));
    }
    Ok(model)
}

/// The attention with keys and values of its own, or reading an earlier layer's.
pub(super) const fn cached(mut attention: GroupedQuery, own: bool) -> GroupedQuery {
    attention.has_key_value = own;
    attention.cache = if own { CacheUse::Own } else { CacheUse::Shared };
    attention
}

/// What every layer has besides attention and feed-forward: the streams' mixing, a low-rank residual, its own input.
fn extras(c: &Config<'_>, hidden: u64, side: u64) -> Result<Vec<Weight>, ConfigError> {
    let (streams, rank) = (c.count_or("altup_num_inputs", 4)?, c.count_or("laurel_rank", 64)?);
    let matrix = |name, rows, cols| Weight::matrix(name, Role::Other, rows, cols);
    let mut weights = vec![
        Weight::vector("altup.correct_output_scale", Role::Other, hidden),
        matrix("altup.correction_coefs", streams, streams),
        matrix("altup.prediction_coefs", streams.saturating_mul(streams), streams),
        matrix("altup.modality_router", streams, hidden),
        matrix("laurel.linear_left", rank, hidden),
        matrix("laurel.linear_right", hidden, rank),
    ];
    weights.extend(NormKind::Rms.weights("altup.router_norm", hidden));
    weights.extend(NormKind::Rms.weights("laurel.post_laurel_norm", hidden));
    weights.extend(per_layer_inputs(hidden, side));
    Ok(weights)
}

/// The feed-forward width of each layer: one for all, or a list.
fn widths(c: &Config<'_>, layers: u64) -> Result<Vec<u64>, ConfigError> {
    if !c.get("intermediate_size").is_some_and(serde_json::Value::is_array) {
        let width = c.count_or("intermediate_size", 16_384)?;
        return Ok((0..layers).map(|_| width).collect());
    }
    let widths = c.counts("intermediate_size")?.unwrap_or_default();
    if widths.len() as u64 == layers {
        Ok(widths)
    } else {
        Err(ConfigError::Contradiction(format!(
            "intermediate_size has {} entries for {layers} layers",
            widths.len()
        )))
    }
}
