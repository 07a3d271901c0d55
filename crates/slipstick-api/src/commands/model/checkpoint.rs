//! What the weight files hold, by their headers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use slipstick_catalog::import::tensors::{Difference, Tally, TensorSummary};
use slipstick_core::units::show::grouped;

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
        "parameters": files.parameters(),
        "formats": tallies(files.formats.iter().map(|(name, tally)| (name.clone(), tally))),
        "components": tallies(files.components.iter().map(|(one, tally)| (one.name().to_owned(), tally))),
        "packings": tallies(files.packings.iter().map(|(one, tally)| (one.name().to_owned(), tally))),
        "layers": layers,
        "differences": differences.map(|all| all.iter().map(difference).collect::<Vec<Value>>()),
        "unresolved_modules": files.unresolved_modules,
    })
}

fn tallies<'a>(tallies: impl Iterator<Item = (String, &'a Tally)>) -> Map<String, Value> {
    tallies
        .map(|(name, tally)| {
            let value = json!({
                "tensors": tally.tensors, "bytes": tally.bytes.get(), "parameters": tally.parameters,
            });
            (name, value)
        })
        .collect()
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
    add("all".to_owned(), &files.total);
    table
}
