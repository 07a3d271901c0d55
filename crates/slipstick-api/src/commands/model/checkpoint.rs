//! What the weight files hold, by their headers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::units::{Bytes, show::grouped};
use slipstick_import::tensors::{Difference, Tally, TensorSummary};

use crate::{
    report::Plain,
    view::{Column, Table},
};

/// What the weight files hold, by their headers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FilesReport {
    /// All tensors.
    pub bytes: Plain<Bytes>,
    /// How many there are.
    pub tensors: u64,
    /// Elements as stored, packed words and scales included.
    pub elements: u64,
    /// Weights: packed words unpacked, scales and buffers left out; none if some could not be counted.
    pub parameters: Option<u64>,
    /// Bits a parameter takes, scales included; none if some could not be counted.
    pub bits_per_parameter: Option<f64>,
    /// What packed weights need beside themselves.
    pub scales: TensorTally,
    /// Buffers that checkpoints carry along and no model counts.
    pub buffers: TensorTally,
    /// Whether an output head is stored.
    pub head_stored: bool,
    /// By stored type.
    pub formats: BTreeMap<String, TensorTally>,
    /// By what they are for.
    pub components: BTreeMap<String, TensorTally>,
    /// By packing, where weights are packed.
    pub packings: BTreeMap<String, TensorTally>,
    /// By layer of the language model.
    pub layers: Vec<LayerTally>,
    /// Where the files and the configuration disagree; none where they could not be compared.
    pub differences: Option<Vec<CountDifference>>,
    /// Modules whose weights could not be counted.
    pub unresolved_modules: u64,
}

/// Tensors summed up.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct TensorTally {
    /// How many there are.
    pub tensors: u64,
    /// Their bytes in the file.
    pub bytes: Plain<Bytes>,
    /// Elements as stored.
    pub elements: u64,
    /// Weights.
    pub parameters: u64,
}

/// The tensors of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LayerTally {
    /// The layer, from 0.
    pub layer: u32,
    /// Their bytes in the file.
    pub bytes: Plain<Bytes>,
    /// Weights.
    pub parameters: u64,
}

/// A component that the files and the configuration count differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CountDifference {
    /// The component.
    pub component: &'static str,
    /// Its parameters in the files.
    pub parameters_in_files: u64,
    /// Its parameters by the configuration.
    pub parameters_by_configuration: u64,
}

impl FilesReport {
    pub(super) fn of(files: &TensorSummary, differences: Option<&[Difference]>) -> Self {
        let layers = files.layers.iter().map(|(layer, tally)| LayerTally {
            layer: *layer,
            bytes: tally.bytes.into(),
            parameters: tally.parameters,
        });
        Self {
            bytes: files.total.bytes.into(),
            tensors: files.total.tensors,
            elements: files.total.elements,
            parameters: files.parameters(),
            bits_per_parameter: bits(files),
            scales: (&files.scales).into(),
            buffers: (&files.buffers).into(),
            head_stored: files.has_head(),
            formats: tallies(files.formats.iter().map(|(name, tally)| (name.clone(), tally))),
            components: tallies(files.components.iter().map(|(one, tally)| (one.name().to_owned(), tally))),
            packings: tallies(files.packings.iter().map(|(one, tally)| (one.name().to_owned(), tally))),
            layers: layers.collect(),
            differences: differences.map(|all| all.iter().map(CountDifference::from).collect()),
            unresolved_modules: files.unresolved_modules,
        }
    }
}

/// Bits a parameter takes in the files, scales included and buffers left out.
pub(super) fn bits(files: &TensorSummary) -> Option<f64> {
    let parameters = files.parameters().filter(|count| *count > 0)?;
    let bytes = files.total.bytes.saturating_sub(files.buffers.bytes);
    Some(8.0 * bytes.as_f64() / parameters as f64)
}

fn tallies<'a>(tallies: impl Iterator<Item = (String, &'a Tally)>) -> BTreeMap<String, TensorTally> {
    tallies.map(|(name, tally)| (name, tally.into())).collect()
}

impl From<&Tally> for TensorTally {
    fn from(tally: &Tally) -> Self {
        Self {
            tensors: tally.tensors,
            bytes: tally.bytes.into(),
            elements: tally.elements,
            parameters: tally.parameters,
        }
    }
}

impl From<&Difference> for CountDifference {
    fn from(one: &Difference) -> Self {
        Self {
            component: one.component.name(),
            parameters_in_files: one.in_files,
            parameters_by_configuration: one.by_configuration,
        }
    }
}

/// The files as a table: each component, then each format.
pub(super) fn table(files: &TensorSummary) -> Table {
    let mut table = Table::new(vec![
        Column::text("in the files"),
        Column::number("parameters"),
        Column::number("bytes").priority(2),
        Column::number("size").priority(1),
    ]);
    table.caption = Some("Weight files, by their headers".to_owned());
    let mut add = |name: String, tally: &Tally| {
        let (parameters, bytes) = (grouped(tally.parameters), grouped(tally.bytes.get()));
        table.row([name, parameters, bytes, tally.bytes.to_string()]);
    };
    let components: BTreeMap<&str, &Tally> =
        files.components.iter().map(|(component, tally)| (component.name(), tally)).collect();
    for (name, tally) in components {
        add(name.replace('_', " "), tally);
    }
    for (name, tally) in &files.formats {
        add(format!("as {name}"), tally);
    }
    for (name, tally) in [("scales beside packed weights", &files.scales), ("buffers", &files.buffers)] {
        if tally.tensors > 0 {
            add(name.to_owned(), tally);
        }
    }
    add("all".to_owned(), &files.total);
    table
}

/// The bytes of the layers in a line: how many of each size, in order.
pub(super) fn layers(files: &TensorSummary) -> Option<String> {
    let mut runs: Vec<(u64, Bytes)> = Vec::new();
    for tally in files.layers.values() {
        match runs.last_mut() {
            Some((count, bytes)) if *bytes == tally.bytes => *count += 1,
            _ => runs.push((1, tally.bytes)),
        }
    }
    let least = files.layers.values().map(|tally| tally.bytes).min()?;
    let most = files.layers.values().map(|tally| tally.bytes).max()?;
    let line = match runs.as_slice() {
        few if few.len() <= MOST_RUNS => {
            let each = |(count, bytes): &(u64, Bytes)| format!("{count} of {bytes}");
            few.iter().map(each).collect::<Vec<_>>().join(", ")
        }
        _ => format!("{} of {least} to {most}", files.layers.len()),
    };
    Some(line)
}

/// Longer lists of layer sizes are shown as a range.
const MOST_RUNS: usize = 3;
