//! `slipstick finetune`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    commands::train::{BatchRequest, LayoutRequest, RecipeRequest, RunAssumptionsRequest},
    registry::Question,
    report::ReportKind,
    request::{Count, PriceRequest, text},
};

/// Models beside the one that is trained.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[command(next_help_heading = "Further models")]
#[non_exhaustive]
pub struct FurtherModelsRequest {
    /// Keep a reference model where the algorithm can do without
    #[arg(long)]
    #[serde(default, deserialize_with = "text::switch")]
    pub reference: bool,
    /// The reward model; the model itself for ppo, a function for grpo, if not given
    #[arg(long, value_name = "MODEL")]
    pub reward_model: Option<String>,
    /// The critic of ppo; the model itself if not given
    #[arg(long, value_name = "MODEL", hide_short_help = true)]
    pub critic_model: Option<String>,
    /// Share of each accelerator that the rollout engine takes; 0.3 if not given
    #[arg(long, value_name = "SHARE", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::number")]
    pub engine_share: Option<f64>,
    /// The rollout engine sleeps while weights are trained
    #[arg(long, hide_short_help = true)]
    #[serde(default, deserialize_with = "text::switch")]
    pub sleep: bool,
    /// Samples that each accelerator draws at once; 8 if not given
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub generations: Option<Count>,
    /// Ranks of the rollout engine; the fewest of a node between which its weights fit if not given
    #[arg(long, value_name = "RANKS", hide_short_help = true)]
    pub rollout_tp: Option<Count>,
    /// Accelerators that only draw samples, of the next round while those of --on train; those of --on in turn if not given
    #[arg(long, value_name = "HARDWARE")]
    pub rollout_on: Option<String>,
    /// Samples of a round; those of one update if not given
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub samples: Option<Count>,
    /// Tokens of a prompt; 256, or a quarter of a sample if that is fewer, if not given
    #[arg(long, value_name = "TOKENS", hide_short_help = true)]
    pub prompt_length: Option<Count>,
}

