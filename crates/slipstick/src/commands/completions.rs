//! `slipstick completions`.

use std::collections::BTreeSet;

use clap::{Args, builder::PossibleValuesParser};
use clap_complete::Shell;
use slipstick_api::{
    ApiError, Catalog,
    commands::{
        gpus::names_of,
        words::{WordRow, words},
    },
    request::WordsRequest,
};

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
    let names = Names::of(&session.catalog()?)?;
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut names.offered(cli::command()), "slipstick", &mut script);
    show::write(&script)?;
    Ok(0)
}

/// What values may be.
struct Names {
    /// Names of things, by the word that stands for one in the help.
    things: Vec<(&'static str, BTreeSet<String>)>,
    /// Words of flags.
    words: Vec<WordRow>,
}

impl Names {
    fn of(catalog: &Catalog) -> Result<Self, ApiError> {
        let own = |names: Vec<String>| names.into_iter().collect::<BTreeSet<String>>();
        let hardware = catalog.accelerators().into_iter().flat_map(|entry| {
            // People type the short name, answers print the whole one.
            let short = names_of(entry).first().map(|name| name.to_lowercase());
            core::iter::once(entry.accelerator.id.clone()).chain(short)
        });
        let models = own(catalog.models().iter().map(|entry| entry.id.clone()).collect());
        let engines = own(catalog.engines().iter().map(|entry| entry.id.clone()).collect());
        let clouds = own(catalog.offers().iter().map(|offer| offer.cloud.to_string()).collect());
        let formats = own(catalog.quant_names().into_iter().map(str::to_lowercase).collect());
        let things = vec![
            ("HARDWARE", hardware.collect()),
            ("MODEL", models),
            ("NAME[@VERSION]", engines),
            ("CLOUD", clouds),
            ("FORMAT", formats),
        ];
        Ok(Self { things, words: words(&WordsRequest::default(), catalog)?.report.words })
    }

    /// What may stand behind a flag of a command.
    fn behind(&self, flag: &clap::Arg, command: &str) -> Vec<String> {
        let is_of =
            |row: &&WordRow| flag.get_long() == Some(row.flag) && row.command.is_none_or(|of| of == command);
        let words: Vec<String> = self.words.iter().filter(is_of).map(|row| row.word.clone()).collect();
        if !words.is_empty() {
            return words;
        }
        let stands = flag.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        let known = self.things.iter().find(|(word, _)| stands.as_deref() == Some(*word));
        known.map(|(_, names)| names.iter().cloned().collect()).unwrap_or_default()
    }

    /// The command line with these names as what a shell offers; nothing is read with it.
    fn offered(&self, command: clap::Command) -> clap::Command {
        let name = command.get_name().to_owned();
        let command = command.mut_args(|flag| {
            let offered = self.behind(&flag, &name);
            if offered.is_empty() || !flag.get_possible_values().is_empty() {
                flag
            } else {
                flag.value_parser(PossibleValuesParser::new(offered))
            }
        });
        command.mut_subcommands(|below| self.offered(below))
    }
}
