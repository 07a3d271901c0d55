//! `slipstick train`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use super::parts::{BatchRequest, LayoutRequest, RecipeRequest, RunAssumptionsRequest};
use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Count, PriceRequest, text},
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
    /// A launch file that says the rest: DeepSpeed JSON, TrainingArguments, Accelerate, axolotl or LLaMA-Factory YAML,
    /// Megatron arguments, torchtitan TOML; several with commas between; flags go before it
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// What a step works on.
    #[command(flatten)]
    #[serde(flatten)]
    pub batch: BatchRequest,
    /// How weights are trained.
    #[command(flatten)]
    #[serde(flatten)]
    pub recipe: RecipeRequest,
    /// How the model is split.
    #[command(flatten)]
    #[serde(flatten)]
    pub layout: LayoutRequest,
    /// Look at every layout, and show the best and why others lose
    #[arg(long, help_heading = "Search")]
    #[serde(default, deserialize_with = "text::switch")]
    pub search: bool,
    /// Rank layouts by time, cost, energy or headroom (free memory)
    #[arg(long, value_name = "WHAT", help_heading = "Search")]
    pub objective: Option<String>,
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

crate::request::needs!(TrainRequest: model, on);

impl Question for TrainRequest {
    const NAME: &'static str = "train";
    const ABOUT: &'static str = "Memory, step time, cost and layout of training a model";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick train llama-3.1-8b --on 8xh100 --tokens 1T --sequence 8192 --global-batch 512",
        "slipstick train llama-3.1-70b --on 8x8xh100 --tp 4 --pp 4 --recompute none",
        "slipstick train deepseek-v3 --on 128x8xh100 --precision fp8 --search --objective time",
        "slipstick train llama-3.1-70b --on 8x8xh100 --schedule zb-v --pp 4 --price '$2.50/h'",
        "slipstick train llama-3.1-8b --on 8xh100 --tokens 1T --explain --json | jq '.provenance[\"/run/usd\"]'",
        "slipstick train llama-3.1-8b --on 8xh100 --stack torchtitan --fsdp --json | jq .memory",
        "slipstick train llama-3.1-8b --on 8xh100 --config ds_config.json",
    ];
    const LONG: bool = true;
    const DRAWN: bool = true;
    const RARE: &'static [&'static str] =
        &["region", "utilisation", "hsdp", "sequence_parallel", "attention", "loss", "vpp"];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::TrainReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::train(self, catalog, world).map(Output::from)
    }
}
