//! `slipstick completions`.

use std::collections::BTreeSet;

use clap::{Args, builder::PossibleValuesParser};
use clap_complete::Shell;
use slipstick_api::{ApiError, Catalog};

use crate::{Session, cli, show};

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
pub(crate) fn run(args: &CompletionsArgs, session: &Session) -> Result<u8, ApiError> {
    let names = Names::of(&session.catalog()?);
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut names.offered(cli::command()), "slipstick", &mut script);
    show::write(&script)?;
    Ok(0)
}

/// Names that a value may be, by the word that stands for it in the help.
struct Names(Vec<(&'static str, BTreeSet<String>)>);

impl Names {
    fn of(catalog: &Catalog) -> Self {
        let own = |names: Vec<String>| names.into_iter().collect::<BTreeSet<String>>();
        let hardware = own(catalog.accelerators().iter().map(|entry| entry.accelerator.id.clone()).collect());
        let models = own(catalog.models().iter().map(|entry| entry.id.clone()).collect());
        let engines = own(catalog.engines().iter().map(|entry| entry.id.clone()).collect());
        let clouds = own(catalog.offers().iter().map(|offer| offer.cloud.to_string()).collect());
        let formats = own(catalog.quant_names().into_iter().map(str::to_lowercase).collect());
        Self(vec![
            ("HARDWARE", hardware),
            ("MODEL", models),
            ("NAME[@VERSION]", engines),
            ("CLOUD", clouds),
            ("FORMAT", formats),
            ("TERM", ["on-demand", "spot", "1y", "3y"].map(str::to_owned).into()),
        ])
    }

    /// The command line with these names as what a shell offers; nothing is read with it.
    fn offered(&self, command: clap::Command) -> clap::Command {
        let command = command.mut_args(|flag| {
            let stands = flag.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
            let known = self.0.iter().find(|(word, _)| stands.as_deref() == Some(*word));
            match known {
                Some((_, names)) if flag.get_possible_values().is_empty() => {
                    flag.value_parser(PossibleValuesParser::new(names.iter().cloned()))
                }
                _ => flag,
            }
        });
        command.mut_subcommands(|below| self.offered(below))
    }
}