/// What does fine-tuning a model take?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[command(next_help_heading = "Fine-tuning")]
#[non_exhaustive]
pub struct FinetuneRequest {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL", help_heading = None)]
    pub model: String,
    /// Accelerators: rtx-4090, 8xh100, a description in my-chip.toml, or auto for this machine
    #[arg(long, value_name = "HARDWARE")]
    pub on: String,
    /// A launch file that says the rest: axolotl or LLaMA-Factory YAML, TrainingArguments, Accelerate YAML, DeepSpeed JSON, a
    /// command of TRL, torchtune or Unsloth in a .sh file; several with commas between; flags go before it
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// What is trained: full, lora, rslora, dora, qlora, qdora or freeze (the last layers); lora if not given
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,
    /// Rank of the adapters; 16 if not given
    #[arg(long, value_name = "RANK")]
    pub rank: Option<Count>,
    /// Linear layers with adapters, with commas between: all-linear (all but the head and routed experts), attention, mlp,
    /// experts, shared_expert, lm_head, or names such as q_proj,v_proj; all-linear if not given
    #[arg(long, value_name = "NAMES")]
    pub targets: Option<String>,
    /// Layers that --method freeze trains, from the last one back; 2 if not given
    #[arg(long, value_name = "LAYERS")]
    pub trained_layers: Option<Count>,
    /// Format of the frozen weights: bf16, fp8, int8, nf4, nf4-dq (double quantised) or gptq-int4; the method's own if not given
    #[arg(long, value_name = "FORMAT")]
    pub base_format: Option<String>,
    /// The same of routed experts, where it differs: bitsandbytes leaves fused experts in bf16
    #[arg(long, value_name = "FORMAT", hide_short_help = true)]
    pub experts_format: Option<String>,
    /// Format of the adapters: fp32 or bf16; the software's habit if not given
    #[arg(long, value_name = "FORMAT", hide_short_help = true)]
    pub adapter_dtype: Option<String>,
    /// Share of the adapters' inputs that dropout leaves out, such as 0.05
    #[arg(long, value_name = "SHARE", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::number")]
    pub dropout: Option<f64>,
    /// Cast what is not quantised to fp32, as peft's prepare_model_for_kbit_training does
    #[arg(long, hide_short_help = true)]
    #[serde(default, deserialize_with = "text::switch")]
    pub upcast: bool,
    /// What is optimised: sft, dpo, kto, orpo, grpo or ppo; sft if not given
    #[arg(long, value_name = "NAME")]
    pub algorithm: Option<String>,
    /// Micro-batches of a step on each data-parallel rank; 8 if not given
    #[arg(long, value_name = "COUNT", help_heading = "Batch")]
    pub accumulation: Option<Count>,
    /// What a step works on.
    #[command(flatten)]
    #[serde(flatten)]
    pub batch: BatchRequest,
    /// Examples of the data set
    #[arg(long, value_name = "EXAMPLES", help_heading = "Data")]
    pub examples: Option<Count>,
    /// Tokens of the data set, padding apart; 10M if neither they nor examples are given
    #[arg(long, value_name = "TOKENS", help_heading = "Data")]
    pub tokens: Option<Count>,
    /// Tokens of an example on average; the sequence if not given
    #[arg(long, value_name = "TOKENS", help_heading = "Data")]
    pub mean_length: Option<Count>,
    /// Passes over the data set; 1 if not given
    #[arg(long, value_name = "COUNT", help_heading = "Data")]
    pub epochs: Option<Count>,
    /// Whether short examples share a sequence; if not given, they do unless --mean-length says that there are any
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", help_heading = "Data")]
    #[serde(default, deserialize_with = "text::maybe")]
    pub packing: Option<bool>,
    /// Models beside the one that is trained.
    #[command(flatten)]
    #[serde(flatten)]
    pub models: FurtherModelsRequest,
    /// How weights are trained.
    #[command(flatten)]
    #[serde(flatten)]
    pub recipe: RecipeRequest,
    /// How the model is split.
    #[command(flatten)]
    #[serde(flatten)]
    pub layout: LayoutRequest,
    /// What the whole run assumes.
    #[command(flatten)]
    #[serde(flatten)]
    pub run: RunAssumptionsRequest,
    /// What it costs.
    #[command(flatten)]
    #[serde(flatten)]
    pub prices: PriceRequest,
    /// Read an architecture that is not known as a plain decoder, every number marked as assumed
    #[arg(long, hide_short_help = true)]
    #[serde(default, deserialize_with = "text::switch")]
    pub allow_unknown: bool,
}

crate::request::needs!(FinetuneRequest: model, on);

impl Question for FinetuneRequest {
    const NAME: &'static str = "finetune";
    const ABOUT: &'static str =
        "Memory by phase, longest sequence, largest batch, time and cost of fine-tuning a model";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick finetune llama-3.1-8b --on rtx-4090 --method qlora --sequence 2k",
        "slipstick finetune llama-3.1-70b --on 8xh100 --rank 64 --fsdp --examples 50k --mean-length 600",
        "slipstick finetune llama-3.1-8b --on a100-80gb --method full --algorithm dpo --loss chunked",
        "slipstick finetune llama-3.1-8b --on 4xh100 --algorithm grpo --sleep --sequence 8k",
        "slipstick finetune qwen3-8b --on 8xh100 --method full --algorithm grpo --rollout-on 8xh100 --samples 1k --mean-length 3k",
        "slipstick finetune llama-3.1-8b --on rtx-4090 --config qlora.yml",
    ];
    const LONG: bool = true;
    const RARE: &'static [&'static str] = &[
        "pp",
        "vpp",
        "cp",
        "ep",
        "dp",
        "sequence_parallel",
        "schedule",
        "attention",
        "region",
        "term",
        "utilisation",
        "hsdp",
        "offload",
        "loss",
        "reference",
        "reward_model",
        "rollout_on",
        "trained_layers",
        "accumulation",
    ];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::FinetuneReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::finetune(self, catalog, world).map(Output::from)
    }
}
