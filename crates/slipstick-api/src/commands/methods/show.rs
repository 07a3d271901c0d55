//! `slipstick methods show NAME`.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_methods::{Method, MethodInput, MethodQuantity, find};

use super::FaultRow;
use crate::{
    Answered, ApiError,
    report::Report,
    view::{Block, Column, Table, View},
};

/// Everything about one method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodReport {
    /// The name that a user types.
    pub id: &'static str,
    /// What it is called in prose.
    pub title: &'static str,
    /// Who wrote it.
    pub authors: &'static str,
    /// The text it was taken from.
    pub source: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Where it holds.
    pub validity: &'static str,
    /// What it can be given.
    pub inputs: Vec<InputRow>,
    /// What it can compute.
    pub quantities: Vec<QuantityRow>,
    /// What is known to be wrong with it.
    pub faults: Vec<FaultRow>,
}

impl Report for MethodReport {
    const COMMAND: &'static str = "methods.show";
    const ROWS: Option<&'static str> = Some("quantities");
}

/// An input as it appears in documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct InputRow {
    /// The key that a user types.
    pub key: &'static str,
    /// The authors' symbol.
    pub symbol: &'static str,
    /// The unit of a bare number.
    pub unit: &'static str,
    /// What it accepts.
    pub takes: String,
    /// What is assumed when it is left out; empty when nothing is.
    pub default: String,
    /// What it means.
    pub meaning: &'static str,
}

/// A quantity as it appears in documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct QuantityRow {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// The formula in plain text.
    pub plain: &'static str,
    /// The formula as TeX.
    pub tex: &'static str,
    /// Symbols and units.
    pub terms: String,
    /// Where it is from.
    pub source: &'static str,
    /// The inputs that it needs.
    pub inputs: Vec<&'static str>,
    /// The faults that reach it.
    pub faults: Vec<&'static str>,
}

/// Everything about one method.
///
/// # Errors
/// If there is no such method.
pub fn show(name: &str) -> Result<Answered<MethodReport>, ApiError> {
    let method = find(name)?;
    let document = MethodReport {
        id: method.id,
        title: method.title,
        authors: method.authors,
        source: method.source,
        about: method.about,
        validity: method.validity,
        inputs: method.inputs.iter().map(input_row).collect(),
        quantities: method.quantities.iter().map(|quantity| quantity_row(method, quantity)).collect(),
        faults: method.faults.iter().map(FaultRow::from).collect(),
    };
    let view = view(&document);
    Ok(Answered::new(document, view))
}

fn input_row(input: &'static MethodInput) -> InputRow {
    InputRow {
        key: input.key,
        symbol: input.symbol,
        unit: input.unit,
        takes: input.takes(),
        default: input.default(),
        meaning: input.meaning,
    }
}

fn quantity_row(method: &Method, quantity: &'static MethodQuantity) -> QuantityRow {
    let formula = quantity.formula;
    QuantityRow {
        name: quantity.name(),
        unit: quantity.unit,
        summary: formula.summary(),
        plain: formula.plain().unwrap_or(""),
        tex: formula.tex().unwrap_or(""),
        terms: formula.terms(),
        source: formula.source().unwrap_or(""),
        inputs: method.inputs_for(quantity).iter().map(|input| input.key).collect(),
        faults: method.faults_of(quantity.name()).iter().map(|fault| fault.id).collect(),
    }
}

fn view(document: &MethodReport) -> View {
    let mut view = View::new(format!("{} ({})", document.title, document.id));
    view.push(Block::Text(document.about.to_owned()));
    view.pairs([
        ("authors", document.authors),
        ("source", document.source),
        ("holds for", document.validity),
    ]);
    for quantity in &document.quantities {
        view.heading(format!("{} ({})", quantity.name, quantity.unit));
        let inputs = quantity.inputs.join(", ");
        view.pairs([
            ("what", quantity.summary),
            ("formula", quantity.plain),
            ("TeX", quantity.tex),
            ("terms", &quantity.terms),
            ("inputs", &inputs),
            ("source", quantity.source),
        ]);
    }
    view.heading("Inputs");
    view.push(Block::Table(inputs_table(&document.inputs)));
    view.heading("Known faults");
    view.pairs(document.faults.iter().map(FaultRow::pair));
    view
}

fn inputs_table(inputs: &[InputRow]) -> Table {
    let mut table = Table::new(vec![
        Column::text("key"),
        Column::text("symbol").priority(3),
        Column::text("unit"),
        Column::text("default"),
        Column::text("meaning"),
        Column::text("takes").priority(2),
    ]);
    for input in inputs {
        let (takes, default) = (input.takes.as_str(), input.default.as_str());
        table.row([input.key, input.symbol, input.unit, default, input.meaning, takes]);
    }
    table
}
