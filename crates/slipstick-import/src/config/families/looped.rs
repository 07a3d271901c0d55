//! Decoders that run some of their layers several times.

use slipstick_core::model::{Layer, Weight};

/// The same layers once more: the same weights, which take no memory again, and a cache of their own.
pub(super) fn again(layers: &[Layer]) -> impl Iterator<Item = Layer> {
    layers.iter().cloned().map(|mut layer| {
        layer.weights = layer.weights.into_iter().map(Weight::reused).collect();
        layer
    })
}
