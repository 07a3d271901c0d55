//! What questions about training share: a step's batch, how weights are trained, how the model is split, and what a whole
//! run assumes.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::request::{Count, Duration, text};

/// What a step works on.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Batch")]
pub struct BatchRequest {
    /// Tokens of a sequence; 4096 if not given
    #[arg(long, value_name = "TOKENS")]
    pub sequence: Option<Count>,
    /// Sequences of a step on all accelerators together
    #[arg(long, value_name = "SEQUENCES")]
    pub global_batch: Option<Count>,
    /// Sequences of a micro-batch
    #[arg(long, value_name = "SEQUENCES")]
    pub micro_batch: Option<Count>,
}

/// How weights are trained: software, optimizer, formats, what is computed again.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Recipe")]
pub struct RecipeRequest {
    /// The training software, such as megatron-core, torchtitan, deepspeed or hf-trainer@4.57
    #[arg(long, value_name = "NAME[@VERSION]")]
    pub stack: Option<String>,
    /// adamw, adamw-foreach, adamw-fused, adamw-bf16, adamw-8bit, adamw-4bit, lion, lion-8bit, sgd, momentum, adafactor, muon
    /// or galore; with -in-backward at its end each weight is updated as soon as its gradient is there, with paged- before it
    /// its state lies in managed memory
    #[arg(long, value_name = "NAME")]
    pub optimizer: Option<String>,
    /// Format of matrix products: bf16, fp16, fp8, mxfp8, nvfp4 or fp32
    #[arg(long, value_name = "FORMAT")]
    pub precision: Option<String>,
    /// Master copy of the weights: fp32 or none; the software's habit if not given
    #[arg(long, value_name = "FORMAT", hide_short_help = true)]
    pub master: Option<String>,
    /// Gradients: fp32 or bf16
    #[arg(long, value_name = "FORMAT", hide_short_help = true)]
    pub gradients: Option<String>,
    /// What is computed again: none, full, block:N, or parts with commas between: norms, attention, activation, mla-up, mlp,
    /// experts, selective
    #[arg(long, value_name = "WHAT")]
    pub recompute: Option<String>,
    /// Whether layers of an eager framework are compiled to fused kernels; no if not given
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::maybe")]
    pub compile: Option<bool>,
    /// Attention kernel: flash or unfused
    #[arg(long, value_name = "KERNEL")]
    pub attention: Option<String>,
    /// How logits are held: full, fused or chunked
    #[arg(long, value_name = "KIND")]
    pub loss: Option<String>,
    /// What lies in the host's memory, with commas between: weights, optimizer, activations
    #[arg(long, value_name = "WHAT")]
    pub offload: Option<String>,
    /// Largest over mean load of the experts; 1 if not given
    #[arg(long, value_name = "FACTOR", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::number")]
    pub imbalance: Option<f64>,
    /// Extra layers that predict further tokens
    #[arg(long, value_name = "LAYERS", hide_short_help = true)]
    pub multi_token: Option<Count>,
    /// How FLOPs are counted: causal, full, hardware, sc21, 8n or lora4n
    #[arg(long, value_name = "CONVENTION", hide_short_help = true)]
    pub flops: Option<String>,
}

/// How the model and its states are split between accelerators.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Layout")]
pub struct LayoutRequest {
    /// Tensor-parallel ranks
    #[arg(long, value_name = "RANKS")]
    pub tp: Option<Count>,
    /// Pipeline stages
    #[arg(long, value_name = "STAGES")]
    pub pp: Option<Count>,
    /// Chunks of layers a stage (interleaved stages)
    #[arg(long, value_name = "CHUNKS")]
    pub vpp: Option<Count>,
    /// Ranks that a sequence is split between
    #[arg(long, value_name = "RANKS")]
    pub cp: Option<Count>,
    /// Ranks that experts are split between
    #[arg(long, value_name = "RANKS")]
    pub ep: Option<Count>,
    /// Tensor-parallel ranks of an expert
    #[arg(long, value_name = "RANKS", hide_short_help = true)]
    pub etp: Option<Count>,
    /// Data-parallel ranks
    #[arg(long, value_name = "RANKS")]
    pub dp: Option<Count>,
    /// Whether norms are split over the sequence between tensor-parallel ranks; yes if not given
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    #[serde(default, deserialize_with = "text::maybe")]
    pub sequence_parallel: Option<bool>,
    /// Whether tensor-parallel collectives run beside products; the software's habit if not given
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::maybe")]
    pub tensor_overlap: Option<bool>,
    /// Order of micro-batches: 1f1b, interleaved, zero-bubble or dualpipe
    #[arg(long, value_name = "NAME")]
    pub schedule: Option<String>,
    /// What ranks share: 0 nothing, 1 optimizer state, 2 gradients too, 3 weights too
    #[arg(long, value_name = "STAGE")]
    pub zero: Option<Count>,
    /// Ranks share weights, gradients and optimizer state, as under --zero 3
    #[arg(long)]
    #[serde(default, deserialize_with = "text::switch")]
    pub fsdp: bool,
    /// The same within groups of so many ranks, which hold equal copies; a node's accelerators if no number is given
    #[arg(long, value_name = "RANKS", num_args = 0..=1, default_missing_value = "0")]
    pub hsdp: Option<Count>,
}

/// What a whole run assumes.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Run")]
pub struct RunAssumptionsRequest {
    /// Mean time between failures of one accelerator, such as 50000h
    #[arg(long, value_name = "TIME", hide_short_help = true)]
    pub between_failures: Option<Duration>,
    /// Time from a failure to the first new step
    #[arg(long, value_name = "TIME", hide_short_help = true)]
    pub restart: Option<Duration>,
    /// Power usage effectiveness of the data centre, such as 1.1
    #[arg(long, value_name = "FACTOR", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::number")]
    pub pue: Option<f64>,
    /// Carbon dioxide of a kilowatt-hour in kg, such as 0.414
    #[arg(long, value_name = "KG", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::number")]
    pub co2_per_kwh: Option<f64>,
}
