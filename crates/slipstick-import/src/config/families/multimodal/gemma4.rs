//! Gemma 4: full layers with wider heads than sliding ones, optionally keys that serve as values, shared caches, small
//! embeddings for each layer, experts beside the dense block.

use slipstick_core::model::{
    Component, Layer, Model, Role, Span, Weight,
    blocks::{Experts, FeedForward, GroupedQuery, NormKind, QkNorm, Tower, residual},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    conformer::Conformer,
    gemma3n::cached,
    spans,
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["gemma4"], read };
pub(super) const TEXT: Family =
    Family { model_types: &["gemma4_text", "gemma4_unified_text"], read: read_text };

/// A norm before and after both blocks.
pub(super) const SANDWICH: &[&str] = &[
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "gemma4_text", Ties::Top(true))?;
    let hidden = model.hidden;
    let join = |width| Tower::new(Role::Projector).linear("embedding_projection", hidden, width, false);
    if let Some(v) = c.optional_section("vision_config")? {
        let v = v.or_type("gemma4_vision");
        model.components.push(image_tower(&v)?.component("vision_tower"));
        model.components.push(join(v.count_or("hidden_size", 768)?).component("embed_vision"));
        c.adopt(v);
    }
    if let Some(a) = c.optional_section("audio_config")? {
        let a = a.or_type("gemma4_audio");
        let conformer = conformer(&a)?;
        model.components.push(conformer.tower().component("audio_tower"));
        model.components.push(join(conformer.output.unwrap_or(conformer.hidden)).component("embed_audio"));
        c.adopt(a);
    }
    Ok(model)
}

fn image_tower(v: &Config<'_>) -> Result<Tower, ConfigError> {
    let width = v.count_or("hidden_size", 768)?;
    let (heads, kv_heads) = (v.count_or("num_attention_heads", 12)?, v.count_or("num_key_value_heads", 12)?);
    let attention = GroupedQuery::new(width, heads, kv_heads, v.count_or("head_dim", 64)?);
    let feed_forward = FeedForward::gated(width, v.count_or("intermediate_size", 3072)?);
    let layer = residual(NormKind::Rms, SANDWICH, &attention.with_head_norm(NormKind::Rms), &feed_forward);
    let patch = v.count_or("patch_size", 16)?;
    // One table of positions for each axis.
    Ok(Tower::new(Role::Vision)
        .table(
            "patch_embedder.position_embedding_table",
            2 * v.count_or("position_embedding_size", 10_240)?,
            width,
        )
        .linear("patch_embedder.input_proj", width, patch.saturating_mul(patch).saturating_mul(3), false)
        .layers(v.count_or("num_hidden_layers", 16)?, layer.weights))
}

fn conformer(a: &Config<'_>) -> Result<Conformer, ConfigError> {
    let channels = a.counts("subsampling_conv_channels")?.unwrap_or_else(|| vec![128, 32]);
    let [first, second] = channels[..] else {
        return Err(a.invalid("subsampling_conv_channels", "a list of two counts"));
    };
    Ok(Conformer {
        hidden: a.count_or("hidden_size", 1024)?,
        heads: a.count_or("num_attention_heads", 8)?.max(1),
        layers: a.count_or("num_hidden_layers", 12)?,
        kernel: a.count_or("conv_kernel_size", 5)?,
        channels: [first, second],
        frequencies: first / 4,
        output: Some(a.count_or("output_proj_dims", 1536)?),
    })
}

fn read_text(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let own = own_caches(c, dims.layers, 0)?;
    decoder(c, dims, own)
}

/// The decoder, whose first `own` layers keep a cache of their own.
///
/// # Errors
/// If a key is missing, out of range, or contradicts another.
pub(super) fn decoder(c: &Config<'_>, dims: Dims, own: u64) -> Result<Model, ConfigError> {
    let hidden = dims.hidden;
    let bias = c.flag_or("attention_bias", false)?;
    let sliding = dims.attention().with_bias(bias, bias).with_head_norm(NormKind::Rms);
    let full = full_attention(c, sliding)?;
    let mut window = c.count_or("sliding_window", 512)?;
    if c.text("use_bidirectional_attention")? == Some("all") {
        window = window / 2 + 1;
    }
    let mut spans = spans::spans(c, dims.layers, Some(window), |layer| !(layer + 1).is_multiple_of(6))?;
    // The last layer is always full.
    if let Some(last) = spans.last_mut() {
        *last = Span::Full;
    }
    check_layers(c, &spans, full.head_dim)?;
    let width = c.count("intermediate_size")?;
    let is_double = c.flag_or("use_double_wide_mlp", false)?;
    let has_side = c.model_type() != "gemma4_unified_text";
    let side = if has_side { c.count_or("hidden_size_per_layer_input", 256)? } else { 0 };
    let mut extras = if side > 0 { per_layer_inputs(hidden, side) } else { Vec::new() };
    extras.extend(experts(c, hidden)?);
    let layers: Vec<Layer> = spans
        .iter()
        .zip(0..)
        .map(|(span, index)| {
            let attention = if *span == Span::Full { full } else { sliding.with_span(*span) };
            let wide = if is_double && index >= own { 2 * width } else { width };
            let feed_forward = FeedForward::gated(hidden, wide);
            residual(NormKind::Rms, SANDWICH, &cached(attention, index < own), &feed_forward)
                .with(extras.clone())
        })
        .collect();
    let frame = Frame::new(hidden, dims.vocab, NormKind::Rms, Tie::UnlessStated.read(c)?);
    let mut model = frame.model(c, layers)?;
    if side > 0 {
        model.components.extend(per_layer_tables(c, &dims, side)?);
    }
    Ok(model)
}

