//! The bytes weights take in given formats.

use super::{Component, Layer, Model, Weight};
use crate::{numeric::Format, units::Bytes};

/// Decides the format of each weight.
pub trait FormatRules {
    /// The format of `weight`, which stands at `path` (`model.layers.3.self_attn.q_proj`), in layer `layer` if any.
    fn format_of(&self, path: &str, layer: Option<usize>, weight: &Weight) -> Format;
}

/// The same format for every weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uniform(pub Format);

impl FormatRules for Uniform {
    fn format_of(&self, _path: &str, _layer: Option<usize>, _weight: &Weight) -> Format {
        self.0
    }
}

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

impl Model {
    /// Calls `visit` with every weight of the model itself, its layer if it has one, and its format.
    pub fn visit_formats(
        &self,
        rules: &(impl FormatRules + ?Sized),
        mut visit: impl FnMut(Option<usize>, &Weight, Format),
    ) {
        for Component { path, weights, kind } in &self.components {
            if *kind == super::ComponentKind::MultiToken {
                continue;
            }
            for weight in weights {
                let full = join(path, &weight.name);
                visit(None, weight, rules.format_of(&full, None, weight));
            }
        }
        for (index, Layer { weights, .. }) in self.layers.iter().enumerate() {
            for weight in weights {
                let full = format!("{}.{index}.{}", self.layers_path, weight.name);
                visit(Some(index), weight, rules.format_of(&full, Some(index), weight));
            }
        }
    }

    /// The bytes of all weights under `rules`.
    pub fn weight_bytes(&self, rules: &(impl FormatRules + ?Sized)) -> Bytes {
        let mut total = Bytes::ZERO;
        self.visit_formats(rules, |_, weight, format| total += weight.bytes(format));
        total
    }
}

fn join(path: &str, name: &str) -> String {
    match (path.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => path.to_owned(),
        (false, false) => format!("{path}.{name}"),
    }
}
