//! `slipstick completions`.

use clap::Args;
use clap_complete::Shell;
use slipstick_api::ApiError;

use crate::{cli, show};

const EXAMPLES: &str = "\
Examples:
  slipstick completions bash > ~/.local/share/bash-completion/completions/slipstick
  slipstick completions zsh > ~/.zfunc/_slipstick
  slipstick completions fish > ~/.config/fish/completions/slipstick.fish";

/// Arguments of `slipstick completions`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the completions.
pub(crate) fn run(args: &CompletionsArgs) -> Result<u8, ApiError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "slipstick", &mut script);
    show::write(&script)?;
    Ok(0)
}
