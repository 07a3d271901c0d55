//! Every question of the registry as a subcommand.

use clap::{ArgMatches, FromArgMatches, Subcommand, error::ErrorKind};
use slipstick_api::{commands::COMMANDS, request::Request};

/// A question that was typed, and whose numbers can therefore be explained.
#[derive(Debug)]
pub struct TypedQuestion(pub Request);

impl FromArgMatches for TypedQuestion {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let typed = Request::typed(matches)?;
        typed.map(Self).ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for TypedQuestion {
    /// Whoever assembles the command line adds those that it needs.
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        command
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        COMMANDS.iter().any(|command| command.name.split(' ').next() == Some(name))
    }
}
