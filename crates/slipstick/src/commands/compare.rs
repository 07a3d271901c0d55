//! `slipstick compare`.

use clap::Args;
use slipstick_api::{
    ApiError,
    commands::{Named, compare_scenarios},
    request::{CompareRequest, DeploymentRequest, EstimateRequest, Request},
};

use super::deployment::{LoadArgs, PriceArgs, count};
use crate::{Session, asked::Asked, scenario};

const EXAMPLES: &str = "\
Examples:
  slipstick compare llama-3.1-8b --on h100,l40s,rtx-4090 --concurrency 16
  slipstick compare llama-3.1-70b --on 4xh100,8xa100-80gb --quant bf16,fp8 --sort usd_per_million_output_tokens
  slipstick compare llama-3.1-8b,qwen3-8b --on h100 --engine vllm --engines vllm,sglang --sort ttft
  slipstick compare llama-3.1-8b --on h100 --clouds all --sort usd_per_million_output_tokens
  slipstick compare mine.toml other.toml --svg both.svg";

/// Arguments of `slipstick compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArgs {
    /// Models, separated by commas or spaces; or scenario files, all of them .toml
    #[arg(value_name = "MODEL", required = true, value_delimiter = ',')]
    pub models: Vec<String>,
    /// Accelerators with counts, separated by commas
    #[arg(long, value_name = "HARDWARE", value_delimiter = ',')]
    pub on: Vec<String>,
    /// Engines, separated by commas
    #[arg(long, value_name = "ENGINE", value_delimiter = ',')]
    pub engines: Vec<String>,
    /// Weight formats, separated by commas
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub quant: Vec<String>,
    /// Cache formats, separated by commas
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub kv_dtype: Vec<String>,
    /// Clouds, separated by commas; all for every one that offers the hardware
    #[arg(long, value_name = "CLOUD", value_delimiter = ',', conflicts_with = "cloud")]
    pub clouds: Vec<String>,
    /// The column to sort by, such as ttft or usd_per_million_output_tokens
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// The load.
    #[command(flatten)]
    pub load: LoadArgs,
    /// What it costs.
    #[command(flatten)]
    pub prices: PriceArgs,
}

pub(super) fn ask(args: &CompareArgs, session: &Session) -> Result<Asked, ApiError> {
    if args.on.is_empty() {
        return scenarios(args, session);
    }
    let deployment =
        DeploymentRequest { engine: session.global.engine.clone(), ..DeploymentRequest::default() };
    let request = CompareRequest {
        base: EstimateRequest {
            deployment,
            input: count("--input", args.load.input.as_deref())?,
            output: count("--output", args.load.output.as_deref())?,
            concurrency: count("--concurrency", args.load.concurrency.as_deref())?,
            prices: args.prices.request()?,
        },
        models: args.models.clone(),
        on: args.on.clone(),
        engines: args.engines.clone(),
        quants: args.quant.clone(),
        kv_dtypes: args.kv_dtype.clone(),
        clouds: args.clouds.clone(),
        sort: args.sort.clone(),
    };
    Asked::ask(Request::Compare(Box::new(request)), session)
}

/// Scenario files name their hardware themselves.
fn scenarios(args: &CompareArgs, session: &Session) -> Result<Asked, ApiError> {
    let is_file =
        |name: &String| std::path::Path::new(name).extension().is_some_and(|ending| ending == "toml");
    if !args.models.iter().all(is_file) {
        return Err(ApiError::input("usage.missing_argument", "no hardware is given")
            .at("--on")
            .help("say where, such as --on h100,l40s; or give scenario files, as --save writes them"));
    }
    let mut all = Vec::with_capacity(args.models.len());
    for path in &args.models {
        let stem = std::path::Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = stem.unwrap_or_else(|| path.clone());
        all.push(Named { name, request: scenario::read(path, session)? });
    }
    compare_scenarios(&all, &session.catalog()?, &session.world).map(Asked::from)
}
