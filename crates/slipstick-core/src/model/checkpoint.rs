//! The formats of a quantised checkpoint's weights.

use super::{FormatRules, Place, Role, Weight};
use crate::numeric::{Format, QuantScheme};

/// A quantised checkpoint: its scheme, and the format of everything that the scheme leaves alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint<'a> {
    /// The scheme.
    pub scheme: &'a QuantScheme,
    /// The high-precision format.
    pub plain: Format,
}

impl FormatRules for Checkpoint<'_> {
    fn format_of(&self, place: Place<'_>, weight: &Weight) -> Format {
        // Vectors (norms, biases, scales, sinks) are never quantised.
        if weight.cols == 1 {
            return self.plain;
        }
        let path = &place.path();
        match weight.role {
            Role::Embedding => self.scheme.embedding_format(path, self.plain),
            // No linear layers: tables, convolutions, decays. Routers are linear, but every quantiser spares them
            // unless its config names one.
            Role::Table | Role::Norm | Role::StateOther | Role::Router | Role::AttentionOther => {
                self.scheme.ruled(path).flatten().unwrap_or(self.plain)
            }
            _ => self.scheme.format_of(path, self.plain),
        }
    }

    fn layer_key(&self, layer: usize) -> u64 {
        self.scheme.layer_key(layer)
    }
}
