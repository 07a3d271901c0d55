//! `slipstick estimate`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{ArrivalRequest, Count, DeploymentRequest, LoadRequest, PoolsRequest, PriceRequest},
};

/// How fast, how many, at what cost?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EstimateRequest {
    /// What is deployed.
    #[command(flatten)]
    #[serde(flatten)]
    pub deployment: DeploymentRequest,
    /// In which pools, if in separate ones.
    #[command(flatten)]
    #[serde(flatten)]
    pub pools: PoolsRequest,
    /// Under which load.
    #[command(flatten)]
    #[serde(flatten)]
    pub load: LoadRequest,
    /// What it costs.
    #[command(flatten)]
    #[serde(flatten)]
    pub prices: PriceRequest,
}

impl EstimateRequest {
    /// A model on accelerators, with all else left to its default.
    pub fn new(model: impl Into<String>, on: impl Into<String>) -> Self {
        Self { deployment: DeploymentRequest::new(model, on), ..Self::default() }
    }

    /// The same with so many requests in flight.
    pub(crate) fn with_concurrency(&self, count: Count) -> Self {
        let mut load = LoadRequest { concurrency: Some(count), ..self.load.clone() };
        if load.arrival.is_open() {
            load.arrival = ArrivalRequest::default();
        }
        Self { load, ..self.clone() }
    }
}

impl Question for EstimateRequest {
    const NAME: &'static str = "estimate";
    const ABOUT: &'static str = "Estimate latency, throughput, cost and energy of a deployment under a load";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick estimate llama-3.1-8b --on h100 --input 1k --output 256 --concurrency 32",
        "slipstick estimate ./config.json --on 8xh200 --quant fp8 --tp 4 --dp 2 --concurrency 256",
        "slipstick estimate qwen3-30b-a3b --on rtx-4090 --quant awq --price '$0.40/h'",
        "slipstick estimate llama-3.1-8b --on h100 --input 1k --output 256 --rate 5/s",
        "slipstick estimate llama-3.1-70b --on 8xh100 --quant fp8 --prefill 2xtp2 --decode 1xtp4 --input 8k --concurrency 64",
        "slipstick estimate llama-3.1-8b --on h100 --json | jq .latency.tpot_s",
    ];
    const DRAWN: bool = true;
    const RARE: &'static [&'static str] = &["region", "shared_prefix"];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::EstimateReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::estimate(self, catalog, world).map(Output::from)
    }
}
