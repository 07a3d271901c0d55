//! `slipstick validate`.

use clap::Args;
use slipstick_api::{ApiError, Output, commands, request::ValidateRequest};

use crate::Session;

const EXAMPLES: &str = "\
Examples:
  slipstick validate --data measured_inference.csv --configs ./configs
  slipstick validate --data measured_memory.csv --configs ./configs --json | jq .summary
  slipstick validate --data runs.csv --configs ./configs --regime agg_unsaturated --engine vllm";

/// Arguments of `slipstick validate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ValidateArgs {
    /// A table of measurements: its columns tell memory from inference
    #[arg(long, value_name = "CSV")]
    pub data: String,
    /// A directory with the configurations that the table names; may be repeated
    #[arg(long, value_name = "DIR")]
    pub configs: Vec<String>,
    /// Only rows of this regime
    #[arg(long, value_name = "REGIME")]
    pub regime: Option<String>,
    /// Only rows with this accelerator, by its id
    #[arg(long, value_name = "ID")]
    pub gpu: Option<String>,
}

pub(super) fn answer(args: &ValidateArgs, session: &Session) -> Result<Output, ApiError> {
    let request = ValidateRequest {
        data: args.data.clone(),
        configs: args.configs.clone(),
        regime: args.regime.clone(),
        engine: session.global.engine.clone(),
        gpu: args.gpu.clone(),
    };
    commands::validate(&request, &session.catalog()?, &session.world)
}
