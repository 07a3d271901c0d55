//! Memory that engines printed against what we predict for it.
//!
//! A row is refused, with its reason, where it does not say what a prediction needs. Where another row of the same run
//! states the size of the pool, counts of its blocks and tokens are predicted from that size, and say so.

mod deployment;
mod notes;
mod predict;
mod row;
mod summary;

use serde::Serialize;
use slipstick_catalog::Catalog;

pub use row::{MeasuredRow, Term};
pub use summary::TermSummary;

use crate::ApiError;

/// The outcome of one row.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    pub bytes: Option<i64>,
    /// A row of the same run that the prediction was given.
    pub given: Option<&'static str>,
    /// Why there is no prediction.
    pub refused: Option<String>,
}

/// The outcome of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemoryValidation {
    /// Every row, in the table's order.
    pub rows: Vec<MemoryRow>,
    /// By engine and term.
    pub summary: Vec<TermSummary>,
}

/// Predicts every row of a table of measured memory. `config` gives the text of a configuration by its file name.
///
/// # Errors
/// If the text is no such table.
pub fn validate_memory(
    csv: &str,
    catalog: &Catalog,
    config: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<MemoryValidation, ApiError> {
    let measured = row::read(csv)?;
    let rows: Vec<MemoryRow> = measured
        .iter()
        .map(|row| {
            let pool = predict::sibling_pool(row, &measured);
            outcome(row, predict::predict(row, pool, catalog, config))
        })
        .collect();
    let summary = summary::summarise(&rows);
    Ok(MemoryValidation { rows, summary })
}

fn outcome(row: &MeasuredRow, predicted: Result<predict::Prediction, String>) -> MemoryRow {
    let (prediction, refused) = match predicted {
        Ok(prediction) => (Some(prediction), None),
        Err(reason) => (None, Some(reason)),
    };
    MemoryRow {
        id: row.id.clone(),
        engine: row.engine.clone(),
        term: row.measured_what.clone(),
        measured: row.value,
        predicted: prediction.as_ref().map(|p| p.in_unit),
        unit: row.unit.clone(),
        bytes: prediction.as_ref().and_then(|p| p.bytes),
        given: prediction.and_then(|p| p.given),
        refused,
    }
}
