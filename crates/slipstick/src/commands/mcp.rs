//! `slipstick mcp`.

use clap::Args;
use slipstick_api::{ApiError, World as _};
use slipstick_server::mcp::{self, Settings};

use crate::{Session, crash};

const EXAMPLES: &str = "\
Examples:
  slipstick mcp
  slipstick mcp --tools estimate,memory,plan,models,gpus
  slipstick mcp --allow-files --allow-network

A client starts it itself. Most are told so with this entry:
  {\"mcpServers\": {\"slipstick\": {\"command\": \"slipstick\", \"args\": [\"mcp\"]}}}";

/// Arguments of `slipstick mcp`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct McpArgs {
    /// Offer these tools alone; all if not given
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub tools: Vec<String>,
    /// Let the agent name files of this machine, to read and to write
    #[arg(long)]
    pub allow_files: bool,
    /// Let the agent name models of the hub by org/name, and addresses if it may name files too
    #[arg(long)]
    pub allow_network: bool,
}

/// Serves until the input ends.
pub(crate) fn run(args: &McpArgs, session: &Session) -> Result<u8, ApiError> {
    crash::go_on();
    mcp::serve(Settings {
        files: args.allow_files,
        network: args.allow_network && !session.global.offline,
        catalogs: session.global.catalog.clone(),
        overlays: session.world.overlays()?,
        today: session.global.today,
        tools: args.tools.clone(),
    })?;
    Ok(0)
}
