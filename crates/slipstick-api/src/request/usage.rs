//! Mistakes in the words of a command line as refusals: a stable code, where, and what to type next.

use std::{error::Error as _, ffi::OsString};

use clap::{
    Arg,
    error::{ContextKind, ContextValue, ErrorKind},
};
use slipstick_core::{names, units::ParseError};

use super::spellings;
use crate::ApiError;

/// What stands for a model or accelerators in a line that lacks them.
const EXAMPLES: &[(&str, &str, &str)] = &[
    ("<MODEL>", "llama-3.1-8b", "slipstick models lists names"),
    ("--on <HARDWARE>", "--on h100", "slipstick gpus lists accelerators; this machine is --on auto"),
];

/// Flags by which lists are searched.
const LOOKED_UP_BY: &[&str] = &["model", "gpu", "like"];

/// The refusal of the `words` that a command line cannot be read for; `whole` is the command line that read them.
pub fn refused(error: &clap::Error, whole: &clap::Command, words: &[OsString]) -> ApiError {
    let places = places(error);
    let at = |refusal: ApiError| if places.is_empty() { refusal } else { refusal.at(places.join(", ")) };
    if let Some(wrong) = error.source().and_then(|source| source.downcast_ref::<ParseError>()) {
        let flag = places.first().and_then(|place| place.split(' ').next()).unwrap_or_default();
        return ApiError::from(wrong.clone()).at(flag.trim_matches(['<', '>', '[', ']']));
    }
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    if let Some(negative) = negative(error, whole, &words) {
        return negative;
    }
    let asked = Asked::of(whole, &words);
    match error.kind() {
        ErrorKind::UnknownArgument => at(asked.unknown_argument(places.first().map_or("", String::as_str))),
        ErrorKind::InvalidSubcommand => asked.unknown_command(error),
        ErrorKind::MissingRequiredArgument => at(asked.missing(&places)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ApiError::input("usage.missing_argument", "a command is missing").help(asked.commands())
        }
        ErrorKind::ValueValidation if error.source().is_some() => asked.value(error, &places),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => at(asked.other(error, "usage.invalid_value")),
        ErrorKind::ArgumentConflict => at(asked.other(error, "usage.conflict")),
        _ => at(asked.other(error, "usage.invalid")),
    }
}

/// The refusal of a value that begins with a minus, which the parser takes for a flag: `--tpot -5ms`.
fn negative(error: &clap::Error, whole: &clap::Command, words: &[&str]) -> Option<ApiError> {
    let is_number = |word: &str| {
        word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
    };
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let at = words.windows(2).position(|pair| pair[0].starts_with("--") && is_number(pair[1]))?;
    let (flag, value) = (words[at], words[at + 1]);
    let joined: Vec<OsString> = [&words[..at], &[&format!("{flag}={value}")], &words[at + 2..]]
        .concat()
        .into_iter()
        .map(OsString::from)
        .collect();
    let refusal = match whole.clone().try_get_matches_from(&joined) {
        Err(again) => refused(&again, whole, &joined),
        Ok(_) => ApiError::input("number.invalid", format!("{value:?} is negative"))
            .help("give it without the minus"),
    };
    Some(refusal.at(flag))
}

fn places(error: &clap::Error) -> Vec<String> {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(names)) => names.clone(),
        Some(ContextValue::String(name)) => vec![name.clone()],
        _ => Vec::new(),
    }
}

/// The command that words go to.
struct Asked<'a> {
    /// As it is typed: `slipstick methods compare`.
    name: String,
    whole: &'a clap::Command,
    command: &'a clap::Command,
    words: &'a [&'a str],
    /// What stands behind the command's own words.
    rest: &'a [&'a str],
}

