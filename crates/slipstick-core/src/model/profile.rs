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
}
