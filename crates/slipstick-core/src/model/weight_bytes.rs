//! The bytes weights take in given formats.

use core::borrow::Borrow;

use super::{FormatRules, FormattedModel, Model, Weight};
use crate::{numeric::Format, units::Bytes};

/// The bytes of one tensor in a format. A vector is one row of values.
pub(crate) const fn tensor_bytes(rows: u64, cols: u64, format: Format) -> Bytes {
    if cols == 1 { format.tensor(1, rows) } else { format.tensor(rows, cols) }
}

impl Weight {
    /// Its bytes in a format, all copies; nothing if it is stored elsewhere.
    pub const fn bytes(&self, format: Format) -> Bytes {
        if !self.is_stored() {
            return Bytes::ZERO;
        }
        tensor_bytes(self.rows, self.cols, format).times(self.copies)
    }
}

impl<M: Borrow<Model>> FormattedModel<M> {
    /// The bytes of all weights of the model itself, multi-token prediction apart.
    pub fn weight_bytes(&self) -> Bytes {
        let outer: Bytes = self.outer().map(|(weight, format)| weight.bytes(format)).sum();
        let layers = self.groups().map(|group| {
            let one: Bytes = group.weights().map(|(weight, format)| weight.bytes(format)).sum();
            one.times(group.count)
        });
        outer + layers.sum()
    }
}

impl Model {
    /// The bytes of all weights under `rules`.
    pub fn weight_bytes(&self, rules: &(impl FormatRules + ?Sized)) -> Bytes {
        FormattedModel::new(self, rules).weight_bytes()
    }
}
