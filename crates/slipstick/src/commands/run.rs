//! `slipstick run`.

use clap::Args;
use slipstick_api::ApiError;

use crate::{Session, asked::Asked, scenario};

const EXAMPLES: &str = "\
Examples:
  slipstick estimate llama-3.1-8b --on h100 --concurrency 32 --save chat.toml
  slipstick run chat.toml
  slipstick run chat.toml --json";

/// Arguments of `slipstick run`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    /// A scenario file, as --save writes it
    #[arg(value_name = "FILE")]
    pub file: String,
}

pub(super) fn ask(args: &RunArgs, session: &Session) -> Result<Asked, ApiError> {
    Asked::ask(scenario::read(&args.file, session)?, session)
}
