//! `slipstick memory`.

use clap::Args;
use slipstick_api::{
    ApiError,
    request::{MemoryRequest, Request},
};

use super::deployment::{DeploymentArgs, count};
use crate::{Session, asked::Asked};

const EXAMPLES: &str = "\
Examples:
  slipstick memory llama-3.1-8b --on h100 --context 32k --concurrency 16
  slipstick memory ./config.json --on rtx-4090 --engine llama.cpp --quant q4_k_m
  slipstick memory deepseek-v3 --on 8xh200 --kv-dtype fp8 --json
  slipstick memory llama-3.1-70b --on 2xa100-80gb || echo 'does not fit'";

/// Arguments of `slipstick memory`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MemoryArgs {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// What is deployed, and how.
    #[command(flatten)]
    pub deployment: DeploymentArgs,
    /// Tokens a sequence may reach, such as 32k
    #[arg(long, value_name = "TOKENS")]
    pub context: Option<String>,
    /// Sequences at once
    #[arg(long, value_name = "SEQUENCES")]
    pub concurrency: Option<String>,
}

pub(super) fn ask(args: &MemoryArgs, session: &Session) -> Result<Asked, ApiError> {
    let request = MemoryRequest {
        deployment: args.deployment.request(&args.model, session)?,
        context: count("--context", args.context.as_deref())?,
        concurrency: count("--concurrency", args.concurrency.as_deref())?,
    };
    Asked::ask(Request::Memory(Box::new(request)), session)
}
