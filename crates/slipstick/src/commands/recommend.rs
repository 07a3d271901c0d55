//! `slipstick recommend`.

use clap::Args;
use slipstick_api::{
    ApiError,
    request::{RecommendRequest, Request, parse_at},
};

use super::deployment::{LoadArgs, PriceArgs, count};
use crate::{Session, asked::Asked};

const EXAMPLES: &str = "\
Examples:
  slipstick recommend --on rtx-4090
  slipstick recommend --on 8xh100 --concurrency 64 --tpot 50ms --ranking cost
  slipstick recommend --memory 24GiB --quant q4_k_m,q8_0 --engine llama.cpp
  slipstick recommend --on mac-studio-m3-ultra --like qwen --json
  slipstick recommend --on a100-80gb --ranking tokentally";

/// Arguments of `slipstick recommend`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RecommendArgs {
    /// Accelerators: h100, h100:8, 2x8xh200, or a description in my-chip.toml
    #[arg(long, value_name = "HARDWARE")]
    pub on: Option<String>,
    /// Only so much memory, such as 24GiB, where the hardware is not known
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Weight formats to try, separated by commas; the engine's usual ones if not given
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub quant: Vec<String>,
    /// The cache's format: bf16, fp8, q8_0 and so on
    #[arg(long, value_name = "FORMAT")]
    pub kv_dtype: Option<String>,
    /// The slowest acceptable time per output token, such as 50ms
    #[arg(long, value_name = "TIME")]
    pub tpot: Option<String>,
    /// The order: quality, speed, cost or tokentally
    #[arg(long, value_name = "NAME")]
    pub ranking: Option<String>,
    /// Only models with a name like this
    #[arg(long, value_name = "TEXT")]
    pub like: Option<String>,
    /// How many to show; 20 if not given
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<String>,
    /// The load.
    #[command(flatten)]
    pub load: LoadArgs,
    /// What it costs.
    #[command(flatten)]
    pub prices: PriceArgs,
}

pub(super) fn ask(args: &RecommendArgs, session: &Session) -> Result<Asked, ApiError> {
    let request = RecommendRequest {
        on: args.on.clone(),
        memory: args.memory.as_deref().map(|text| parse_at("--memory", text)).transpose()?,
        engine: session.global.engine.clone(),
        quants: args.quant.clone(),
        kv_dtype: args.kv_dtype.clone(),
        input: count("--input", args.load.input.as_deref())?,
        output: count("--output", args.load.output.as_deref())?,
        concurrency: count("--concurrency", args.load.concurrency.as_deref())?,
        tpot: args.tpot.as_deref().map(|text| parse_at("--tpot", text)).transpose()?,
        ranking: args.ranking.clone(),
        like: args.like.clone(),
        limit: count("--limit", args.limit.as_deref())?,
        prices: args.prices.request()?,
    };
    Asked::ask(Request::Recommend(Box::new(request)), session)
}
