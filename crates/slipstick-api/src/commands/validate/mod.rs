//! `slipstick validate`: predictions against a table of measurements.

mod request;

pub use request::ValidateRequest;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::Catalog;

use crate::{
    Answered, ApiError, World,
    report::Report,
    resolve::Resolver,
    validate::{
        Cells, Header, Models, columns,
        inference::{InferenceValidation, validate_inference},
        memory::{MemoryValidation, validate_memory},
    },
    view::{Block, Column, Table, View},
};

/// `slipstick validate`: predictions against a table of measurements.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum ValidateReport {
    /// A table of measured inference.
    Inference(InferenceValidation),
    /// A table of measured memory.
    Memory(MemoryValidation),
}

impl Report for ValidateReport {
    const COMMAND: &'static str = "validate";
    const ROWS: Option<&'static str> = Some("rows");
}

/// A table of measurements is some megabytes.
const TABLE_LIMIT: u64 = 256 << 20;

/// Predicts every row of a table and says how far off that is. The table's columns say which kind it is.
///
/// # Errors
/// If the table cannot be read or is of no known kind.
pub fn validate(
    request: &ValidateRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<ValidateReport>, ApiError> {
    let text = world.read_text(&request.data, TABLE_LIMIT).map_err(|error| error.at("--data"))?;
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, &request.configs);
    let header = columns(&text)?;
    let wanted = wanted(request, &header)?;
    let admits =
        |cells: &Cells<'_>| wanted.iter().all(|(name, value)| cells.get(name).eq_ignore_ascii_case(value));
    if header.has("measured_what") {
        let result = validate_memory(&text, &models, admits)?;
        let view = memory_view(&result);
        return Ok(Answered::new(ValidateReport::Memory(result), view));
    }
    if header.has("isl") && header.has("regime") {
        let result = validate_inference(&text, &models, admits)?;
        let view = inference_view(&result);
        return Ok(Answered::new(ValidateReport::Inference(result), view));
    }
    let help = "memory tables have measured_what, inference tables isl and regime";
    let error = if header.has("iter_time_s") || header.has("peak_mem_gib") {
        ApiError::input("validate.training", "training is not modelled yet, so its tables cannot be scored")
    } else {
        ApiError::input("validate.kind", "the table's columns tell no kind of measurement")
    };
    Err(error.at("--data").help(help))
}

/// The columns that rows are chosen by, with the value that is wanted.
fn wanted<'a>(
    request: &'a ValidateRequest,
    header: &Header,
) -> Result<Vec<(&'static str, &'a str)>, ApiError> {
    let stated = [
        ("--regime", "regime", &request.regime),
        ("--engine", "engine", &request.engine),
        ("--gpu", "accelerator_id", &request.gpu),
    ];
    stated
        .into_iter()
        .filter_map(|(flag, column, value)| Some((flag, column, value.as_deref()?)))
        .map(|(flag, column, value)| {
            if header.has(column) {
                return Ok((column, value));
            }
            Err(ApiError::input("validate.no_column", format!("the table has no column {column}"))
                .at(flag)
                .help("leave the flag out, or give a table with that column"))
        })
        .collect()
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1} %"))
}

fn inference_view(result: &InferenceValidation) -> View {
    let predicted = result.rows.iter().filter(|row| row.refused.is_none()).count();
    let mut view = View::new(format!("{predicted} of {} rows predicted", result.rows.len()));
    let mut table = Table::new(vec![
        Column::text("regime"),
        Column::text("quantity"),
        Column::number("measured"),
        Column::number("predicted"),
        Column::number("MAPE"),
        Column::number("median"),
        Column::number("90th"),
        Column::number("bias"),
    ]);
    table.caption = Some(
        "Absolute percentage error over usable rows; bias is the median of predicted over measured"
            .to_owned(),
    );
    for row in &result.summary {
        table.row([
            row.regime.clone(),
            row.quantity.to_owned(),
            row.measured.to_string(),
            row.predicted.to_string(),
            percent(row.mape),
            percent(row.median),
            percent(row.p90),
            row.bias.map_or_else(|| "-".to_owned(), |bias| format!("{bias:.2}")),
        ]);
    }
    view.push(Block::Table(table));
    refusals(&mut view, result.rows.iter().filter_map(|row| row.refused.as_deref()));
    view.note("efficiencies were fitted on part of the public points: a table that holds them is in-sample");
    view
}

fn memory_view(result: &MemoryValidation) -> View {
    let predicted = result.rows.iter().filter(|row| row.refused.is_none()).count();
    let mut view = View::new(format!("{predicted} of {} rows predicted", result.rows.len()));
    let mut table = Table::new(vec![
        Column::text("engine"),
        Column::text("term"),
        Column::number("rows"),
        Column::number("refused"),
        Column::number("median error"),
        Column::number("within 1 %"),
        Column::number("within 5 %"),
        Column::number("within 10 %"),
    ]);
    for row in &result.summary {
        let given = if row.given_pool { ", pool given" } else { "" };
        table.row([
            row.engine.clone(),
            format!("{}{given}", row.term),
            row.n.to_string(),
            row.refused.to_string(),
            percent(row.median_error.map(|error| 100.0 * error)),
            row.within_1_percent.to_string(),
            row.within_5_percent.to_string(),
            row.within_10_percent.to_string(),
        ]);
    }
    view.push(Block::Table(table));
    refusals(&mut view, result.rows.iter().filter_map(|row| row.refused.as_deref()));
    view
}

/// The commonest reasons why rows were refused.
fn refusals<'a>(view: &mut View, reasons: impl Iterator<Item = &'a str>) {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for reason in reasons {
        match counts.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => counts.push((reason, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
    if counts.is_empty() {
        return;
    }
    let mut table = Table::new(vec![Column::number("rows"), Column::text("refused because")]);
    for (reason, count) in counts.into_iter().take(12) {
        table.row([count.to_string(), reason.to_owned()]);
    }
    view.push(Block::Table(table));
}
