//! Layers, components, and the model they form.

use super::{Mixer, Name, Role, Storage, Weight};
use crate::numeric::ScalarFormat;

/// One decoder layer: its weights and the ways it mixes tokens.
///
/// Most layers have one mixer; some run attention and a recurrence side by side, some have two attentions, and a pure
/// feed-forward layer has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Layer {
    /// All weights, biases and norms.
    pub weights: Vec<Weight>,
    /// The token mixers.
    pub mixers: Vec<Mixer>,
}

impl Layer {
    /// The token mixers.
    pub fn mixers(&self) -> impl Iterator<Item = &Mixer> {
        self.mixers.iter()
    }

    /// Adds the weights of a block.
    #[must_use]
    pub fn with(mut self, weights: impl IntoIterator<Item = Weight>) -> Self {
        self.weights.extend(weights);
        self
    }

    /// Adds a mixer.
    #[must_use]
    pub fn mix(mut self, mixer: Mixer) -> Self {
        self.mixers.push(mixer);
        self
    }

    /// Gives weights the names that a checkpoint uses: each pair is the block's name and the checkpoint's.
    #[must_use]
    pub fn renamed(mut self, names: &[(&'static str, &'static str)]) -> Self {
        for weight in &mut self.weights {
            if let Some((_, name)) = names.iter().find(|(block, _)| *block == weight.name) {
                weight.name = (*name).into();
            }
        }
        self
    }

    /// Whether it is an earlier layer that runs again: all its weights are another's.
    fn is_again(&self) -> bool {
        !self.weights.is_empty() && self.weights.iter().all(|weight| weight.storage == Storage::Reused)
    }

    /// Whether a mixer sees all tokens; a layer that reuses another's cache does not count.
    pub fn has_full_attention(&self) -> bool {
        self.mixers.iter().any(Mixer::is_unbounded)
    }

    /// Whether a mixer sees a window or chunk; a layer that reuses another's cache does not count.
    pub fn has_sliding_attention(&self) -> bool {
        self.mixers.iter().any(Mixer::is_bounded)
    }

    /// Whether a mixer keeps a state of fixed size.
    pub fn has_state(&self) -> bool {
        self.mixers.iter().any(Mixer::has_state)
    }
}

/// What a component outside the decoder layers is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// Embeddings, final norm and head: every token passes.
    Text,
    /// A text encoder: every input token passes once.
    Encoder,
    /// An image, video or sound encoder with what joins it to the decoder.
    Tower,
    /// A multi-token-prediction block. It is listed but is no part of the model's own totals.
    MultiToken,
}

/// Weights outside the decoder layers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Component {
    /// Module path, as checkpoints name it.
    pub path: Name,
    /// What it is.
    pub kind: ComponentKind,
    /// Its weights.
    pub weights: Vec<Weight>,
}

impl Component {
    /// A part of the decoder that every token passes.
    pub fn text(path: impl Into<Name>, weights: Vec<Weight>) -> Self {
        Self { path: path.into(), kind: ComponentKind::Text, weights }
    }

    /// `layers` equal layers, all in one role: an encoder, a tower.
    pub fn stack(path: impl Into<Name>, kind: ComponentKind, role: Role, layer: &Layer, layers: u64) -> Self {
        let weights = layer.weights.iter().map(|weight| weight.clone().with_role(role).repeated(layers));
        Self { path: path.into(), kind, weights: weights.collect() }
    }
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The architecture's name for itself.
    pub model_type: String,
    /// Width of the residual stream.
    pub hidden: u64,
    /// Rows of the token embedding.
    pub vocab: u64,
    /// Decoder layers, in order. For a pure encoder these are its layers.
    pub layers: Vec<Layer>,
    /// Path of the layer list in a checkpoint, such as `model.layers`.
    pub layers_path: Name,
    /// Everything else.
    pub components: Vec<Component>,
    /// The longest context the configuration states.
    pub max_context: Option<u64>,
    /// The element format the configuration states for unquantised weights.
    pub dtype: ScalarFormat,
}

/// Decoder layers by what they remember. A layer counts once for each of its mixers: twice under unbounded caches if it
/// has two full attentions, under both kinds if it runs attention and a recurrence side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LayerKinds {
    /// All layers.
    pub total: u64,
    /// Mixers whose cache grows without bound.
    pub full_attention: u64,
    /// Mixers whose cache is bounded.
    pub sliding_window: u64,
    /// Mixers with a state of fixed size.
    pub linear_or_ssm: u64,
}

impl Model {
    /// Counts layers by what they remember.
    pub fn layer_kinds(&self) -> LayerKinds {
        let mixers = || self.layers.iter().flat_map(Layer::mixers);
        let count = |test: fn(&Mixer) -> bool| mixers().filter(|mixer| test(mixer)).count() as u64;
        LayerKinds {
            total: self.layers.iter().filter(|layer| !layer.is_again()).count() as u64,
            full_attention: count(Mixer::is_unbounded),
            sliding_window: count(Mixer::is_bounded),
            linear_or_ssm: count(Mixer::has_state),
        }
    }

    /// Every weight of the model itself, multi-token prediction apart.
    pub fn weights(&self) -> impl Iterator<Item = &Weight> {
        let outer = self.components.iter().filter(|component| component.kind != ComponentKind::MultiToken);
        outer
            .flat_map(|component| &component.weights)
            .chain(self.layers.iter().flat_map(|layer| &layer.weights))
    }

    /// Whether a table holds a row for each of so many positions, and at most the two before them that some families spare,
    /// so that none beyond can be looked up.
    pub fn stores_positions(&self, positions: u64) -> bool {
        let rows = positions..=positions.saturating_add(2);
        self.weights().any(|weight| weight.role == Role::Table && rows.contains(&weight.rows))
    }

    /// The weights of multi-token-prediction blocks.
    pub fn multi_token_weights(&self) -> impl Iterator<Item = &Weight> {
        let blocks = self.components.iter().filter(|component| component.kind == ComponentKind::MultiToken);
        blocks.flat_map(|component| &component.weights)
    }
}
