//! `slipstick methods list`.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_methods::{METHODS, MethodQuantity};

use crate::{
    Answered,
    report::Report,
    view::{Block, Column, Table, View},
};

/// Every method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodsListReport {
    /// The methods, in the order of a report.
    pub methods: Vec<MethodRow>,
}

impl Report for MethodsListReport {
    const COMMAND: &'static str = "methods.list";
    const ROWS: Option<&'static str> = Some("methods");
}

/// One method in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodRow {
    /// The name that a user types.
    pub id: &'static str,
    /// What it is called in prose.
    pub title: &'static str,
    /// Who wrote it.
    pub authors: &'static str,
    /// The text it was taken from.
    pub source: &'static str,
    /// The quantities that it computes.
    pub quantities: Vec<&'static str>,
    /// The names of its known faults.
    pub faults: Vec<&'static str>,
}

/// Every method.
pub fn list() -> Answered<MethodsListReport> {
    let methods = METHODS.iter().map(|method| MethodRow {
        id: method.id,
        title: method.title,
        authors: method.authors,
        source: method.source,
        quantities: method.quantities.iter().map(MethodQuantity::name).collect(),
        faults: method.faults.iter().map(|fault| fault.id).collect(),
    });
    let document = MethodsListReport { methods: methods.collect() };
    let view = view(&document);
    Answered::new(document, view)
}

fn view(document: &MethodsListReport) -> View {
    let mut view = View::new(format!("{} methods", document.methods.len()));
    let mut table = Table::new(vec![
        Column::text("method"),
        Column::number("quantities"),
        Column::number("known faults"),
        Column::text("title").priority(1),
    ]);
    for method in &document.methods {
        let (quantities, faults) = (method.quantities.len().to_string(), method.faults.len().to_string());
        table.row([method.id.to_owned(), quantities, faults, method.title.to_owned()]);
    }
    view.push(Block::Table(table));
    view.note("slipstick methods show METHOD prints its formulas, inputs, source and faults");
    view
}
