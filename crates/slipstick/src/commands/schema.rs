//! `slipstick schema`.

use clap::Args;
use slipstick_api::{ApiError, commands};

use crate::{Session, show};

const EXAMPLES: &str = "\
Examples:
  slipstick schema
  slipstick schema model
  slipstick schema methods eval > eval.schema.json";

/// Arguments of `slipstick schema`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArgs {
    /// The command; every kind of document is listed if not given
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Prints the schema of a command's documents, or lists them.
pub(crate) fn run(args: &SchemaArgs, session: &Session) -> Result<u8, ApiError> {
    if args.command.is_empty() {
        return show::output(&commands::schemas().into(), session);
    }
    show::json(&commands::schema(&args.command.join(" "))?)?;
    Ok(0)
}
