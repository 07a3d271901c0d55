//! `slipstick explain`.

use clap::Args;
use slipstick_api::{
    ApiError, Output, Provenance,
    provenance::{asked::explained, explainable},
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
        return Err(ApiError::input("output.no_table", "an explanation is a tree and no table")
            .at("--csv")
            .help("leave it out, or ask for --json or --markdown"));
    }
    let Some(question) = &args.question else { return without_question(args, session) };
    let output = Asked::ask(question.0.clone(), session)?.output;
    let provenance = output.provenance.clone().unwrap_or_default();
    match &args.number {
        Some(number) => one(&provenance, number, &output, session)?,
        None => list(&provenance, &output, session)?,
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

fn one(provenance: &Provenance, number: &str, output: &Output, session: &Session) -> Result<(), ApiError> {
    if session.global.json {
        return show::json(&explained(output, Some(number))?);
    }
    show::view(provenance.explain(&output.document(false), provenance.find(number)?), session)
}

fn list(provenance: &Provenance, output: &Output, session: &Session) -> Result<(), ApiError> {
    if session.global.json {
        return show::json(&explained(output, None)?);
    }
    show::view(provenance.list(&output.document(false)), session)
}
