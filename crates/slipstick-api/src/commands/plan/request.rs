//! `slipstick plan`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;
use slipstick_core::units::Frequency;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{ArrivalRequest, Count, Duration, LoadRequest, Price, PriceRequest, Rate, Share, needs, text},
};

/// Which deployment meets a target best?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PlanRequest {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL", help_heading = None)]
    pub model: String,
    /// Prompt tokens of a request, such as 4k
    #[arg(long, value_name = "TOKENS", help_heading = "Load")]
    pub input: Option<Count>,
    /// Output tokens of a request
    #[arg(long, value_name = "TOKENS", help_heading = "Load")]
    pub output: Option<Count>,
    /// Requests that arrive, such as 500/min or 2/s
    #[arg(long, value_name = "RATE", help_heading = "Load")]
    pub rate: Option<Rate>,
    /// Requests in flight at once, over all replicas
    #[arg(long, value_name = "REQUESTS", help_heading = "Load")]
    pub concurrency: Option<Count>,
    /// The slowest acceptable mean time to the first token, such as 1s
    #[arg(long, value_name = "TIME", help_heading = "Targets")]
    pub ttft: Option<Duration>,
    /// The slowest acceptable mean time per output token, such as 40ms
    #[arg(long, value_name = "TIME", help_heading = "Targets")]
    pub tpot: Option<Duration>,
    /// The slowest acceptable mean time to the last token
    #[arg(long, value_name = "TIME", help_heading = "Targets")]
    pub e2e: Option<Duration>,
    /// 0.9 asks that the ends of the 80 % bands meet the targets, 0.5 that the estimates do; 0.5 if not given
    #[arg(long, value_name = "SHARE", help_heading = "Targets")]
    pub confidence: Option<Share>,
    /// What is best: usd-per-hour, usd-per-token, accelerators, tokens-per-accelerator, latency; dollars an hour under a load, else dollars a token
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    pub objective: Option<String>,
    /// Only these accelerators, separated by commas; with a count, as in 8xh100, only so many a replica
    #[arg(long, value_name = "HARDWARE", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub on: Vec<String>,
    /// Without these accelerators
    #[arg(long, value_name = "HARDWARE", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub exclude: Vec<String>,
    /// Engines to try, separated by commas; the usual one of each hardware if not given
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub engines: Vec<String>,
    /// Weight formats to try, separated by commas; the checkpoint's own and fp8 if not given
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub quant: Vec<String>,
    /// The cache's format
    #[arg(long, value_name = "FORMAT", help_heading = "Supply")]
    pub kv_dtype: Option<String>,
    /// Accelerators in all, at most
    #[arg(long, value_name = "COUNT", help_heading = "Supply")]
    pub max_gpus: Option<Count>,
    /// Dollars an hour in all, at most, such as '$50/h'
    #[arg(long, value_name = "PRICE", help_heading = "Supply")]
    pub budget: Option<Price>,
    /// Only offers of this cloud
    #[arg(long, value_name = "CLOUD", help_heading = "Supply")]
    pub cloud: Option<String>,
    /// Only offers in this region
    #[arg(long, value_name = "REGION", help_heading = "Supply")]
    pub region: Option<String>,
    /// on-demand, spot, 1y or 3y
    #[arg(long, value_name = "TERM", help_heading = "Supply")]
    pub term: Option<String>,
    /// Share of full load that replicas are planned for under a rate; 0.8 if not given
    #[arg(long, value_name = "SHARE", help_heading = "Supply")]
    pub planned: Option<Share>,
    /// Replicas beside those that the load takes, for failures
    #[arg(long, value_name = "COUNT", help_heading = "Supply")]
    pub spare: Option<Count>,
    /// How many to show; 5 if not given
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<Count>,
}

needs!(PlanRequest: model);

impl PlanRequest {
    /// What a replica costs that is so much of the time under its load.
    pub(super) fn prices(&self, utilisation: Option<f64>) -> PriceRequest {
        PriceRequest {
            price: None,
            cloud: self.cloud.clone(),
            region: self.region.clone(),
            term: self.term.clone(),
            utilisation,
        }
    }

    /// Requests of the load, as one of them is described.
    pub(super) fn shape(&self) -> LoadRequest {
        let shape = LoadRequest { input: self.input, output: self.output, ..LoadRequest::default() };
        self.rate.map_or_else(|| in_flight(&shape, 1), |rate| arriving(&shape, rate.0))
    }

    /// What each replica of a plan is asked: its share of the rate, or so many requests in flight.
    pub(super) fn load(&self, in_flight: u64, needed: f64) -> LoadRequest {
        let shape = self.shape();
        self.rate.map_or_else(|| self::in_flight(&shape, in_flight), |rate| arriving(&shape, rate.0 / needed))
    }
}

fn in_flight(shape: &LoadRequest, concurrency: u64) -> LoadRequest {
    LoadRequest { concurrency: Some(Count(concurrency)), ..shape.clone() }
}

fn arriving(shape: &LoadRequest, rate: Frequency) -> LoadRequest {
    let arrival = ArrivalRequest { rate: Some(Rate(rate)), ..ArrivalRequest::default() };
    LoadRequest { arrival, ..shape.clone() }
}

impl Question for PlanRequest {
    const NAME: &'static str = "plan";
    const ABOUT: &'static str =
        "Find the best deployment for a load and its targets, over all hardware that is offered";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick plan llama-3.1-8b --input 2000 --output 500 --rate 500/min --ttft 1s --tpot 40ms",
        "slipstick plan llama-3.3-70b --concurrency 256 --tpot 30ms --quant fp8 --on h100,h200,b200 --spare 1",
        "slipstick plan gpt-oss-120b --objective tokens-per-accelerator --tpot 20ms",
        "slipstick plan qwen3-32b --rate 20/s --tpot 50ms --confidence 0.9 --budget '$100/h' --json",
    ];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::PlanReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::plan(self, catalog, world).map(Output::from)
    }
}
