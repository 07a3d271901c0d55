//! `slipstick scale`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Amount, Count, Dollars, LoadRequest, PriceRequest, Work, text},
};

/// Which model, on how many tokens, does a budget buy?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[command(next_help_heading = "Budget")]
#[non_exhaustive]
pub struct ScaleRequest {
    /// Work of the training in FLOP, such as 5.76e23, 576ZFLOP or 6667PF-days
    #[arg(long, value_name = "FLOP")]
    pub flops: Option<Work>,
    /// Accelerator-hours of the training, such as 100k; needs --on
    #[arg(long, value_name = "HOURS")]
    pub gpu_hours: Option<Amount>,
    /// Money for the training, such as $5M; needs --on
    #[arg(long, value_name = "USD")]
    pub usd: Option<Dollars>,
    /// Parameters of the model, such as 8b: alone, or with --tokens, --loss or a budget
    #[arg(long, value_name = "COUNT")]
    pub parameters: Option<Count>,
    /// The same of a model: a config.json, a folder with one, a catalogue name, or org/name
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Tokens of the training, such as 15T: with --parameters, --model or a budget
    #[arg(long, value_name = "TOKENS")]
    pub tokens: Option<Count>,
    /// Loss to reach in nats a token, such as 2.0
    #[arg(long, value_name = "LOSS")]
    #[serde(default, deserialize_with = "text::number")]
    pub loss: Option<f64>,
    /// The law: besiroglu, chinchilla-1 to -3, kaplan, llama-3, deepseek-llm, muennighoff, gadre, sardana, ludziejewski or
    /// krajewski; besiroglu if not given, or the one that takes what is asked
    #[arg(long, value_name = "NAME", help_heading = "Law")]
    pub law: Option<String>,
    /// Different tokens that there are; more than these are seen again
    #[arg(long, value_name = "TOKENS", help_heading = "Law")]
    pub unique_tokens: Option<Count>,
    /// Experts of a layer, one of which a token meets
    #[arg(long, value_name = "EXPERTS", help_heading = "Law")]
    pub experts: Option<Count>,
    /// Parts that an expert is cut into
    #[arg(long, value_name = "PARTS", help_heading = "Law")]
    pub granularity: Option<Count>,
    /// Tokens served over the model's lifetime: the smaller model that costs least to train and serve at the same loss
    #[arg(long, value_name = "TOKENS", help_heading = "Law")]
    pub inference_tokens: Option<Count>,
    /// Accelerators to train on: 64xh100, 8x8xh100, a description in my-chip.toml; for hours, time and money
    #[arg(long, value_name = "HARDWARE", help_heading = "Hardware")]
    pub on: Option<String>,
    /// Accelerators to serve on; those to train on if not given
    #[arg(long, value_name = "HARDWARE", help_heading = "Hardware")]
    pub serve_on: Option<String>,
    /// Tokens of a training sequence; 4096 if not given
    #[arg(long, value_name = "TOKENS", help_heading = "Hardware")]
    pub sequence: Option<Count>,
    /// Format of matrix products in training: bf16, fp16, fp8, mxfp8, nvfp4 or fp32
    #[arg(long, value_name = "FORMAT", help_heading = "Hardware")]
    pub precision: Option<String>,
    /// The load that is served.
    #[command(flatten)]
    #[serde(flatten)]
    pub load: LoadRequest,
    /// What an hour costs.
    #[command(flatten)]
    #[serde(flatten)]
    pub prices: PriceRequest,
}

impl Question for ScaleRequest {
    const NAME: &'static str = "scale";
    const ABOUT: &'static str =
        "Scaling laws: the best model and tokens of a budget, its loss, and what else costs as much";
    const NOTES: &'static str = "Losses of two laws are not comparable: each counts in nats per token of its own text.\n\
        slipstick methods show NAME tells a law's formulas, constants, range and known faults.";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick scale --flops 5.76e23",
        "slipstick scale --usd $5M --on 64x8xh100",
        "slipstick scale --gpu-hours 100k --on 8xh100 --law chinchilla-3",
        "slipstick scale --parameters 8b --tokens 15T",
        "slipstick scale --model llama-3.1-70b --tokens 15T --on 256x8xh100",
        "slipstick scale --loss 2.0 --inference-tokens 10T --on 8xh100",
        "slipstick scale --flops 1e22 --unique-tokens 25B",
        "slipstick scale --flops 1e24 --experts 16 --json | jq .laws",
    ];
    const DRAWN: bool = true;
    const RARE: &'static [&'static str] = &["region", "shared_prefix", "arrival", "utilisation"];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::ScaleReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::scale(self, catalog, world).map(Output::from)
    }
}
