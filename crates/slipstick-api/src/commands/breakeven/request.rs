//! `slipstick breakeven`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    commands::interruptions::Said,
    registry::Question,
    report::ReportKind,
    request::{
        CachedRequest, Count, DeploymentRequest, Duration, LoadRequest, Monthly, Price, PriceRequest, Rate,
        Share, needs, text,
    },
};

/// Does a deployment of one's own cost less than a price by the token?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct BreakevenRequest {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL", help_heading = None)]
    pub model: String,
    /// Accelerators of one replica: h100, h100:8 and so on; the cheapest of all that are offered if not given
    #[arg(long, value_name = "HARDWARE")]
    pub on: Option<String>,
    /// The serving engine, such as vllm or vllm@0.11
    #[arg(long, value_name = "NAME[@VERSION]")]
    pub engine: Option<String>,
    /// The weights' format, such as fp8 or awq; the checkpoint's own if not given
    #[arg(long, value_name = "FORMAT")]
    pub quant: Option<String>,
    /// The cache's format: bf16, fp8, q8_0 and so on
    #[arg(long, value_name = "FORMAT")]
    pub kv_dtype: Option<String>,
    /// Tensor-parallel ranks
    #[arg(long, value_name = "RANKS")]
    pub tp: Option<Count>,
    /// Pipeline stages
    #[arg(long, value_name = "STAGES")]
    pub pp: Option<Count>,
    /// Data-parallel ranks
    #[arg(long, value_name = "RANKS")]
    pub dp: Option<Count>,
    /// Expert-parallel groups
    #[arg(long, value_name = "GROUPS")]
    pub ep: Option<Count>,
    /// A use whose lengths and times are taken where none are given: chatbot, rag, code-completion, agents, summarisation or reasoning
    #[arg(long, value_name = "NAME", help_heading = "Load")]
    pub use_case: Option<String>,
    /// Prompt tokens of a request, such as 1k
    #[arg(long, value_name = "TOKENS", help_heading = "Load")]
    pub input: Option<Count>,
    /// Output tokens of a request
    #[arg(long, value_name = "TOKENS", help_heading = "Load")]
    pub output: Option<Count>,
    /// Requests in flight on a replica; the number that makes a token cheapest if not given
    #[arg(long, value_name = "REQUESTS", help_heading = "Load")]
    pub concurrency: Option<Count>,
    /// Requests that arrive, such as 500/min or 2/s: as many replicas as hold them; full load of one if not given
    #[arg(long, value_name = "RATE", help_heading = "Load")]
    pub rate: Option<Rate>,
    /// The load of each hour beside the busiest, whose rate --rate then is: business-hours, or a file with one number an hour
    #[arg(long, value_name = "NAME|FILE", help_heading = "Load")]
    pub profile: Option<String>,
    /// Replicas start and stop with the hours of --profile, down to --min-replicas, which may be 0
    #[arg(long, help_heading = "Load")]
    #[serde(default, deserialize_with = "text::switch")]
    pub follow: bool,
    /// Time until a replica that is started serves; by its weights and its engine's usual time if not given
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub start: Option<Duration>,
    /// The slowest acceptable time to the first token, such as 1s
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub ttft: Option<Duration>,
    /// The slowest acceptable time per output token, such as 50ms
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub tpot: Option<Duration>,
    /// Share of the input that is found in a cache: a provider prices it as such, and one's own engine does not read it again
    #[arg(long, value_name = "SHARE", help_heading = "Load")]
    pub prefix_hit: Option<Share>,
    /// Share of full load that replicas are planned for, the rest being for peaks; 0.8 if not given
    #[arg(long, value_name = "SHARE", help_heading = "Load")]
    pub planned: Option<Share>,
    /// The least number of replicas
    #[arg(long, value_name = "COUNT", help_heading = "Load")]
    pub min_replicas: Option<Count>,
    /// What runs beside it every month: people, storage, such as '$3000/month'
    #[arg(long, value_name = "SUM", help_heading = "Price")]
    pub beside: Option<Monthly>,
    /// Commit to as many replicas as it pays for: 1y or 3y; the others are paid as they are needed
    #[arg(long, value_name = "TERM", help_heading = "Price")]
    pub commit: Option<String>,
    /// The price of a replica that is committed to, such as '$2/h', in place of the offers of --commit
    #[arg(long, value_name = "PRICE", help_heading = "Price")]
    pub committed_price: Option<Price>,
    /// How often machines are taken away, such as 0.05/h, where they are spot
    #[arg(long, value_name = "RATE", help_heading = "Price")]
    pub interruptions: Option<Rate>,
    /// Time after an interruption until it serves again; 15 minutes if not given
    #[arg(long, value_name = "TIME", help_heading = "Price")]
    pub restart: Option<Duration>,
    /// Work that an interruption loses; none if not given
    #[arg(long, value_name = "TIME", help_heading = "Price")]
    pub lost: Option<Duration>,
    /// A price of a million tokens, input/output or input/cached/output, such as 0.60/1.80, beside the known ones
    #[arg(long, value_name = "PRICES", help_heading = "Price")]
    pub api_price: Option<String>,
    /// Only prices of this provider
    #[arg(long, value_name = "NAME", help_heading = "Price")]
    pub provider: Option<String>,
    /// Prices of batches, which wait for hours, where there are any
    #[arg(long, help_heading = "Price")]
    #[serde(default, deserialize_with = "text::switch")]
    pub batch_price: bool,
    /// What one's own costs.
    #[command(flatten)]
    #[serde(flatten)]
    pub prices: PriceRequest,
}

