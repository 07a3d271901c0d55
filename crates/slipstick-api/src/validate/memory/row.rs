//! The rows of a table of measured memory.

use serde::Deserialize;

use crate::ApiError;

/// Tables longer than this are refused.
const MOST_ROWS: usize = 200_000;

/// One measured value. Columns beyond these are ignored.
#[derive(Debug, Clone, Deserialize)]
pub struct MeasuredRow {
    /// Its id.
    pub id: String,
    /// Where it was read.
    #[serde(default)]
    pub source: String,
    /// The engine's version, if known.
    #[serde(default)]
    pub version: String,
    /// The model as the source names it.
    #[serde(default)]
    pub model: String,
    /// Accelerators.
    #[serde(default)]
    pub n_gpus: String,
    /// The weights' format as the source names it.
    #[serde(default)]
    pub quant: String,
    /// Tokens of context.
    #[serde(default)]
    pub context: String,
    /// Batch settings in words.
    #[serde(default)]
    pub batch: String,
    /// The cache's format.
    #[serde(default)]
    pub kv_type: String,
    /// What was measured.
    pub measured_what: String,
    /// Its value.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// Settings and remarks.
    #[serde(default)]
    pub notes: String,
    /// The accelerator's catalogue id.
    #[serde(default)]
    pub accelerator_id: String,
    /// The model's repository.
    #[serde(default)]
    pub model_id: String,
    /// The configuration's file name.
    #[serde(default)]
    pub config_file: String,
    /// The engine.
    #[serde(default)]
    pub engine: String,
    /// The weights' format in canonical words.
    #[serde(default)]
    pub precision: String,
}

/// What a row measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// Weights on one accelerator.
    Weights,
    /// Weights that stay on the host.
    HostWeights,
    /// The whole file of weights.
    File,
    /// The cache; without windowed layers where the engine prints those apart.
    Cache,
    /// The cache of windowed layers.
    WindowCache,
    /// Recurrent state.
    State,
    /// Cache and state.
    CacheAndState,
    /// What the engine has for its cache.
    CacheBudget,
    /// What one request of the context needs.
    CacheNeeded,
    /// Tokens that the engine says its cache holds.
    Tokens,
    /// Blocks of the cache.
    Blocks,
    /// Requests of the context that fit.
    Concurrency,
    /// The peak of one step.
    Activations,
    /// Weights and that peak.
    WeightsAndActivations,
    /// Memory outside the allocator.
    NonTorch,
    /// Captured graphs.
    Graphs,
    /// A step's inputs on the host.
    HostBuffer,
    /// Outputs on the host.
    OutputBuffer,
    /// The device context.
    Context,
    /// Everything the engine accounts for itself.
    Accounted,
    /// Everything the allocator held.
    Allocated,
    /// Everything.
    Process,
}

impl Term {
    /// The term of a row.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "weights" | "load_total" => Self::Weights,
            "host_weights" => Self::HostWeights,
            "file_size" => Self::File,
            "kv_buffer" => Self::Cache,
            "swa_kv_buffer" => Self::WindowCache,
            "recurrent_state" => Self::State,
            "kv_plus_state" => Self::CacheAndState,
            "kv_cache_budget" => Self::CacheBudget,
            "kv_cache_needed" => Self::CacheNeeded,
            "kv_tokens" => Self::Tokens,
            "kv_blocks" => Self::Blocks,
            "max_concurrency" => Self::Concurrency,
            "activation_peak" | "compute_buffer" => Self::Activations,
            "torch_peak_total" => Self::WeightsAndActivations,
            "non_torch" => Self::NonTorch,
            "cudagraph" | "cudagraph_est" => Self::Graphs,
            "host_buffer" => Self::HostBuffer,
            "output_buffer" => Self::OutputBuffer,
            "context_overhead" => Self::Context,
            "self_total" => Self::Accounted,
            "peak_allocated" | "allocated_total" => Self::Allocated,
            "process_total" => Self::Process,
            _ => return None,
        })
    }
}

/// Reads a table.
pub(super) fn read(text: &str) -> Result<Vec<MeasuredRow>, ApiError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let wrong = |error: &csv::Error| {
        ApiError::input("validate.table", format!("the table cannot be read: {error}"))
            .at("--data")
            .help("give comma-separated text with the columns id, measured_what, value and unit")
    };
    let mut rows = Vec::new();
    for row in reader.deserialize() {
        rows.push(row.map_err(|error| wrong(&error))?);
        if rows.len() > MOST_ROWS {
            return Err(ApiError::input("validate.too_long", format!("the table has over {MOST_ROWS} rows")));
        }
    }
    Ok(rows)
}
