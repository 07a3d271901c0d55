//! `slipstick calibrate`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Count, text},
};

/// Measurements of one's own, and what their files do not say.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct CalibrateRequest {
    /// Result files and start logs, or directories of them
    #[arg(long, value_name = "PATH", required = true, num_args = 1..)]
    #[serde(deserialize_with = "text::list")]
    pub from: Vec<String>,
    /// The model, where a file names none of the catalogue
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// The accelerators, where a file does not name them: h100, h100:8, my-chip.toml
    #[arg(long, value_name = "HARDWARE")]
    pub on: Option<String>,
    /// The engine and its version, where a file does not say them, such as vllm@0.11
    #[arg(long, value_name = "NAME[@VERSION]")]
    pub engine: Option<String>,
    /// The weights' format, where a file does not say it; the checkpoint's own if not given
    #[arg(long, value_name = "FORMAT")]
    pub quant: Option<String>,
    /// The cache's format, where a file does not say it
    #[arg(long, value_name = "FORMAT")]
    pub kv_dtype: Option<String>,
    /// Tensor-parallel ranks, where a file does not say them
    #[arg(long, value_name = "RANKS")]
    pub tp: Option<Count>,
    /// Pipeline stages, where a file does not say them
    #[arg(long, value_name = "STAGES")]
    pub pp: Option<Count>,
    /// Expert-parallel groups, where a file does not say them
    #[arg(long, value_name = "GROUPS")]
    pub ep: Option<Count>,
    /// Data-parallel ranks, where a file does not say them
    #[arg(long, value_name = "RANKS")]
    pub dp: Option<Count>,
    /// Share of the memory the engine might take, where a file does not say it
    #[arg(long, value_name = "SHARE")]
    #[serde(default, deserialize_with = "text::number")]
    pub memory_fraction: Option<f64>,
    /// Sequences the engine ran at once at most, where a file does not say it
    #[arg(long, value_name = "COUNT")]
    pub max_sequences: Option<Count>,
    /// Tokens the engine put into one step at most, where a file does not say it
    #[arg(long, value_name = "TOKENS")]
    pub max_batched_tokens: Option<Count>,
    /// Tokens of a prompt, where a file does not say them
    #[arg(long, value_name = "TOKENS")]
    pub input: Option<Count>,
    /// Tokens of an answer, where a file does not say them
    #[arg(long, value_name = "TOKENS")]
    pub output: Option<Count>,
    /// Requests in flight or sequences of a batch, where a file does not say them
    #[arg(long, value_name = "REQUESTS")]
    pub concurrency: Option<Count>,
    /// Where to write what was fitted, such as ~/.config/slipstick/catalog/mine.toml
    #[arg(long, short, value_name = "FILE.toml")]
    pub out: Option<String>,
    /// Where to write the runs as a table, which validate reads and can prepare for contribution
    #[arg(long, value_name = "FILE.csv")]
    pub rows: Option<String>,
}

impl CalibrateRequest {
    /// Of these files, with all else left to what they say.
    pub fn new(from: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { from: from.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

impl Question for CalibrateRequest {
    const NAME: &'static str = "calibrate";
    const ABOUT: &'static str =
        "Set measurements of one's own beside what is predicted, and fit what they tell";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick calibrate --from results/ --model llama-3.1-8b --on h100 --engine vllm@0.11",
        "slipstick calibrate --from bench.json --on rtx-4090 --model llama-3.1-8b --out mine.toml",
        "slipstick calibrate --from results/ --on h100 --engine vllm --rows runs.csv --json",
    ];
    const NOTES: &'static str = "\
Reads, told apart by what they hold:
  vllm           bench serve, latency and throughput (JSON); the start log, for memory
  llama.cpp      llama-bench -o json, jsonl, csv or md; the log of any program, for memory
  sglang         bench_serving (JSONL)
  others         guidellm, genai-perf, aiperf, trtllm-bench, inference-perf (JSON)
Fits factors on what the catalogue says of each accelerator and engine: bandwidth, compute, overheads, waits, and the
level of each deployment; of memory the peak of a step, what lies outside the allocator, and captured graphs, while
weights and caches are counted and compared. A factor that the runs do not tell stays 1, and those that predict left-out runs worse are
not taken. What is written with --out is used with --catalog mine.toml, or from the catalogue directory.";
    const KEPT: bool = false;
    const LONG: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::CalibrateReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::calibrate(self, catalog, world).map(Output::from)
    }
}
