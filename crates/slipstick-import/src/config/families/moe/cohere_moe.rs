//! Command with experts: attention and experts side by side behind one norm, three of four layers with a window.

use slipstick_core::model::{
    Layer, Model,
    blocks::{FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    routed::{FeedForwards, experts, routed_layers, size},
    spans::spans,
};

pub(super) const FAMILY: Family = Family { model_types: &["cohere2_moe"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias);
    let dense_layers = c.count_or("first_k_dense_replace", 0)?;
    let (first, then) =
        (size(c, &["prefix_dense_sliding_window_pattern"])?, size(c, &["sliding_window_pattern"])?);
    // The dense layers and those after them count their windows apart.
    let slides = |layer: u64| match layer.checked_sub(dense_layers) {
        None => !(layer + 1).is_multiple_of(first),
        Some(layer) => !(layer + 1).is_multiple_of(then),
    };
    let spans = spans(c, dims.layers, c.optional_count("sliding_window")?, slides)?;
    let routed = routed_layers(c, dims.layers, |layer| layer >= dense_layers)?;
    let experts = experts(c, dims.hidden, &["intermediate_size"])?;
    let shared = c.count_or("num_shared_experts", 0)?.saturating_mul(experts.intermediate);
    let width = if routed.contains(&false) {
        c.optional_count("prefix_dense_intermediate_size")?.unwrap_or(experts.intermediate)
    } else {
        experts.intermediate
    };
    let experts = if shared > 0 { experts.with_shared(shared, false) } else { experts };
    let blocks = FeedForwards { dense: FeedForward::gated(dims.hidden, width), experts, routed };
    let layers = blocks.each().zip(spans).map(|(block, span)| {
        Layer::default()
            .with(NormKind::LayerNoBias.weights("input_layernorm", dims.hidden))
            .with(attention.weights())
            .mix(attention.with_span(span).mixer())
            .with(block)
    });
    let layers = layers.collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::LayerNoBias, Tie::UnlessStated.read(c)?).model(c, layers)
}
