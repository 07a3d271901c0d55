//! Encoders of images, video and sound, and what joins them to a decoder.

use super::{FeedForward, GroupedQuery, NormKind};
use crate::model::{Component, ComponentKind, Name, Role, Weight};

/// The weights of an encoder or a projector, all in one role, collected part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tower {
    role: Role,
    weights: Vec<Weight>,
}

impl Tower {
    /// An empty one.
    pub const fn new(role: Role) -> Self {
        Self { role, weights: Vec::new() }
    }

    /// With a projection from `input` to `output` features.
    #[must_use]
    pub fn linear(mut self, name: impl Into<Name>, output: u64, input: u64, bias: bool) -> Self {
        let name = name.into();
        let bias = bias.then(|| Weight::vector(name.clone(), self.role, output));
        self.weights.push(Weight::matrix(name, self.role, output, input));
        self.weights.extend(bias);
        self
    }

    /// With a table of learned rows (positions, types).
    #[must_use]
    pub fn table(self, name: impl Into<Name>, rows: u64, width: u64) -> Self {
        self.linear(name, rows, width, false)
    }

    /// With a learned vector.
    #[must_use]
    pub fn vector(mut self, name: impl Into<Name>, len: u64) -> Self {
        self.weights.push(Weight::vector(name, self.role, len));
        self
    }

    /// With a normalisation.
    #[must_use]
    pub fn norm(self, kind: NormKind, name: impl Into<Name>, width: u64) -> Self {
        self.layers(1, kind.weights(name, width))
    }

    /// With `count` equal layers.
    #[must_use]
    pub fn layers(mut self, count: u64, layer: impl IntoIterator<Item = Weight>) -> Self {
        let role = self.role;
        self.weights.extend(layer.into_iter().map(|weight| weight.with_role(role).repeated(count)));
        self
    }

    /// As a component of a model.
    pub fn component(self, path: impl Into<Name>) -> Component {
        Component { path: path.into(), kind: ComponentKind::Tower, weights: self.weights }
    }
}

/// The layer of an image or sound encoder: attention over `hidden` features, a feed-forward block, a norm before each.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent yes or no of an architecture's declaration"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TowerLayer {
    /// Width of the stream.
    pub hidden: u64,
    /// Inner width of the feed-forward block.
    pub intermediate: u64,
    /// Whether a third projection gates the feed-forward block.
    pub gated: bool,
    /// The norms.
    pub norm: NormKind,
    /// Biases on query, key and value.
    pub qkv_bias: bool,
    /// A bias on the attention's output.
    pub out_bias: bool,
    /// Biases in the feed-forward block.
    pub feed_forward_bias: bool,
}

impl TowerLayer {
    /// The layer of a vision transformer (arXiv 2010.11929, section 3.1): two matrices, layer norms, biases everywhere.
    pub const fn vision(hidden: u64, intermediate: u64) -> Self {
        Self {
            hidden,
            intermediate,
            gated: false,
            norm: NormKind::Layer,
            qkv_bias: true,
            out_bias: true,
            feed_forward_bias: true,
        }
    }

    /// The gated layer with `RMSNorm` and without biases that newer encoders share with decoders.
    pub const fn gated(hidden: u64, intermediate: u64) -> Self {
        Self {
            gated: true,
            norm: NormKind::Rms,
            qkv_bias: false,
            out_bias: false,
            feed_forward_bias: false,
            ..Self::vision(hidden, intermediate)
        }
    }

    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        // How the features divide into heads changes no shape.
        let attention =
            GroupedQuery::new(self.hidden, 1, 1, self.hidden).with_bias(self.qkv_bias, self.out_bias);
        let feed_forward = if self.gated {
            FeedForward::gated(self.hidden, self.intermediate)
        } else {
            FeedForward::plain(self.hidden, self.intermediate, false)
        };
        let mut weights = self.norm.weights("norm1", self.hidden);
        weights.extend(attention.weights());
        weights.extend(self.norm.weights("norm2", self.hidden));
        weights.extend(feed_forward.with_bias(self.feed_forward_bias).weights());
        weights
    }
}
