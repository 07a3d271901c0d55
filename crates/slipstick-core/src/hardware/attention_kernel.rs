//! How an engine's attention over a cache is worked out on a chip.

use crate::model::{Layer, Mixer, Model, Span};

/// An attention kernel whose blocks each work for one query head: heads that share keys and values read them once each,
/// unless there are so few blocks that it divides contexts, and then a part is still at hand when the next head asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadKernel {
    /// Sequences times query heads on a rank up to which it divides contexts.
    pub divided_up_to: f64,
    /// Tokens of such a part: a context of one part is not divided.
    pub part: f64,
    /// Tokens of a context beyond which it always divides.
    pub longest: f64,
}

/// Kernels of attention over a cache that work by query head.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HeadKernels {
    /// For models without windowed layers.
    pub full: Option<HeadKernel>,
    /// For models that have some: an engine takes one kernel for all layers.
    pub windowed: Option<HeadKernel>,
}

impl HeadKernels {
    /// That of a model.
    pub fn of(&self, model: &Model) -> Option<HeadKernel> {
        let mut mixers = model.layers.iter().flat_map(Layer::mixers);
        let is_windowed =
            |mixer: &Mixer| matches!(mixer, Mixer::Attention(a) if matches!(a.span, Span::Window(_)));
        if mixers.any(is_windowed) { self.windowed } else { self.full }
    }
}
