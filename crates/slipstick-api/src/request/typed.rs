//! Requests as a person types them: every command with its flags, for command lines.

use std::ffi::OsString;

use clap::ArgMatches;

use super::{Request, brief, refused, spellings};
use crate::{
    ApiError,
    commands::{COMMANDS, GROUPS},
    registry::Command,
};

/// Every command that answers a question, as subcommands of a command line. Only those whose words are all `named` take
/// their flags: who asks one question need not wait for the flags of all others.
pub fn subcommands(named: &dyn Fn(&str) -> bool) -> Vec<clap::Command> {
    let mut found: Vec<clap::Command> = Vec::new();
    for command in COMMANDS {
        let Some((first, leaf)) = command.name.split_once(' ') else {
            found.push(subcommand(command, command.name, named(command.name)));
            continue;
        };
        let leaf = subcommand(command, leaf, named(first) && named(leaf));
        match found.iter_mut().find(|known| known.get_name() == first) {
            // A command with another one below it is either of them at a time.
            Some(parent) => {
                let both = COMMANDS.iter().any(|command| command.name == first);
                *parent = core::mem::take(parent).subcommand(leaf).args_conflicts_with_subcommands(both);
            }
            None => found.push(group(first).subcommand(leaf)),
        }
    }
    found
}

fn subcommand(command: &Command, name: &'static str, is_named: bool) -> clap::Command {
    let listed = clap::Command::new(name);
    if !is_named {
        return listed.about(command.about);
    }
    let space = if command.notes.is_empty() { "" } else { "\n\n" };
    let examples = shown(command.examples.iter().copied());
    let few = shown(command.examples.iter().copied().take(brief::EXAMPLES));
    brief::with_brief_help(spellings::with_other_names(command.with_arguments(listed)))
        .about(command.about)
        .after_help(few)
        .after_long_help(format!("{}{space}{examples}", command.notes))
}

fn shown(examples: impl Iterator<Item = &'static str>) -> String {
    examples.fold("Examples:".to_owned(), |text, example| text + "\n  " + example)
}

/// A word that is no command itself.
fn group(name: &'static str) -> clap::Command {
    let about = GROUPS.iter().find(|(known, _)| *known == name).map_or("", |(_, about)| about);
    let examples = COMMANDS.iter().filter(|command| command.name.starts_with(&format!("{name} ")));
    clap::Command::new(name)
        .about(about)
        .after_help(shown(examples.filter_map(|command| command.examples.first().copied())))
        .subcommand_required(true)
        .arg_required_else_help(true)
}

impl Request {
    /// The question that was typed, if a question it is: `matches` are those of the whole command line.
    ///
    /// # Errors
    /// If an argument is missing.
    pub fn typed(matches: &ArgMatches) -> Result<Option<Self>, clap::Error> {
        let mut name = String::new();
        let mut at = matches;
        while let Some((word, below)) = at.subcommand() {
            name = if name.is_empty() { word.to_owned() } else { format!("{name} {word}") };
            at = below;
        }
        Command::named(&name).map(|command| command.typed(at)).transpose()
    }

    /// Reads a command line without the program's name, such as `["memory", "llama-3.1-8b", "--on", "h100"]`.
    ///
    /// # Errors
    /// If it is no question of this program.
    ///
    /// ```
    /// # use slipstick_api::request::Request;
    /// let request = Request::from_words(["memory", "llama-3.1-8b", "--on", "h100", "--context", "32k"]).unwrap();
    /// assert_eq!(request.to_toml().unwrap(), "[memory]\nmodel = \"llama-3.1-8b\"\non = \"h100\"\ncontext = \"32000\"\n");
    /// let error = Request::from_words(["memory", "llama-3.1-8b", "--on", "h100", "--context", "long"]).unwrap_err();
    /// assert_eq!((error.code, error.at.as_deref()), ("number.invalid", Some("--context")));
    /// ```
    pub fn from_words<W: Into<OsString> + Clone>(
        words: impl IntoIterator<Item = W>,
    ) -> Result<Self, ApiError> {
        let mut whole =
            clap::Command::new("slipstick").no_binary_name(true).subcommands(subcommands(&|_| true));
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        let read = whole.try_get_matches_from_mut(&words).and_then(|matches| Self::typed(&matches));
        let request = read.map_err(|error| refused(&error, &whole, &words))?;
        request.ok_or_else(|| {
            ApiError::input("usage.missing_argument", "a command is missing")
                .help("begin with one, such as estimate or memory; slipstick --help lists them")
        })
    }
}
