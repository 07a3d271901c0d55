//! The formats of a model's weights.

use slipstick_core::{
    model::{Checkpoint, FormatRules, Weight, what_if::QuantRules},
    numeric::{Format, QuantScheme},
};
use slipstick_import::gguf::StoredFormats;

/// How the weights of a deployment are stored.
#[derive(Debug, Clone, PartialEq)]
pub enum WeightFormats {
    /// All in the format that the configuration states.
    Plain(Format),
    /// As the checkpoint is quantised.
    Checkpoint {
        /// The scheme.
        scheme: QuantScheme,
        /// The format of what it leaves alone.
        plain: Format,
    },
    /// As a GGUF file stores them.
    Stored(StoredFormats),
    /// As they would be in another format.
    WhatIf(QuantRules),
}

impl FormatRules for WeightFormats {
    fn format_of(&self, path: &str, layer: Option<usize>, weight: &Weight) -> Format {
        match self {
            Self::Plain(format) => *format,
            Self::Checkpoint { scheme, plain } => {
                Checkpoint { scheme, plain: *plain }.format_of(path, layer, weight)
            }
            Self::Stored(formats) => formats.format_of(path, layer, weight),
            Self::WhatIf(rules) => rules.format_of(path, layer, weight),
        }
    }
}
