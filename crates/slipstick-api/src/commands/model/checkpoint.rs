//! What the weight files hold, by their headers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use slipstick_core::units::{Bytes, show::grouped};
use slipstick_import::tensors::{Difference, Tally, TensorSummary};

use crate::view::{Column, Table};

/// The files as the document has them.
pub(super) fn document(files: &TensorSummary, differences: Option<&[Difference]>) -> Value {
    let layers: Vec<Value> = files
        .layers
        .iter()
        .map(|(layer, tally)| json!({"layer": layer, "bytes": tally.bytes.get(), "parameters": tally.parameters}))
        .collect();
    json!({
        "bytes": files.total.bytes.get(),
        "tensors": files.total.tensors,
        "elements": files.total.elements,
        "parameters": files.parameters(),
        "scales": tally(&files.scales),
        "buffers": tally(&files.buffers),
        "head_stored": files.has_head(),
        "formats": tallies(files.formats.iter().map(|(name, tally)| (name.clone(), tally))),
        "components": tallies(files.components.iter().map(|(one, tally)| (one.name().to_owned(), tally))),
        "packings": tallies(files.packings.iter().map(|(one, tally)| (one.name().to_owned(), tally))),
        "layers": layers,
        "differences": differences.map(|all| all.iter().map(difference).collect::<Vec<Value>>()),
        "unresolved_modules": files.unresolved_modules,
    })
}

fn tallies<'a>(tallies: impl Iterator<Item = (String, &'a Tally)>) -> Map<String, Value> {
    tallies.map(|(name, one)| (name, tally(one))).collect()
}

fn tally(tally: &Tally) -> Value {
    json!({
        "tensors": tally.tensors,
        "bytes": tally.bytes.get(),
        "elements": tally.elements,
        "parameters": tally.parameters,
    })
}

fn difference(one: &Difference) -> Value {
    json!({
        "component": one.component.name(),
        "parameters_in_files": one.in_files,
        "parameters_by_configuration": one.by_configuration,
    })
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