/// The attention of full layers: heads of their own width and number, and keys that may serve as values.
fn full_attention(c: &Config<'_>, sliding: GroupedQuery) -> Result<GroupedQuery, ConfigError> {
    let width = c.count_or("global_head_dim", 512)?;
    let is_shared = c.flag_or("attention_k_eq_v", false)?;
    let kv_heads = match c.optional_count("num_global_key_value_heads")? {
        Some(count) if is_shared && count > 0 && sliding.q_heads.is_multiple_of(count) => count,
        Some(_) if is_shared => return Err(c.invalid("num_global_key_value_heads", "a divisor of the heads")),
        _ => sliding.kv_heads,
    };
    let norm = QkNorm { kind: NormKind::Rms, q_width: width, k_width: width };
    Ok(GroupedQuery {
        kv_heads,
        head_dim: width,
        v_dim: width,
        has_value: !is_shared,
        qk_norm: Some(norm),
        ..sliding
    })
}

/// Refuses keys of single layers other than the width of the full layers' heads, which those have anyway.
fn check_layers(c: &Config<'_>, spans: &[Span], width: u64) -> Result<(), ConfigError> {
    let Some(layers) = c.optional_section("per_layer_config")? else { return Ok(()) };
    let full = spans.iter().enumerate().filter(|(_, span)| **span == Span::Full);
    let mut expected = full.map(|(index, _)| format!("{index:02}")).collect::<Vec<_>>();
    for key in layers.keys() {
        let layer = layers.section(key)?;
        expected.retain(|name| name != key);
        if layer.keys().any(|key| key != "head_dim") || layer.count("head_dim")? != width {
            return Err(c.unsupported(format!("per_layer_config gives layer {key:.20} keys of its own")));
        }
    }
    match expected.first() {
        None => Ok(()),
        Some(layer) => Err(c.unsupported(format!("per_layer_config leaves out layer {layer}, a full one"))),
    }
}

/// Routed experts beside the dense block, where `enable_moe_block` asks for them.
fn experts(c: &Config<'_>, hidden: u64) -> Result<Vec<Weight>, ConfigError> {
    if !c.flag_or("enable_moe_block", false)? {
        return Ok(Vec::new());
    }
    let (count, chosen) = (c.count("num_experts")?, c.count("top_k_experts")?);
    if chosen > count {
        return Err(ConfigError::Contradiction(format!(
            "a token uses {chosen} experts, but there are {count}"
        )));
    }
    let mut weights = Experts::gated(hidden, c.count("moe_intermediate_size")?, count, chosen).weights();
    // They stand beside the dense block, not in it: a checkpoint that spares `mlp` does not spare them.
    for weight in &mut weights {
        let name = weight.name.strip_prefix("mlp.").unwrap_or(&weight.name);
        weight.name = if name == "gate" { "router.proj".into() } else { name.to_owned().into() };
    }
    weights.push(Weight::vector("router.scale", Role::Router, hidden));
    weights.push(Weight::vector("router.per_expert_scale", Role::Router, count));
    for name in
        ["post_feedforward_layernorm_1", "post_feedforward_layernorm_2", "pre_feedforward_layernorm_2"]
    {
        weights.extend(NormKind::Rms.weights(name, hidden));
    }
    Ok(weights)
}

/// How many layers from the start keep a cache of their own; the others read that of an earlier one.
///
/// # Errors
/// If more layers share than there are.
pub(super) fn own_caches(c: &Config<'_>, layers: u64, default: u64) -> Result<u64, ConfigError> {
    let shared = c.count_or("num_kv_shared_layers", default)?;
    match layers.checked_sub(shared) {
        Some(own) if own > 0 => Ok(own),
        _ => Err(c.invalid("num_kv_shared_layers", format!("less than the {layers} layers"))),
    }
}

/// How a layer takes in its own small embedding of the token.
pub(super) fn per_layer_inputs(hidden: u64, side: u64) -> Vec<Weight> {
    let mut weights = vec![
        Weight::matrix("per_layer_input_gate", Role::Other, side, hidden),
        Weight::matrix("per_layer_projection", Role::Other, hidden, side),
    ];
    weights.extend(NormKind::Rms.weights("post_per_layer_input_norm", hidden));
    weights
}

/// The tables of those small embeddings, all layers beside each other, and how the stream adds to them.
///
/// # Errors
/// If a size is out of range.
pub(super) fn per_layer_tables(
    c: &Config<'_>,
    dims: &Dims,
    side: u64,
) -> Result<Vec<Component>, ConfigError> {
    let rows = c.count_or("vocab_size_per_layer_input", 262_144)?;
    let all = dims.layers.saturating_mul(side);
    let table = Weight::matrix("", Role::Table, rows, all);
    let projection = Weight::matrix("", Role::Other, all, dims.hidden);
    Ok(vec![
        Component::text("model.embed_tokens_per_layer", vec![table]),
        Component::text("model.per_layer_model_projection", vec![projection]),
        Component::text("model.per_layer_projection_norm", NormKind::Rms.weights("", side)),
    ])
}
