//! One measured run.

use serde::Deserialize;

use super::Measured;
use crate::ApiError;

/// A table longer than this is no table of measurements.
const MOST_ROWS: usize = 1_000_000;

/// A run as a table records it; empty fields are unknown.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct MeasuredRun {
    /// Its id.
    pub id: String,
    /// Accelerators.
    pub n_gpus: String,
    /// Tensor-parallel ranks.
    pub tp: String,
    /// Pipeline stages.
    pub pp: String,
    /// Expert-parallel groups.
    pub ep: String,
    /// The cache's format as the source names it.
    pub precision_kv: String,
    /// Prompt tokens.
    pub isl: String,
    /// Output tokens.
    pub osl: String,
    /// Requests in flight, or sequences of a batch.
    pub concurrency_or_batch: String,
    /// Output tokens per second of the whole system.
    pub throughput_tok_s: String,
    /// Input and output tokens per second.
    pub throughput_total_tok_s: String,
    /// Mean time to first token in ms.
    pub ttft_ms: String,
    /// Mean time per output token in ms.
    pub tpot_ms: String,
    /// Remarks, which hold layouts.
    pub notes: String,
    /// The accelerator's id in the catalogue.
    pub accelerator_id: String,
    /// The model's repository.
    pub model_id: String,
    /// The configuration's file.
    pub config_file: String,
    /// The engine.
    pub engine: String,
    /// The weights' format.
    pub precision: String,
    /// Offered load, where the source gives a rate and no concurrency.
    pub request_rate_per_s: String,
    /// The kind of measurement.
    pub regime: String,
    /// `no` marks rows that must not be scored.
    pub usable: String,
}

impl Default for MeasuredRun {
    fn default() -> Self {
        let empty = String::new;
        Self {
            id: empty(),
            n_gpus: empty(),
            tp: empty(),
            pp: empty(),
            ep: empty(),
            precision_kv: empty(),
            isl: empty(),
            osl: empty(),
            concurrency_or_batch: empty(),
            throughput_tok_s: empty(),
            throughput_total_tok_s: empty(),
            ttft_ms: empty(),
            tpot_ms: empty(),
            notes: empty(),
            accelerator_id: empty(),
            model_id: empty(),
            config_file: empty(),
            engine: empty(),
            precision: empty(),
            request_rate_per_s: empty(),
            regime: empty(),
            usable: empty(),
        }
    }
}

/// The kind of measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regime {
    /// Requests in a closed loop.
    Online,
    /// Separate prefill and decode pools.
    Disaggregated,
    /// All requests at once.
    Offline,
    /// One static batch, or one stream.
    Static,
}

/// A positive number, if the field holds one.
pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite() && *value > 0.0)
}

/// A positive count, if the field holds one.
pub(super) fn count(text: &str) -> Option<u64> {
    let value = number(text)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
    (value.fract() == 0.0 && value < 1e9).then_some(value as u64)
}

impl MeasuredRun {
    /// The kind of measurement, from its name or else from what it recorded.
    pub fn kind(&self) -> Option<Regime> {
        match self.regime.as_str() {
            "agg_unsaturated" | "agg_saturated" => Some(Regime::Online),
            "disagg" => Some(Regime::Disaggregated),
            "offline_max" => Some(Regime::Offline),
            "fixed_batch" | "single_stream" => Some(Regime::Static),
            _ => None,
        }
    }

    /// What it measured.
    pub fn measured(&self) -> Measured {
        let seconds = |text: &str| number(text).map(|ms| ms / 1e3);
        Measured {
            ttft_s: seconds(&self.ttft_ms),
            tpot_s: seconds(&self.tpot_ms),
            output_tokens_per_s: number(&self.throughput_tok_s),
            total_tokens_per_s: number(&self.throughput_total_tok_s),
        }
    }
}

/// Reads a table.
pub(super) fn read(text: &str) -> Result<Vec<MeasuredRun>, ApiError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.deserialize() {
        let row = row.map_err(|error: csv::Error| {
            ApiError::input("validate.table", format!("the table cannot be read: {error}"))
                .at("--data")
                .help("give comma-separated text with the columns id, accelerator_id, engine, precision, isl, osl and regime")
        })?;
        rows.push(row);
        if rows.len() > MOST_ROWS {
            let message = format!("the table has over {MOST_ROWS} rows");
            return Err(ApiError::input("validate.too_long", message).at("--data"));
        }
    }
    Ok(rows)
}
