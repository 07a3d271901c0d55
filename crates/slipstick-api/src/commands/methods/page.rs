//! `slipstick methods page METHOD key=value ..`: everything that a method computes from some inputs, on one page.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_methods::{Evaluated, Method, MethodError, MethodQuantity, Value, find, shown};

use super::parse;
use crate::{
    Answered, ApiError,
    report::Report,
    view::{Block, Cell, Column, Table, Tone, View},
};

/// A page of one method.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodPageReport {
    /// The method.
    pub method: &'static str,
    /// What the inputs are enough for, in the method's order.
    pub quantities: Vec<PageRow>,
    /// Defaults of the authors that entered any of them.
    pub assumed: Vec<Assumed>,
    /// What needs more inputs, and which.
    pub missing: Vec<Missing>,
}

impl Report for MethodPageReport {
    const COMMAND: &'static str = "methods.page";
    const ROWS: Option<&'static str> = Some("quantities");
}

/// One quantity of a page.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PageRow {
    /// Its name.
    pub quantity: &'static str,
    /// Its value; absent if the formula has none for these inputs.
    pub value: Option<f64>,
    /// The unit of the value.
    pub unit: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// The formula in plain text.
    pub formula: &'static str,
    /// The names of the faults that reach it.
    pub faults: Vec<&'static str>,
    /// Why there is no value.
    pub why_not: Option<String>,
}

/// A default that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Assumed {
    /// The input.
    pub key: &'static str,
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
}

/// A quantity that needs more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Missing {
    /// The quantity.
    pub quantity: &'static str,
    /// What to add.
    pub inputs: String,
}

/// Everything that a method computes from `key=value` arguments.
///
/// # Errors
/// If the method or an input is unknown, repeated, unreadable or out of range, or the inputs are enough for nothing.
///
/// ```
/// use slipstick_api::commands::methods;
/// let inputs = ["params_b=40", "gtokens=1000", "gpus=300"];
/// assert_eq!(methods::page("llm-calculator", &inputs)?.report.quantities.len(), 19);
/// # Ok::<(), slipstick_api::ApiError>(())
/// ```
pub fn page<S: AsRef<str>>(method: &str, arguments: &[S]) -> Result<Answered<MethodPageReport>, ApiError> {
    let method = find(method)?;
    let inputs = parse::inputs(method, arguments)?;
    let mut document = MethodPageReport {
        method: method.id,
        quantities: Vec::new(),
        assumed: Vec::new(),
        missing: Vec::new(),
    };
    for quantity in method.quantities {
        add(&mut document, method, quantity, &inputs)?;
    }
    if document.quantities.is_empty() {
        let first = document.missing.first().map(|missing| missing.inputs.clone()).unwrap_or_default();
        return Err(ApiError::input("method.missing_input", format!("{} needs more inputs", method.id))
            .at(method.id)
            .help(format!("add {first}; slipstick methods show {} lists them all", method.id)));
    }
    let view = view(method, &document);
    Ok(Answered::new(document, view))
}

fn add(
    page: &mut MethodPageReport,
    method: &'static Method,
    quantity: &'static MethodQuantity,
    inputs: &[(String, Value)],
) -> Result<(), ApiError> {
    let row = |value: Option<f64>, why_not: Option<String>| PageRow {
        quantity: quantity.name(),
        value,
        unit: quantity.unit,
        summary: quantity.formula.summary(),
        formula: quantity.formula.plain().unwrap_or(""),
        faults: method.faults_of(quantity.name()).iter().map(|fault| fault.id).collect(),
        why_not,
    };
    match method.eval(quantity.name(), inputs) {
        Ok(answer) => {
            assume(page, method, &answer);
            page.quantities.push(row(Some(answer.value), None));
        }
        Err(MethodError::Missing { quantity, missing }) => {
            page.missing.push(Missing { quantity, inputs: missing });
        }
        Err(error @ (MethodError::NotFinite { .. } | MethodError::Negative { .. })) => {
            page.quantities.push(row(None, Some(error.to_string())));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn assume(page: &mut MethodPageReport, method: &Method, answer: &Evaluated) {
    for used in answer.used.iter().filter(|used| used.assumed) {
        if !page.assumed.iter().any(|known| known.key == used.key) {
            let unit = method.input(used.key).map_or("", |input| input.unit);
            page.assumed.push(Assumed { key: used.key, value: used.value, unit });
        }
    }
}

fn view(method: &Method, page: &MethodPageReport) -> View {
    let mut view = View::new(format!("{}: {} quantities", method.title, page.quantities.len()));
    let mut table = Table::new(vec![
        Column::text("quantity"),
        Column::number("value"),
        Column::text("unit"),
        Column::text("what").priority(1),
        Column::text("known faults").priority(2),
    ]);
    for row in &page.quantities {
        let value = match (row.value, &row.why_not) {
            (Some(value), _) => Cell::from(shown(value)),
            (None, why) => Cell::toned(why.clone().unwrap_or_default(), Tone::Bad),
        };
        let faults = Cell::toned(row.faults.join(", "), Tone::Faint);
        table.row([Cell::from(row.quantity), value, row.unit.into(), row.summary.into(), faults]);
    }
    view.push(Block::Table(table));
    if !page.assumed.is_empty() {
        let assumed: Vec<String> =
            page.assumed.iter().map(|one| format!("{}={}", one.key, shown(one.value))).collect();
        view.note(format!("the authors' defaults: {}", assumed.join("  ")));
    }
    if !page.missing.is_empty() {
        let names: Vec<&str> = page.missing.iter().map(|missing| missing.quantity).collect();
        view.note(format!("more inputs would also give {}", names.join(", ")));
    }
    view
}
