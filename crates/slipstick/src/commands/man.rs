//! `slipstick man`.

use clap::Args;
use slipstick_api::ApiError;

use crate::{cli, show};

const EXAMPLES: &str = "\
Examples:
  slipstick man | man -l -
  slipstick man model > slipstick-model.1";

/// Arguments of `slipstick man`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ManArgs {
    /// A command with a page of its own; the whole program if not given
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

/// Prints the page.
pub(crate) fn run(args: &ManArgs) -> Result<u8, ApiError> {
    let mut whole = cli::command();
    whole.build();
    let page = match &args.command {
        None => whole,
        Some(name) => {
            let known: Vec<&str> = whole.get_subcommands().map(clap::Command::get_name).collect();
            let unknown =
                || ApiError::unknown("man.unknown", "command", name, known.iter().copied()).at("COMMAND");
            whole.find_subcommand(name).cloned().ok_or_else(unknown)?
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|error| ApiError::internal("man.render", format!("the page could not be made: {error}")))?;
    show::write(&text)?;
    Ok(0)
}
