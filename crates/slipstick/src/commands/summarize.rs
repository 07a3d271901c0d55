//! `slipstick summarize`.

use clap::Args;
use slipstick_api::{
    ApiError,
    request::{Request, SummarizeRequest, parse_at},
};

use super::deployment::count;
use crate::{Session, asked::Asked};

const EXAMPLES: &str = "\
Examples:
  slipstick summarize llama-3.1-8b --elapsed 12.5s --tokens 16384
  slipstick summarize llama-3.1-8b --elapsed 12.5s --tokens 16384 --batch 32 --input 32k --on h100
  slipstick summarize ./config.json --elapsed 90s --tokens 100k --batch 64 --on 8xh200 --quant fp8 --json";

/// Arguments of `slipstick summarize`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SummarizeArgs {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// How long the run took, such as 12.5s
    #[arg(long, value_name = "TIME")]
    pub elapsed: String,
    /// Tokens generated, of all sequences together
    #[arg(long, value_name = "TOKENS", visible_alias = "output")]
    pub tokens: String,
    /// Tokens of all prompts together, if reading them is part of the time; none if not given
    #[arg(long, value_name = "TOKENS")]
    pub input: Option<String>,
    /// Sequences that ran together; 1 if not given
    #[arg(long, value_name = "SEQUENCES")]
    pub batch: Option<String>,
    /// Where it ran, for MFU and MBU: h100, h100:8, 2x8xh200, my-chip.toml
    #[arg(long, value_name = "HARDWARE")]
    pub on: Option<String>,
    /// The weights' format; the checkpoint's own if not given
    #[arg(long, value_name = "FORMAT")]
    pub quant: Option<String>,
}

pub(super) fn ask(args: &SummarizeArgs, session: &Session) -> Result<Asked, ApiError> {
    let request = SummarizeRequest {
        model: args.model.clone(),
        elapsed: parse_at("--elapsed", &args.elapsed)?,
        tokens: parse_at("--tokens", &args.tokens)?,
        input: count("--input", args.input.as_deref())?,
        batch: count("--batch", args.batch.as_deref())?,
        on: args.on.clone(),
        quant: args.quant.clone(),
    };
    Asked::ask(Request::Summarize(request), session)
}
