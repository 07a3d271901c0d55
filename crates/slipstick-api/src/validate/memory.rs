//! Memory that engines printed against what we answer for it.
//!
//! A row becomes an ordinary request; what it measures is read from the same answer as `slipstick memory` gives. It is
//! refused, with its reason, where it does not say what that takes. Where another row of the same run states the size of
//! the pool, counts of its blocks and tokens are predicted from that size, and say so.

mod predict;
mod request;
mod size;
mod summary;
mod term;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::units::Bytes;

pub use summary::TermSummary;
pub use term::MemoryTerm;

use super::{
    Models,
    table::{Cells, each_row},
};
use crate::{ApiError, report::Estimated};

/// The outcome of one row.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MemoryRow {
    /// The row's id.
    pub id: String,
    /// The engine.
    pub engine: String,
    /// What was measured.
    pub term: String,
    /// The measured value, in its own unit.
    pub measured: f64,
    /// The prediction in the same unit.
    pub predicted: Option<f64>,
    /// The unit.
    pub unit: String,
    /// The prediction in bytes; a count of blocks, tokens or requests as the bytes that hold it.
    #[schemars(extend("unit" = "B"))]
    pub bytes: Option<Estimated<f64>>,
    /// A row of the same run that the prediction was given.
    pub given: Option<&'static str>,
    /// Why there is no prediction.
    pub refused: Option<String>,
}

/// The outcome of a table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MemoryValidation {
    /// Every row, in the table's order.
    pub rows: Vec<MemoryRow>,
    /// By engine and term.
    pub summary: Vec<TermSummary>,
}

/// Answers every row of a table of measured memory.
///
/// # Errors
/// If the text is no table, or a measured value is no number.
pub(crate) fn validate_memory(
    csv: &str,
    models: &Models<'_>,
    admits: impl Fn(&Cells<'_>) -> bool,
) -> Result<MemoryValidation, ApiError> {
    let pools = pools(csv)?;
    let mut rows = Vec::new();
    each_row(csv, |number, cells| {
        if admits(&cells) {
            let measured = measured(&cells, number)?;
            let pool = pools.get(&run(&cells)).copied();
            rows.push(outcome(&cells, measured, predict::predict(&cells, pool, models)));
        }
        Ok(())
    })?;
    let summary = summary::summarise(&rows);
    Ok(MemoryValidation { rows, summary })
}

fn measured(cells: &Cells<'_>, number: usize) -> Result<f64, ApiError> {
    let text = cells.get("value");
    text.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        ApiError::input("validate.value", format!("row {number}: {shown:?} is no measured value"))
            .at("--data, column value")
            .help("give a number in the row's unit, or leave the row out")
    })
}

/// What tells the run apart that a row was read from.
fn run(cells: &Cells<'_>) -> [String; 6] {
    ["source", "model", "context", "kv_type", "n_gpus", "version"].map(|column| cells.get(column).to_owned())
}

/// The pools that rows state, by run.
fn pools(csv: &str) -> Result<BTreeMap<[String; 6], Bytes>, ApiError> {
    let mut pools = BTreeMap::new();
    each_row(csv, |_, cells| {
        let stated = super::table::number(cells.get("value")).zip(size::unit(cells.get("unit")));
        if let (Some((value, unit)), Some(MemoryTerm::CacheBudget)) =
            (stated, MemoryTerm::of(cells.get("measured_what")))
        {
            pools.entry(run(&cells)).or_insert_with(|| Bytes::ceil(value * unit));
        }
        Ok(())
    })?;
    Ok(pools)
}

fn outcome(cells: &Cells<'_>, measured: f64, predicted: Result<predict::Prediction, String>) -> MemoryRow {
    let (prediction, refused) = match predicted {
        Ok(prediction) => (Some(prediction), None),
        Err(reason) => (None, Some(reason)),
    };
    MemoryRow {
        id: cells.get("id").to_owned(),
        engine: cells.get("engine").to_owned(),
        term: cells.get("measured_what").to_owned(),
        measured,
        predicted: prediction.as_ref().map(|p| p.in_unit),
        unit: cells.get("unit").to_owned(),
        bytes: prediction.as_ref().map(|p| p.bytes),
        given: prediction.and_then(|p| p.given),
        refused,
    }
}
