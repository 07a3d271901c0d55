//! Measured serving and decoding against what we predict for it.
//!
//! Each regime is its own question: an online sweep asks for TTFT and TPOT at a concurrency, an offline run for
//! throughput, a single stream for a decode or a prefill rate. Rows that do not say what their question needs are refused.

mod deployment;
mod predict;
mod row;
mod summary;

use serde::Serialize;
use slipstick_catalog::Catalog;

pub use row::{MeasuredRun, Regime};
pub use summary::RegimeSummary;

use crate::ApiError;

/// The outcome of one row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InferenceRow {
    /// The row's id.
    pub id: String,
    /// Its regime.
    pub regime: String,
    /// Its engine.
    pub engine: String,
    /// Whether the table says that it should be scored.
    pub usable: bool,
    /// Mean time to first token.
    pub ttft_s: Option<f64>,
    /// Mean time per output token.
    pub tpot_s: Option<f64>,
    /// Output tokens per second of the whole system.
    pub output_tokens_per_s: Option<f64>,
    /// Input and output tokens per second of the whole system.
    pub total_tokens_per_s: Option<f64>,
    /// What was measured of these, in the same units.
    pub measured: Measured,
    /// How well the efficiencies are known.
    pub basis: Option<&'static str>,
    /// Why there is no prediction.
    pub refused: Option<String>,
}

/// What a row measured.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Measured {
    /// Mean time to first token.
    pub ttft_s: Option<f64>,
    /// Mean time per output token.
    pub tpot_s: Option<f64>,
    /// Output tokens per second.
    pub output_tokens_per_s: Option<f64>,
    /// Input and output tokens per second.
    pub total_tokens_per_s: Option<f64>,
}

/// The outcome of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InferenceValidation {
    /// Every row, in the table's order.
    pub rows: Vec<InferenceRow>,
    /// By regime.
    pub summary: Vec<RegimeSummary>,
}

/// Predicts every row of a table of measured inference. `config` gives the text of a configuration by its file name.
///
/// # Errors
/// If the text is no such table.
pub fn validate_inference(
    csv: &str,
    catalog: &Catalog,
    config: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<InferenceValidation, ApiError> {
    let runs = row::read(csv)?;
    let mut models = deployment::Models::new(config);
    let rows: Vec<InferenceRow> =
        runs.iter().map(|run| outcome(run, predict::predict(run, catalog, &mut models))).collect();
    let summary = summary::summarise(&rows);
    Ok(InferenceValidation { rows, summary })
}

fn outcome(run: &MeasuredRun, predicted: Result<predict::Prediction, String>) -> InferenceRow {
    let (prediction, refused) = match predicted {
        Ok(prediction) => (Some(prediction), None),
        Err(reason) => (None, Some(reason)),
    };
    let read = |field: fn(&predict::Prediction) -> Option<f64>| prediction.as_ref().and_then(field);
    InferenceRow {
        id: run.id.clone(),
        regime: run.regime.clone(),
        engine: run.engine.clone(),
        usable: run.usable != "no",
        ttft_s: read(|p| p.ttft_s),
        tpot_s: read(|p| p.tpot_s),
        output_tokens_per_s: read(|p| p.output_tokens_per_s),
        total_tokens_per_s: read(|p| p.total_tokens_per_s),
        measured: run.measured(),
        basis: prediction.map(|p| p.basis),
        refused,
    }
}
