//! `slipstick explain`.

use clap::Args;
use slipstick_api::ApiError;

use crate::{Session, asked::Asked, question::TypedQuestion, show};

const EXAMPLES: &str = "\
Examples:
  slipstick explain bytes_per_token model ./config.json
  slipstick explain parameters.active model ./config.json
  slipstick explain /work/decode_flops model ./config.json --context 32k --json";

/// Arguments of `slipstick explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// The number: its name in the JSON answer, with or without its path
    #[arg(value_name = "NUMBER")]
    pub number: String,
    /// The question whose answer holds it.
    #[command(subcommand)]
    pub question: TypedQuestion,
}

/// Shows one number of an answer, opened down to its facts.
pub(crate) fn run(args: &ExplainArgs, session: &Session) -> Result<u8, ApiError> {
    let output = Asked::ask(args.question.0.clone(), session)?.output;
    let provenance = output.provenance.clone().unwrap_or_default();
    let pointer = provenance.find(&args.number)?;
    if session.global.csv {
        return Err(ApiError::input("output.no_table", "an explanation is a tree and no table")
            .at("--csv")
            .help("leave it out, or ask for --json or --markdown"));
    }
    if session.global.json {
        show::json(&provenance.explain_json(&output.document(false), pointer))?;
    } else {
        show::view(provenance.explain(&output.document(false), pointer), session)?;
    }
    Ok(0)
}
