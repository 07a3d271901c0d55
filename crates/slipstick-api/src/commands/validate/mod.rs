//! `slipstick validate`: predictions against a table of measurements.

mod request;

pub use request::ValidateRequest;

use serde_json::{Value, json};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    validate::{
        inference::{InferenceValidation, validate_inference},
        memory::{MemoryValidation, validate_memory},
    },
    view::{Block, Column, Table, View},
};

/// A table of measurements is some megabytes.
const TABLE_LIMIT: u64 = 256 << 20;

/// A configuration is some kilobytes.
const CONFIG_LIMIT: u64 = 16 << 20;

/// Predicts every row of a table and says how far off that is. The table's columns say which kind it is.
///
/// # Errors
/// If the table cannot be read or is of no known kind.
pub fn validate(request: &ValidateRequest, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    let text = world.read_text(&request.data, TABLE_LIMIT).map_err(|error| error.at("--data"))?;
    let text = filtered(&text, request)?;
    let config = |file: &str| -> Option<Vec<u8>> {
        // A table may come from anywhere: its file names stay within the directories that were given.
        if file.is_empty() || file.contains(['/', '\\']) || file.starts_with('.') {
            return None;
        }
        let mut found =
            request.configs.iter().map(|dir| world.read_text(&format!("{dir}/{file}"), CONFIG_LIMIT));
        found.find_map(Result::ok).map(String::into_bytes)
    };
    let header: Vec<&str> = text.lines().next().unwrap_or_default().split(',').collect();
    let has = |column: &str| header.contains(&column);
    if has("measured_what") {
        return Ok(memory_output(&validate_memory(&text, catalog, &config)?));
    }
    if has("isl") && has("regime") {
        return Ok(inference_output(&validate_inference(&text, catalog, &config)?));
    }
    let help = "memory tables have measured_what, inference tables isl and regime";
    let error = if has("iter_time_s") || has("peak_mem_gib") {
        ApiError::input("validate.training", "training is not modelled yet, so its tables cannot be scored")
    } else {
        ApiError::input("validate.kind", "the table's columns tell no kind of measurement")
    };
    Err(error.at("--data").help(help))
}

/// The table with only the rows that were asked for.
fn filtered(text: &str, request: &ValidateRequest) -> Result<String, ApiError> {
    let wanted = [("regime", &request.regime), ("engine", &request.engine), ("accelerator_id", &request.gpu)];
    let unreadable = |error: csv::Error| {
        ApiError::input("validate.table", format!("the table cannot be read: {error}")).at("--data")
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(unreadable)?.clone();
    let column = |name: &str| header.iter().position(|known| known == name);
    let tests: Vec<(usize, &String)> =
        wanted.iter().filter_map(|(name, value)| Some((column(name)?, value.as_ref()?))).collect();
    if tests.is_empty() {
        return Ok(text.to_owned());
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).map_err(unreadable)?;
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if tests
            .iter()
            .all(|(at, value)| record.get(*at).is_some_and(|cell| cell.eq_ignore_ascii_case(value)))
        {
            writer.write_record(&record).map_err(unreadable)?;
        }
    }
    let bytes =
        writer.into_inner().map_err(|error| ApiError::internal("validate.write", error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| ApiError::internal("validate.write", error.to_string()))
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1} %"))
}

fn inference_output(result: &InferenceValidation) -> Output {
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
    Output::new(
        "validate",
        json!({"kind": "inference", "rows": rows(&result.rows), "summary": rows(&result.summary)}),
        view,
    )
}

fn memory_output(result: &MemoryValidation) -> Output {
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
    Output::new(
        "validate",
        json!({"kind": "memory", "rows": rows(&result.rows), "summary": rows(&result.summary)}),
        view,
    )
}

fn rows<T: serde::Serialize>(rows: &[T]) -> Value {
    serde_json::to_value(rows).unwrap_or(Value::Null)
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
