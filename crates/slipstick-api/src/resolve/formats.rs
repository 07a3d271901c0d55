//! The formats of a model's weights.

use slipstick_core::{
    basis::Known,
    model::{Checkpoint, FormatRules, Place, Weight, what_if::QuantRules},
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
    WhatIf {
        /// Which weights it is for.
        rules: QuantRules,
        /// What makers' checkpoints in it weigh, against what is counted.
        share: Known<f64>,
    },
}

impl FormatRules for WeightFormats {
    fn format_of(&self, place: Place<'_>, weight: &Weight) -> Format {
        match self {
            Self::Plain(format) => *format,
            Self::Checkpoint { scheme, plain } => {
                Checkpoint { scheme, plain: *plain }.format_of(place, weight)
            }
            Self::Stored(formats) => formats.format_of(place, weight),
            Self::WhatIf { rules, .. } => rules.format_of(place, weight),
        }
    }

    fn share(&self) -> Known<f64> {
        match self {
            Self::WhatIf { share, .. } => *share,
            Self::Plain(_) | Self::Checkpoint { .. } | Self::Stored(_) => Known::exact(1.0),
        }
    }

    fn layer_key(&self, layer: usize) -> u64 {
        match self {
            Self::Plain(_) => 0,
            Self::Checkpoint { scheme, .. } => scheme.layer_key(layer),
            Self::Stored(formats) => formats.layer_key(layer),
            Self::WhatIf { rules, .. } => rules.layer_key(layer),
        }
    }
}