needs!(BreakevenRequest: model);

impl BreakevenRequest {
    /// The deployment on some hardware.
    pub(super) fn deployment(&self, on: &str) -> DeploymentRequest {
        DeploymentRequest {
            model: self.model.clone(),
            on: on.to_owned(),
            engine: self.engine.clone(),
            quant: self.quant.clone(),
            kv_dtype: self.kv_dtype.clone(),
            tp: self.tp,
            pp: self.pp,
            dp: self.dp,
            ep: self.ep,
            ..DeploymentRequest::default()
        }
    }

    /// What is said of machines that are taken away.
    pub(super) const fn interrupted(&self) -> Said {
        Said { rate: self.interruptions, restart: self.restart, lost: self.lost }
    }

    /// The load of a replica with so many requests in flight.
    pub(super) fn load(&self, concurrency: Count) -> LoadRequest {
        LoadRequest {
            use_case: self.use_case.clone(),
            input: self.input,
            output: self.output,
            concurrency: Some(concurrency),
            cached: CachedRequest { prefix_hit: self.prefix_hit, ..CachedRequest::default() },
            ..LoadRequest::default()
        }
    }
}

impl Question for BreakevenRequest {
    const NAME: &'static str = "breakeven";
    const ABOUT: &'static str = "Set a deployment of one's own against hosted prices by the token";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick breakeven gpt-oss-120b --input 4k --output 500",
        "slipstick breakeven llama-3.3-70b --on 4xh100 --quant fp8 --tpot 40ms --rate 500/min --beside '$3000/month'",
        "slipstick breakeven qwen3-32b --term spot --interruptions 0.05/h --restart 15min --lost 6min",
        "slipstick breakeven llama-3.3-70b --on 4xh100 --rate 500/min --profile business-hours --follow --min-replicas 0 --commit 1y",
        "slipstick breakeven ./config.json --on h100 --api-price 0.60/0.06/1.80 --prefix-hit 50%",
    ];
    const LONG: bool = true;
    const DRAWN: bool = true;
    const RARE: &'static [&'static str] =
        &["region", "pp", "ep", "start", "min_replicas", "planned", "restart", "lost", "batch_price"];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::BreakevenReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::breakeven(self, catalog, world).map(Output::from)
    }
}
