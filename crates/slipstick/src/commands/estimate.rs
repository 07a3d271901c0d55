//! `slipstick estimate`.

use clap::Args;
use slipstick_api::{
    ApiError,
    request::{EstimateRequest, Request},
};

use super::deployment::{DeploymentArgs, LoadArgs, PriceArgs, count};
use crate::{Session, asked::Asked};

const EXAMPLES: &str = "\
Examples:
  slipstick estimate llama-3.1-8b --on h100 --input 1k --output 256 --concurrency 32
  slipstick estimate ./config.json --on 8xh200 --quant fp8 --tp 4 --dp 2 --concurrency 256
  slipstick estimate qwen3-30b-a3b --on rtx-4090 --quant awq --price '$0.40/h'
  slipstick estimate llama-3.1-8b --on h100 --json | jq .latency.tpot_s";

/// Arguments of `slipstick estimate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EstimateArgs {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// What is deployed, and how.
    #[command(flatten)]
    pub deployment: DeploymentArgs,
    /// The load.
    #[command(flatten)]
    pub load: LoadArgs,
    /// What it costs.
    #[command(flatten)]
    pub prices: PriceArgs,
}

impl EstimateArgs {
    pub(super) fn request(&self, session: &Session) -> Result<EstimateRequest, ApiError> {
        Ok(EstimateRequest {
            deployment: self.deployment.request(&self.model, session)?,
            input: count("--input", self.load.input.as_deref())?,
            output: count("--output", self.load.output.as_deref())?,
            concurrency: count("--concurrency", self.load.concurrency.as_deref())?,
            prices: self.prices.request()?,
        })
    }
}

pub(super) fn ask(args: &EstimateArgs, session: &Session) -> Result<Asked, ApiError> {
    Asked::ask(Request::Estimate(Box::new(args.request(session)?)), session)
}
