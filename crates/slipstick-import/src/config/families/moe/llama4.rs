//! Llama 4: attention in chunks with every fourth layer full, experts in every layer or every second, one shared expert.

use slipstick_core::model::{
    Model, Span,
    blocks::{FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie, pre_norm,
    routed::{FeedForwards, experts, size},
    spans,
};

pub(super) const FAMILY: Family = Family { model_types: &["llama4_text"], read };

const NAMES: &[(&str, &str)] = &[
    ("mlp.gate", "feed_forward.router"),
    ("mlp.experts.*.gate_proj", "feed_forward.experts.gate_up_proj"),
    ("mlp.experts.*.up_proj", "feed_forward.experts.gate_up_proj"),
    ("mlp.experts.*.down_proj", "feed_forward.experts.down_proj"),
    ("mlp.shared_experts.gate_proj", "feed_forward.shared_expert.gate_proj"),
    ("mlp.shared_experts.up_proj", "feed_forward.shared_expert.up_proj"),
    ("mlp.shared_experts.down_proj", "feed_forward.shared_expert.down_proj"),
    ("mlp.gate_proj", "feed_forward.gate_proj"),
    ("mlp.up_proj", "feed_forward.up_proj"),
    ("mlp.down_proj", "feed_forward.down_proj"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias);
    let experts = experts(c, dims.hidden, &["intermediate_size"])?;
    let experts = experts.with_shared(experts.intermediate, false);
    let dense = FeedForward::gated(dims.hidden, size(c, &["intermediate_size_mlp"])?);
    let blocks = FeedForwards { dense, experts, routed: routed(c, dims.layers)? };
    let layers = blocks.each().zip(chunks(c, dims.layers)?).map(|(block, span)| {
        let attention = attention.with_span(span);
        pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block).renamed(NAMES)
    });
    let layers = layers.collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// `moe_layers` lists the routed layers; otherwise they are every `interleave_moe_layer_step`th.
fn routed(c: &Config<'_>, layers: u64) -> Result<Vec<bool>, ConfigError> {
    let step = size(c, &["interleave_moe_layer_step"])?;
    let listed = c.counts("moe_layers")?;
    let is_routed = |layer: u64| match &listed {
        Some(listed) => listed.contains(&layer),
        None => (layer + 1).is_multiple_of(step),
    };
    Ok((0..layers).map(is_routed).collect())
}

/// Layers with rotary positions see their chunk, those without see everything: `layer_types`, else `no_rope_layers`
/// (1 for a layer with positions), else every `no_rope_layer_interval`th is without.
fn chunks(c: &Config<'_>, layers: u64) -> Result<Vec<Span>, ConfigError> {
    if c.has("layer_types") {
        return spans::spans(c, layers, None, |_| false);
    }
    let chunk = c.optional_count("attention_chunk_size")?.filter(|tokens| *tokens > 0);
    let span = |rotary: bool| chunk.filter(|_| rotary).map_or(Span::Full, Span::Chunk);
    let flags = c.counts("no_rope_layers")?.unwrap_or_default();
    if flags.is_empty() {
        let every = size(c, &["no_rope_layer_interval"])?;
        return Ok((0..layers).map(|layer| span(!(layer + 1).is_multiple_of(every))).collect());
    }
    if flags.len() as u64 != layers {
        return Err(c.invalid("no_rope_layers", format!("a list of {layers} entries, one a layer")));
    }
    Ok(flags.into_iter().map(|flag| span(flag != 0)).collect())
}
