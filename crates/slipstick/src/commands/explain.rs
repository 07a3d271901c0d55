//! `slipstick explain`.

use clap::Args;
use slipstick_api::{
    ApiError,
    provenance::{
        asked::{Explained, no_table},
        explainable,
    },
};

use crate::{Session, asked::Asked, question::TypedQuestion, show};

const EXAMPLES: &str = "\
Examples:
  slipstick explain bytes_per_token model ./config.json
  slipstick explain parameters.active model ./config.json
  slipstick explain --list estimate llama-3.1-8b --on h100
  slipstick explain /work/decode_flops model ./config.json --context 32k --json";

/// Arguments of `slipstick explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// The number: its name in the JSON answer, with or without its path
    #[arg(value_name = "NUMBER", required_unless_present = "list")]
    pub number: Option<String>,
    /// List the numbers that can be explained instead: those of an answer, or all
    #[arg(long, conflicts_with = "number")]
    pub list: bool,
    /// The question whose answer holds it.
    #[command(subcommand)]
    pub question: Option<TypedQuestion>,
}

/// Shows one number of an answer, opened down to its facts, or which there are.
pub(crate) fn run(args: &ExplainArgs, session: &Session) -> Result<u8, ApiError> {
    if session.global.csv {
        return Err(no_table("--csv"));
    }
    let Some(question) = &args.question else { return without_question(args, session) };
    let output = Asked::ask(question.0.clone(), session)?.output;
    let explained = Explained::of(output, args.number.clone());
    if session.global.json {
        show::json(&explained.document()?)?;
    } else {
        show::view(explained.view()?, session)?;
    }
    Ok(0)
}

fn without_question(args: &ExplainArgs, session: &Session) -> Result<u8, ApiError> {
    if !args.list {
        return Err(ApiError::input(
            "explain.no_command",
            "a number is explained in the answer of a command",
        )
        .at("COMMAND")
        .help(
            "name the command behind it, such as slipstick explain tpot_s estimate llama-3.1-8b --on h100",
        ));
    }
    if session.global.json {
        show::json(&explainable::document())?;
    } else {
        show::view(explainable::view(), session)?;
    }
    Ok(0)
}
