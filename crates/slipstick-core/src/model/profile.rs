//! A model condensed: equal layers once, with their count.

use super::{Layer, Model};

/// Equal layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerGroup<'a> {
    /// The layer.
    pub layer: &'a Layer,
    /// The index of its first occurrence.
    pub first: usize,
    /// How often it occurs.
    pub count: u64,
}

impl Model {
    /// Equal layers merged, in order of first occurrence.
    pub fn profile(&self) -> Vec<LayerGroup<'_>> {
        let mut groups: Vec<LayerGroup<'_>> = Vec::new();
        for (first, layer) in self.layers.iter().enumerate() {
            match groups.iter_mut().find(|group| group.layer == layer) {
                Some(group) => group.count += 1,
                None => groups.push(LayerGroup { layer, first, count: 1 }),
            }
        }
        groups
    }

    /// What tells architectures apart, whatever they are called: layers, width, and the weights of the matrices of all
    /// layers, as `80x8192:68451041280`.
    pub fn fingerprint(&self) -> String {
        fingerprint(self, self.profile().into_iter().map(|group| (group.layer, group.count)))
    }
}

/// The fingerprint of a model whose layers are these, each so many times.
pub(super) fn fingerprint<'a>(model: &Model, layers: impl Iterator<Item = (&'a Layer, u64)>) -> String {
    let of_layer = |layer: &Layer| {
        let matrices = layer.weights.iter().filter(|weight| !weight.is_vector());
        matrices.map(|weight| u128::from(weight.rows * weight.cols) * u128::from(weight.copies)).sum::<u128>()
    };
    let weights: u128 = layers.map(|(layer, count)| of_layer(layer) * u128::from(count)).sum();
    format!("{}x{}:{weights}", model.layers.len(), model.hidden)
}
