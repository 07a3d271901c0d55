//! The report of `slipstick calibrate`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{report::Report, validate::Errors};

/// `slipstick calibrate`: own measurements beside predictions, and what they tell.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CalibrateReport {
    /// Every file that was looked at.
    pub files: Vec<FileRead>,
    /// Every measured quantity.
    pub points: Vec<MeasuredPoint>,
    /// Runs that are not predicted.
    pub refused: Vec<RefusedRun>,
    /// What engines took of memory.
    pub memory: Vec<MeasuredTerm>,
    /// What the runs tell.
    pub factors: Vec<FittedFactor>,
    /// How far off predictions are, by quantity.
    pub errors: Vec<FitErrors>,
    /// What to keep, as an overlay of the catalogue; none where the runs tell nothing.
    pub overlay_toml: Option<String>,
}

impl Report for CalibrateReport {
    const COMMAND: &'static str = "calibrate";
    const ROWS: Option<&'static str> = Some("points");
}

/// How a file fared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FileRead {
    /// The file.
    pub path: String,
    /// The tool that wrote it.
    pub tool: Option<&'static str>,
    /// What it measures: serving or memory.
    pub kind: Option<&'static str>,
    /// Runs that were read, or terms of memory.
    pub runs: usize,
    /// Why it was not read.
    pub refused: Option<String>,
    /// What to do about that.
    pub cure: Option<String>,
    /// Runs in it that were left out, with reasons.
    pub left_out: Vec<String>,
}

/// One measured quantity of a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MeasuredPoint {
    /// The run: its file, and its place there.
    pub id: String,
    /// The engine.
    pub engine: String,
    /// The quantity, in its unit: ttft_s, tpot_s, output_tokens_per_s, total_tokens_per_s.
    pub quantity: &'static str,
    /// What was measured.
    pub measured: f64,
    /// What the catalogue predicts.
    pub predicted: f64,
    /// What is predicted with what was fitted.
    pub calibrated: f64,
    /// What is predicted by a fit without this run, for quantities that are fitted on.
    pub left_out: Option<f64>,
}

/// One term of memory that an engine printed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MeasuredTerm {
    /// The log, and the term's place there.
    pub id: String,
    /// The engine.
    pub engine: String,
    /// What was measured.
    pub term: String,
    /// The unit.
    pub unit: String,
    /// What was measured, in its own unit.
    pub measured: f64,
    /// What the catalogue predicts.
    pub predicted: Option<f64>,
    /// What is predicted with what was fitted.
    pub calibrated: Option<f64>,
    /// What is predicted by a fit without this term, for terms that are fitted on and have others of their kind.
    pub left_out: Option<f64>,
    /// A term of the same log that the prediction was given.
    pub given: Option<&'static str>,
    /// Why there is no prediction.
    pub refused: Option<String>,
}

/// A run that is not predicted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RefusedRun {
    /// The run: its file, and its place there.
    pub id: String,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub cure: &'static str,
}

/// A factor that runs tell.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FittedFactor {
    /// The engine.
    pub engine: String,
    /// The accelerator.
    pub accelerator: String,
    /// What it multiplies: bandwidth, compute, overheads, waits or level; of memory activations, memory outside (the
    /// device context, communication and libraries) or graphs.
    pub factor: &'static str,
    /// The deployment that a level is of: its model and its layout.
    pub deployment: Option<String>,
    /// Its value; 1 is what the catalogue says.
    pub value: f64,
    /// The standard deviation of its logarithm.
    pub log_deviation: f64,
    /// What that was before anything was measured.
    pub prior_log_deviation: f64,
    /// Quantities behind it.
    pub points: usize,
}

/// How far off predictions of a quantity are.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FitErrors {
    /// The quantity, or the term of memory.
    pub quantity: String,
    /// With the catalogue as it is.
    pub before: Errors,
    /// With what was fitted.
    pub after: Errors,
    /// Of runs that were left out of the fit, for quantities that are fitted on.
    pub left_out: Errors,
}
