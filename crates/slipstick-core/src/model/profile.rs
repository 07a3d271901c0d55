//! A model condensed for repeated evaluation: equal layers once, with their count.

use super::{Component, Layer, Model};

/// Equal layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerGroup {
    /// The layer.
    pub layer: Layer,
    /// The index of its first occurrence.
    pub first: usize,
    /// How often it occurs.
    pub count: u64,
}

/// A model with equal layers merged, in order of first occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The groups.
    pub groups: Vec<LayerGroup>,
    /// Everything outside the layers.
    pub components: Vec<Component>,
}

impl Model {
    /// Merges equal layers.
    pub fn profile(&self) -> Profile {
        let mut groups: Vec<LayerGroup> = Vec::new();
        for (first, layer) in self.layers.iter().enumerate() {
            match groups.iter_mut().find(|group| group.layer == *layer) {
                Some(group) => group.count += 1,
                None => groups.push(LayerGroup { layer: layer.clone(), first, count: 1 }),
            }
        }
        Profile { groups, components: self.components.clone() }
    }
}
