//! What a model would weigh in another format.
//!
//! A [`Quant`] names a way to quantise; [`Quant::rules`] applies it to a model: which weights it takes, which it spares,
//! and the block layout of each. Mixtures of llama.cpp give different types to different weights and layers.

mod linear;
mod mix;
mod mix_rules;

pub use linear::LinearRules;
pub use mix::Mix;
pub use mix_rules::MixRules;

use super::{FormatRules, Model, Place, Weight};
use crate::numeric::{Format, ScalarFormat};

/// A way to store a model's weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quant {
    /// Every weight in one element format.
    Plain(ScalarFormat),
    /// A mixture of ggml types, as llama.cpp's quantiser makes it.
    Mix(Mix),
    /// Linear layers in a format, the rest in 16 bits.
    Linear(Format),
    /// Linear layers in a format and the output head in another, the rest in 16 bits (ExLlama).
    Headed {
        /// Of linear layers.
        linear: Format,
        /// Of the head.
        head: Format,
    },
    /// Routed experts in a format where there are any, else linear layers; the rest in 16 bits.
    Experts(Format),
    /// Every matrix in a format, embeddings and head too.
    Matrices(Format),
}

/// The rules of a [`Quant`] for one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuantRules {
    /// Every weight alike.
    Plain(Format),
    /// A mixture.
    Mix(MixRules),
    /// Some weights.
    Linear(LinearRules),
}

impl Quant {
    /// Its rules for `model`.
    pub fn rules(self, model: &Model) -> QuantRules {
        match self {
            Self::Plain(scalar) => QuantRules::Plain(Format::Plain(scalar)),
            Self::Mix(mix) => QuantRules::Mix(MixRules::new(mix, model)),
            Self::Linear(format) => QuantRules::Linear(LinearRules::linear(format, model)),
            Self::Headed { linear, head } => QuantRules::Linear(LinearRules::headed(linear, head, model)),
            Self::Experts(format) => QuantRules::Linear(LinearRules::experts(format, model)),
            Self::Matrices(format) => QuantRules::Linear(LinearRules::matrices(format, model)),
        }
    }
}

impl FormatRules for QuantRules {
    fn format_of(&self, place: Place<'_>, weight: &Weight) -> Format {
        match self {
            Self::Plain(format) => *format,
            Self::Mix(rules) => rules.format_of(place, weight),
            Self::Linear(rules) => rules.format_of(place, weight),
        }
    }

    fn layer_key(&self, layer: usize) -> u64 {
        match self {
            Self::Plain(_) => 0,
            Self::Mix(rules) => rules.layer_key(layer),
            Self::Linear(rules) => rules.layer_key(layer),
        }
    }
}
