//! The layer of nearly all these decoders: a norm before attention, another before the feed-forward block.

use slipstick_core::model::{
    Layer, Mixer, Weight,
    blocks::{GroupedQuery, LatentBlock, NormKind, PRE_NORM},
};

/// One pre-norm layer.
pub(super) fn layer(norm: NormKind, hidden: u64, attention: Attention, feed_forward: Vec<Weight>) -> Layer {
    Layer::default()
        .with(PRE_NORM.iter().flat_map(|name| norm.weights(*name, hidden)))
        .with(attention.weights)
        .mix(attention.mixer)
        .with(feed_forward)
}

/// The weights and the mixer of an attention block.
#[derive(Debug, Clone)]
pub(super) struct Attention {
    pub weights: Vec<Weight>,
    pub mixer: Mixer,
}

impl From<&GroupedQuery> for Attention {
    fn from(block: &GroupedQuery) -> Self {
        Self { weights: block.weights(), mixer: block.mixer() }
    }
}

impl From<&LatentBlock> for Attention {
    fn from(block: &LatentBlock) -> Self {
        Self { weights: block.weights(), mixer: block.mixer() }
    }
}