impl<'a> Asked<'a> {
    fn of(whole: &'a clap::Command, words: &'a [&'a str]) -> Self {
        let (mut name, mut command, mut rest) = ("slipstick".to_owned(), whole, words);
        for (place, word) in words.iter().enumerate() {
            if let Some(below) = command.find_subcommand(word) {
                name = format!("{name} {word}");
                (command, rest) = (below, &words[place + 1..]);
            }
        }
        Self { name, whole, command, words, rest }
    }

    /// A flag that the command does not have, or a word too many.
    fn unknown_argument(&self, place: &str) -> ApiError {
        let code = "usage.unknown_flag";
        if !place.starts_with('-') {
            let refusal = ApiError::input(code, format!("{place:?} is one word too many for {}", self.name));
            return refusal.help(self.looked_up(place).unwrap_or_else(|| {
                format!("leave it out, or put quotes around words that belong together; {}", self.listed())
            }));
        }
        // Of `-ngl` only `-n` is named.
        let typed = self.words.iter().find(|word| word.starts_with(place)).copied().unwrap_or(place);
        let refusal = ApiError::input(code, format!("{} has no flag {place}", self.name));
        if let Some(advice) = spellings::instead(typed) {
            return refusal.help(advice);
        }
        let near = self.misspelt(&spellings::bare(typed));
        if !near.is_empty() {
            return refusal.help(format!("did you mean {}?", near.join(" or ")));
        }
        let elsewhere = self.commands_with(&spellings::bare(typed));
        match elsewhere.as_slice() {
            [] => refusal.help(self.listed()),
            commands => refusal.help(format!("it is a flag of {}; {}", commands.join(", "), self.listed())),
        }
    }

    /// How to look for a word in a list, which takes it after a flag.
    fn looked_up(&self, word: &str) -> Option<String> {
        let takes_words = self.command.get_arguments().any(Arg::is_positional);
        let has = |flag: &&&str| self.command.get_arguments().any(|known| known.get_long() == Some(**flag));
        let flag = LOOKED_UP_BY.iter().find(has).filter(|_| !takes_words)?;
        Some(format!("look for it with {} --{flag} {word}", self.name))
    }

    fn listed(&self) -> String {
        format!("{} --help lists its flags", self.name)
    }

    /// Flags of the command that a slip of the hand tells apart: what merely resembles is no help.
    fn misspelt(&self, typed: &str) -> Vec<String> {
        let flags = self.command.get_arguments().chain(self.whole.get_arguments());
        let longs: Vec<&str> = flags.filter(|flag| !flag.is_hide_set()).filter_map(Arg::get_long).collect();
        names::misspelt(typed, longs).into_iter().map(|flag| format!("--{flag}")).collect()
    }

    /// Other commands that have such a flag.
    fn commands_with(&self, name: &str) -> Vec<&str> {
        let has =
            |command: &&clap::Command| command.get_arguments().any(|flag| flag.get_long() == Some(name));
        self.whole.get_subcommands().filter(has).map(clap::Command::get_name).collect()
    }

    /// The commands below this one.
    fn commands(&self) -> String {
        let below: Vec<&str> = self.command.get_subcommands().map(clap::Command::get_name).collect();
        let few = if below.len() > 6 { "such as estimate or memory".to_owned() } else { below.join(", ") };
        format!("go on with one: {few}; {} --help says what they do", self.name)
    }

    fn unknown_command(&self, error: &clap::Error) -> ApiError {
        let typed = match error.get(ContextKind::InvalidSubcommand) {
            Some(ContextValue::String(name)) => name.as_str(),
            _ => "",
        };
        let near = names::misspelt(typed, self.command.get_subcommands().map(clap::Command::get_name));
        let refusal =
            ApiError::input("usage.unknown_command", format!("{} has no command {typed:?}", self.name));
        match near.as_slice() {
            [] => refusal
                .help(self.looked_up(typed).unwrap_or_else(|| format!("{} --help lists them", self.name))),
            near => refusal.help(format!("did you mean {}?", near.join(" or "))),
        }
    }

    /// What is missing, and the line that was typed with an example of it.
    fn missing(&self, places: &[String]) -> ApiError {
        let known = |place: &String| EXAMPLES.iter().find(|(missing, ..)| missing == place);
        let refusal = ApiError::input(
            "usage.missing_argument",
            format!("{} needs {}", self.name, places.join(" and ")),
        );
        if !places.iter().all(|place| known(place).is_some()) {
            return refusal.help(format!("{} --help shows examples", self.name));
        }
        let (flags, models): (Vec<&str>, Vec<&str>) = places
            .iter()
            .filter_map(known)
            .map(|(_, example, _)| *example)
            .partition(|word| word.starts_with('-'));
        let line = [&[self.name.as_str()], models.as_slice(), self.rest, &flags].concat().join(" ");
        let lists: Vec<&str> = places.iter().filter_map(known).map(|(.., list)| *list).collect();
        refusal.help(format!("type for example: {line}; {}", lists.join(", ")))
    }

    /// A value that its flag does not take, in the words of whoever read it.
    fn value(&self, error: &clap::Error, places: &[String]) -> ApiError {
        let flag = places.first().and_then(|place| place.split(' ').next()).unwrap_or_default();
        let why = error.source().map_or_else(String::new, ToString::to_string);
        let message = match error.get(ContextKind::InvalidValue) {
            // Not every reader says what it read.
            Some(ContextValue::String(value)) if !why.contains(value.as_str()) => format!("{value:?}: {why}"),
            _ => why,
        };
        ApiError::input("usage.invalid_value", message)
            .at(flag.trim_matches(['<', '>', '[', ']']))
            .help(self.listed())
    }

    /// In the words of the parser.
    fn other(&self, error: &clap::Error, code: &'static str) -> ApiError {
        let rendered = error.render().to_string();
        let lines = || rendered.lines().map(str::trim).filter(|line| !line.is_empty());
        let message =
            lines().next().map_or("the arguments are wrong", |line| line.trim_start_matches("error: "));
        let tips: Vec<&str> = lines()
            .filter_map(|line| {
                line.strip_prefix("tip: ").or_else(|| line.starts_with("[possible values").then_some(line))
            })
            .collect();
        let help = if tips.is_empty() { self.listed() } else { tips.join("; ") };
        ApiError::input(code, message.trim_end_matches(':')).help(help)
    }
}
