//! Rules that give weights their formats.

use super::Weight;
use crate::{basis::Known, numeric::Format};

/// Where a weight stands in a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Path of its component, or of the list of layers.
    pub parent: &'a str,
    /// The index of its layer, if it stands in one.
    pub layer: Option<usize>,
    /// Its name in there.
    pub name: &'a str,
}

impl Place<'_> {
    /// Its path, as checkpoints name it.
    ///
    /// ```
    /// # use slipstick_core::model::Place;
    /// let place = Place { parent: "model.layers", layer: Some(3), name: "self_attn.q_proj" };
    /// assert_eq!(place.path(), "model.layers.3.self_attn.q_proj");
    /// ```
    pub fn path(&self) -> String {
        let Self { parent, layer, name } = *self;
        match layer {
            Some(layer) => format!("{parent}.{layer}.{name}"),
            None if parent.is_empty() => name.to_owned(),
            None if name.is_empty() => parent.to_owned(),
            None => format!("{parent}.{name}"),
        }
    }
}

/// Decides the format of each weight.
pub trait FormatRules: core::fmt::Debug + Send + Sync {
    /// The format of `weight`, which stands at `place`.
    fn format_of(&self, place: Place<'_>, weight: &Weight) -> Format;

    /// What a checkpoint in these formats weighs, against what is counted: exactly that, unless somebody else chooses which
    /// weights are left alone.
    fn share(&self) -> Known<f64> {
        Known::exact(1.0)
    }

    /// A key that layers share which these rules do not tell apart by their numbers: equal weights under equal names in
    /// layers of equal keys have one format. By default every layer has a key of its own.
    fn layer_key(&self, layer: usize) -> u64 {
        layer as u64
    }
}

/// The same format for every weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uniform(pub Format);

impl FormatRules for Uniform {
    fn format_of(&self, _place: Place<'_>, _weight: &Weight) -> Format {
        self.0
    }

    fn layer_key(&self, _layer: usize) -> u64 {
        0
    }
}
