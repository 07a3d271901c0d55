//! `slipstick train`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Count, Duration, PriceRequest, text},
};

/// What does training a model take?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[command(next_help_heading = "Training")]
#[non_exhaustive]
pub struct TrainRequest {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL", help_heading = None)]
    pub model: String,
    /// Accelerators: 64xh100, 8x8xh100, a description in my-chip.toml, or auto for this machine
    #[arg(long, value_name = "HARDWARE")]
    pub on: String,
    /// Tokens of the whole run, such as 1T; twenty for each parameter if not given
    #[arg(long, value_name = "TOKENS")]
    pub tokens: Option<Count>,
    /// Tokens of a sequence; 4096 if not given
    #[arg(long, value_name = "TOKENS")]
    pub sequence: Option<Count>,
    /// Sequences of a step on all accelerators together
    #[arg(long, value_name = "SEQUENCES")]
    pub global_batch: Option<Count>,
    /// Sequences of a micro-batch
    #[arg(long, value_name = "SEQUENCES")]
    pub micro_batch: Option<Count>,
    /// adamw, adamw-foreach, adamw-fused, adamw-bf16, adamw-8bit, adamw-4bit, lion, sgd, momentum, adafactor, muon or galore
    #[arg(long, value_name = "NAME")]
    pub optimizer: Option<String>,
    /// Format of matrix products: bf16, fp16, fp8, mxfp8, nvfp4 or fp32
    #[arg(long, value_name = "FORMAT")]
    pub precision: Option<String>,
    /// Master copy of the weights: fp32 or none; the software's habit if not given
    #[arg(long, value_name = "FORMAT")]
    pub master: Option<String>,
    /// Gradients: fp32 or bf16
    #[arg(long, value_name = "FORMAT")]
    pub gradients: Option<String>,
    /// What is computed again: none, full, block:N, or parts with commas between: norms, attention, activation, mla-up, mlp,
    /// experts, selective
    #[arg(long, value_name = "WHAT")]
    pub recompute: Option<String>,
    /// Attention kernel: flash or unfused
    #[arg(long, value_name = "KERNEL")]
    pub attention: Option<String>,
    /// How logits are held: full, fused or chunked
    #[arg(long, value_name = "KIND")]
    pub loss: Option<String>,
    /// What lies in the host's memory, with commas between: weights, optimizer, activations
    #[arg(long, value_name = "WHAT")]
    pub offload: Option<String>,
    /// The training software, such as megatron-core, torchtitan, deepspeed or hf-trainer
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// How FLOPs are counted: causal, full, hardware, sc21, 8n or lora4n
    #[arg(long, value_name = "CONVENTION")]
    pub flops: Option<String>,
    /// Largest over mean load of the experts; 1 if not given
    #[arg(long, value_name = "FACTOR", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::number")]
    pub imbalance: Option<f64>,
    /// Extra layers that predict further tokens
    #[arg(long, value_name = "LAYERS", hide_short_help = true)]
    pub multi_token: Option<Count>,
    /// Tensor-parallel ranks
    #[arg(long, value_name = "RANKS", help_heading = "Layout")]
    pub tp: Option<Count>,
    /// Pipeline stages
    #[arg(long, value_name = "STAGES", help_heading = "Layout")]
    pub pp: Option<Count>,
    /// Chunks of layers a stage (interleaved stages)
    #[arg(long, value_name = "CHUNKS", help_heading = "Layout")]
    pub vpp: Option<Count>,
    /// Ranks that a sequence is split between
    #[arg(long, value_name = "RANKS", help_heading = "Layout")]
    pub cp: Option<Count>,
    /// Ranks that experts are split between
    #[arg(long, value_name = "RANKS", help_heading = "Layout")]
    pub ep: Option<Count>,
    /// Tensor-parallel ranks of an expert
    #[arg(long, value_name = "RANKS", help_heading = "Layout")]
    pub etp: Option<Count>,
    /// Data-parallel ranks
    #[arg(long, value_name = "RANKS", help_heading = "Layout")]
    pub dp: Option<Count>,
    /// Whether norms are split over the sequence between tensor-parallel ranks; yes if not given
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", help_heading = "Layout")]
    #[serde(default, deserialize_with = "text::maybe")]
    pub sequence_parallel: Option<bool>,
    /// Order of micro-batches: 1f1b, interleaved, zero-bubble or dualpipe
    #[arg(long, value_name = "NAME", help_heading = "Layout")]
    pub schedule: Option<String>,
    /// What ranks share: 0 nothing, 1 optimizer state, 2 gradients too, 3 weights too
    #[arg(long, value_name = "STAGE", help_heading = "Layout")]
    pub zero: Option<Count>,
    /// Ranks share weights, gradients and optimizer state, as under --zero 3
    #[arg(long, help_heading = "Layout")]
    #[serde(default, deserialize_with = "text::switch")]
    pub fsdp: bool,
    /// The same within groups of so many ranks, which hold equal copies; a node's accelerators if no number is given
    #[arg(long, value_name = "RANKS", num_args = 0..=1, default_missing_value = "0", help_heading = "Layout")]
    pub hsdp: Option<Count>,
    /// Look at every layout, and show the best and why others lose
    #[arg(long, help_heading = "Search")]
    #[serde(default, deserialize_with = "text::switch")]
    pub search: bool,
    /// Rank layouts by time, cost, energy or memory
    #[arg(long, value_name = "WHAT", help_heading = "Search")]
    pub by: Option<String>,
    /// Mean time between failures of one accelerator, such as 50000h
    #[arg(long, value_name = "TIME", help_heading = "Run")]
    pub between_failures: Option<Duration>,
    /// Time from a failure to the first new step
    #[arg(long, value_name = "TIME", help_heading = "Run")]
    pub restart: Option<Duration>,
    /// Power usage effectiveness of the data centre, such as 1.1
    #[arg(long, value_name = "FACTOR", help_heading = "Run")]
    #[serde(default, deserialize_with = "text::number")]
    pub pue: Option<f64>,
    /// Carbon dioxide of a kilowatt-hour in kg, such as 0.414
    #[arg(long, value_name = "KG", help_heading = "Run")]
    #[serde(default, deserialize_with = "text::number")]
    pub co2_per_kwh: Option<f64>,
    /// What it costs.
    #[command(flatten)]
    #[serde(flatten)]
    pub prices: PriceRequest,
    /// Read an architecture that is not known as a plain decoder, every number marked as assumed
    #[arg(long)]
    #[serde(default, deserialize_with = "text::switch")]
    pub allow_unknown: bool,
}

crate::request::needs!(TrainRequest: model, on);

impl Question for TrainRequest {
    const NAME: &'static str = "train";
    const ABOUT: &'static str = "Memory, step time, cost and layout of training a model";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick train llama-3.1-8b --on 8xh100 --tokens 1T --sequence 8192 --global-batch 512",
        "slipstick train llama-3.1-70b --on 8x8xh100 --tp 4 --pp 4 --recompute none",
        "slipstick train deepseek-v3 --on 128x8xh100 --precision fp8 --search",
        "slipstick train llama-3.1-8b --on 8xh100 --stack torchtitan --fsdp --json | jq .memory",
    ];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::TrainReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::train(self, catalog, world).map(Output::from)
    }
}
