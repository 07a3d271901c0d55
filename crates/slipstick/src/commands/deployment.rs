//! Arguments of every command about a deployment.

use clap::Args;
use slipstick_api::{
    ApiError,
    request::{Count, DeploymentRequest, PriceRequest, parse_at},
};

use crate::Session;

/// What is deployed, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Deployment")]
pub struct DeploymentArgs {
    /// Accelerators: h100, h100:8, 2x8xh200, a description in my-chip.toml, or auto for this machine
    #[arg(long, value_name = "HARDWARE")]
    pub on: String,
    /// Tensor-parallel ranks; as many as a node's accelerators and the heads allow if not given
    #[arg(long, value_name = "RANKS")]
    pub tp: Option<String>,
    /// Pipeline stages
    #[arg(long, value_name = "STAGES")]
    pub pp: Option<String>,
    /// Expert-parallel groups
    #[arg(long, value_name = "GROUPS")]
    pub ep: Option<String>,
    /// Data-parallel ranks
    #[arg(long, value_name = "RANKS")]
    pub dp: Option<String>,
    /// The weights' format, such as fp8, awq, nvfp4, q4_k_m; the checkpoint's own if not given
    #[arg(long, value_name = "FORMAT")]
    pub quant: Option<String>,
    /// The cache's format: bf16, fp8, q8_0 and so on
    #[arg(long, value_name = "FORMAT")]
    pub kv_dtype: Option<String>,
    /// Share of the memory the engine may take, such as 0.9
    #[arg(long, value_name = "SHARE")]
    pub memory_fraction: Option<f64>,
    /// Sequences the engine runs at once, at most
    #[arg(long, value_name = "COUNT")]
    pub max_sequences: Option<String>,
    /// Tokens the engine puts into one step, at most
    #[arg(long, value_name = "TOKENS")]
    pub max_batched_tokens: Option<String>,
    /// Read an architecture that is not known as a plain decoder, every number marked as assumed
    #[arg(long)]
    pub allow_unknown: bool,
}

/// Reads a count that may be absent.
pub(super) fn count(flag: &str, text: Option<&str>) -> Result<Option<Count>, ApiError> {
    text.map(|text| parse_at(flag, text)).transpose()
}

impl DeploymentArgs {
    /// The request for `model`.
    pub(super) fn request(&self, model: &str, session: &Session) -> Result<DeploymentRequest, ApiError> {
        Ok(DeploymentRequest {
            model: model.to_owned(),
            on: self.on.clone(),
            engine: session.global.engine.clone(),
            tp: count("--tp", self.tp.as_deref())?,
            pp: count("--pp", self.pp.as_deref())?,
            ep: count("--ep", self.ep.as_deref())?,
            dp: count("--dp", self.dp.as_deref())?,
            quant: self.quant.clone(),
            kv_dtype: self.kv_dtype.clone(),
            memory_fraction: self.memory_fraction,
            max_sequences: count("--max-sequences", self.max_sequences.as_deref())?,
            max_batched_tokens: count("--max-batched-tokens", self.max_batched_tokens.as_deref())?,
            allow_unknown: self.allow_unknown,
        })
    }
}

/// What it costs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Price")]
pub struct PriceArgs {
    /// Price of the whole deployment, such as '$2.50/h'; the cheapest offer of the catalogue if not given
    #[arg(long, value_name = "PRICE")]
    pub price: Option<String>,
    /// Only offers of this cloud
    #[arg(long, value_name = "CLOUD")]
    pub cloud: Option<String>,
    /// Only offers in this region
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// on-demand, spot, 1yr or 3yr
    #[arg(long, value_name = "TERM")]
    pub term: Option<String>,
    /// Share of the time under this load, such as 0.4; 1 if not given
    #[arg(long, value_name = "SHARE")]
    pub utilisation: Option<f64>,
}

impl PriceArgs {
    pub(super) fn request(&self) -> Result<PriceRequest, ApiError> {
        Ok(PriceRequest {
            price: self.price.as_deref().map(|text| parse_at("--price", text)).transpose()?,
            cloud: self.cloud.clone(),
            region: self.region.clone(),
            term: self.term.clone(),
            utilisation: self.utilisation,
        })
    }
}

/// The load.
#[derive(Debug, Args)]
#[command(next_help_heading = "Load")]
pub struct LoadArgs {
    /// Prompt tokens of a request, such as 1k
    #[arg(long, value_name = "TOKENS")]
    pub input: Option<String>,
    /// Output tokens of a request
    #[arg(long, value_name = "TOKENS")]
    pub output: Option<String>,
    /// Requests in flight
    #[arg(long, value_name = "REQUESTS")]
    pub concurrency: Option<String>,
}
