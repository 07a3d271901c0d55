//! MiMo-V2-Flash: narrow value heads; layers with a window have twice the key heads and a sink for each query head.

use slipstick_core::model::{
    Model, Span,
    blocks::{FeedForward, GroupedQuery, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie, pre_norm,
    routed::{FeedForwards, experts, routed_layers, size},
    spans::spans,
};

pub(super) const FAMILY: Family = Family { model_types: &["mimo_v2_flash"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let bias = c.flag_or("attention_bias", false)?;
    let full = GroupedQuery { v_dim: size(c, &["v_head_dim"])?, ..dims.attention().with_bias(bias, false) };
    let kv_heads = c.count_or("swa_num_key_value_heads", 2 * dims.kv_heads)?.max(1);
    let near = Dims { kv_heads, ..dims }.check(c)?.kv_heads;
    let window = match c.optional_count("sliding_window_size")? {
        Some(tokens) => Some(tokens + 1),
        None => c.optional_count("sliding_window")?,
    };
    let marked = marks(c, "hybrid_layer_pattern", dims.layers)?;
    let slides = |layer: u64| layer > 0 && !(layer + 1).is_multiple_of(6);
    let spans = spans(c, dims.layers, window, |layer| {
        mark(marked.as_deref(), layer).unwrap_or_else(|| slides(layer))
    })?;
    let marked = marks(c, "moe_layer_freq", dims.layers)?;
    let blocks = FeedForwards {
        dense: FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?),
        experts: experts(c, dims.hidden, &["moe_intermediate_size"])?,
        routed: routed_layers(c, dims.layers, |layer| mark(marked.as_deref(), layer).unwrap_or(layer > 0))?,
    };
    let layers = blocks.each().zip(spans).map(|(block, span)| {
        let attention = match span {
            Span::Full => full,
            _ => GroupedQuery { kv_heads: near, sinks: true, ..full.with_span(span) },
        };
        pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block)
    });
    let layers = layers.collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// A list of a 0 or 1 for each layer, if it is written.
fn marks(c: &Config<'_>, key: &str, layers: u64) -> Result<Option<Vec<u64>>, ConfigError> {
    let marks = c.counts(key)?;
    if marks.as_ref().is_some_and(|marks| marks.len() as u64 != layers) {
        return Err(c.invalid(key, format!("a list of {layers} entries, one a layer")));
    }
    Ok(marks)
}

fn mark(marks: Option<&[u64]>, layer: u64) -> Option<bool> {
    Some(*marks?.get(usize::try_from(layer).ok()?)? != 0)
}
