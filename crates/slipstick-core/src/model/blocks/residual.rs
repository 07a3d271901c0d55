//! The residual layer: attention and a feed-forward block, with normalisations around them.

use super::{FeedForward, GroupedQuery, NormKind};
use crate::model::Layer;

/// The norms of a layer that normalises what attention and feed-forward read.
pub const PRE_NORM: &[&str] = &["input_layernorm", "post_attention_layernorm"];

/// A layer of `attention` and `feed_forward` with one normalisation of the residual stream under each of `norms`. Where
/// they stand (before, after, both, shared by a parallel block) changes no count.
pub fn residual(
    norm: NormKind,
    norms: &[&'static str],
    attention: &GroupedQuery,
    feed_forward: &FeedForward,
) -> Layer {
    let norms = norms.iter().flat_map(|name| norm.weights(*name, attention.hidden));
    Layer::default().with(attention.weights()).mix(attention.mixer()).with(feed_forward.weights()).with(norms)
}
