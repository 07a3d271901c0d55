//! What the tensors of a model add up to.

use std::collections::{BTreeMap, BTreeSet};

use slipstick_core::{model::Part, units::Bytes};

use super::{
    Packing, TensorFile, TensorInfo, name,
    packing::{Module, Packed, is_auxiliary, is_buffer},
    part_of,
};

/// How many names of unresolved modules are kept as examples.
const EXAMPLES: usize = 8;

/// A sum over tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Tensors.
    pub tensors: u64,
    /// Their bytes in the file.
    pub bytes: Bytes,
    /// Elements as stored, packed words and scales included.
    pub elements: u64,
    /// Weights: packed words unpacked, scales and buffers left out.
    pub parameters: u64,
}

impl Tally {
    fn add(&mut self, tensor: &TensorInfo, parameters: u64) {
        self.tensors += 1;
        self.bytes += tensor.bytes;
        self.elements = self.elements.saturating_add(tensor.elements());
        self.parameters = self.parameters.saturating_add(parameters);
    }
}

/// The tensors of a model added up in every way a report asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TensorSummary {
    /// All of them.
    pub total: Tally,
    /// By stored type, under its name in the file (`BF16`, `Q4_K`).
    pub formats: BTreeMap<String, Tally>,
    /// By what they are for.
    pub components: BTreeMap<Part, Tally>,
    /// By layer of the language model.
    pub layers: BTreeMap<u32, Tally>,
    /// By packing, scales included, where weights are packed.
    pub packings: BTreeMap<Packing, Tally>,
    /// What packed weights need beside themselves: scales, zero points, orders.
    pub scales: Tally,
    /// Buffers that checkpoints carry along and no model counts: masks, rotary frequencies, positions.
    pub buffers: Tally,
    /// Modules whose weights could not be counted: their parameters are missing from every sum.
    pub unresolved_modules: u64,
    /// The first few of their names.
    pub unresolved_examples: Vec<String>,
}

impl TensorSummary {
    /// Adds up the tensors of a file.
    ///
    /// `packed_bits` gives the bits of a module's packed weights by its name, from the checkpoint's quantisation
    /// config; without it, 32-bit words of MLX and compressed-tensors stay unresolved.
    pub fn of(file: &TensorFile, packed_bits: &dyn Fn(&str) -> Option<u8>) -> Self {
        let mut modules: BTreeMap<&str, Vec<(&str, &TensorInfo)>> = BTreeMap::new();
        for tensor in &file.tensors {
            let (module, part) = name::module_and_part(&tensor.name);
            modules.entry(module).or_default().push((part, tensor));
        }
        let predicting = predicting_layers(file);
        let mut summary = Self::default();
        for (name, parts) in &modules {
            let packed = Module { parts }.packed(packed_bits(name));
            summary.add_module(name, parts, packed, &predicting);
        }
        summary
    }

    /// Parameters in total, or `None` where some module's weights could not be counted.
    pub fn parameters(&self) -> Option<u64> {
        (self.unresolved_modules == 0).then_some(self.total.parameters)
    }

    /// Whether the model has an output head of its own: without one the embedding table is used twice.
    pub fn has_head(&self) -> bool {
        self.components.contains_key(&Part::LmHead)
    }

    fn add_module(
        &mut self,
        module: &str,
        parts: &[(&str, &TensorInfo)],
        packed: Option<Packed>,
        predicting: &BTreeSet<u32>,
    ) {
        if packed.is_some_and(|packed| packed.weights.is_none()) {
            self.unresolved_modules += 1;
            if self.unresolved_examples.len() < EXAMPLES {
                self.unresolved_examples.push(module.to_owned());
            }
        }
        for (part, tensor) in parts {
            let parameters = parameters(part, tensor, packed);
            self.add_tensor(tensor, parameters, predicting);
            if packed.is_some() && !is_weight(part) && is_auxiliary(part) {
                self.scales.add(tensor, 0);
            } else if is_buffer(&tensor.name) {
                self.buffers.add(tensor, 0);
            }
            if let Some(packed) = packed
                && (is_weight(part) || is_auxiliary(part))
            {
                self.packings.entry(packed.packing).or_default().add(tensor, parameters);
            }
        }
    }

    fn add_tensor(&mut self, tensor: &TensorInfo, parameters: u64, predicting: &BTreeSet<u32>) {
        let layer = name::layer(&tensor.name);
        let component = match part_of(&tensor.name) {
            tower @ (Part::Vision | Part::Audio) => tower,
            _ if layer.is_some_and(|layer| predicting.contains(&layer)) => Part::MultiToken,
            component => component,
        };
        self.total.add(tensor, parameters);
        let format = self.formats.entry(tensor.stored.to_string()).or_default();
        format.add(tensor, parameters);
        self.components.entry(component).or_default().add(tensor, parameters);
        if let Some(layer) = layer
            && !matches!(component, Part::Vision | Part::Audio | Part::MultiToken)
        {
            self.layers.entry(layer).or_default().add(tensor, parameters);
        }
    }
}

/// Layers that predict further tokens carry a projection of the joined embedding beside an ordinary layer's tensors.
fn predicting_layers(file: &TensorFile) -> BTreeSet<u32> {
    file.tensors
        .iter()
        .filter(|tensor| tensor.name.contains(".eh_proj.") || tensor.name.contains(".nextn."))
        .filter_map(|tensor| name::layer(&tensor.name))
        .collect()
}

fn is_weight(part: &str) -> bool {
    matches!(part, "weight" | "qweight" | "q_weight" | "trellis" | "weight_packed" | "blocks")
}

fn parameters(part: &str, tensor: &TensorInfo, packed: Option<Packed>) -> u64 {
    match packed {
        Some(packed) if is_weight(part) => packed.weights.unwrap_or(0),
        Some(_) if is_auxiliary(part) => 0,
        _ if is_buffer(&tensor.name) => 0,
        _ => tensor.elements(),
    }
}
