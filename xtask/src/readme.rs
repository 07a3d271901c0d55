//! The README's table of commands, made from the program's own list of them.

use std::{fs, io};

use clap::{Arg, Command};

const START: &str = "<!-- The table is made by cargo xtask docs. -->\n";
const END: &str = "<!-- End of the table. -->";

/// Writes the table anew.
pub(crate) fn write() -> io::Result<()> {
    let path = crate::root().join("README.md");
    fs::write(&path, renewed(&fs::read_to_string(&path)?)?)
}

/// The README with the table as it should be.
fn renewed(text: &str) -> io::Result<String> {
    let lost = || io::Error::other("README.md has lost the marks around its table of commands");
    let (before, rest) = text.split_once(START).ok_or_else(lost)?;
    let (_, after) = rest.split_once(END).ok_or_else(lost)?;
    Ok(format!("{before}{START}{}{END}{after}", table()))
}

fn table() -> String {
    let head = "| command | what it does |\n|---|---|\n".to_owned();
    slipstick::command().get_subcommands().fold(head, |table, command| {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        format!("{table}| {} | {about} |\n", usage(command))
    })
}

/// What must be typed; of a word that is no command itself, with the words that may follow.
fn usage(command: &Command) -> String {
    let needed = command.get_arguments().filter(|argument| argument.is_required_set()).map(word);
    let typed: Vec<String> =
        ["slipstick".to_owned(), command.get_name().to_owned()].into_iter().chain(needed).collect();
    let typed = typed.join(" ");
    if !command.is_subcommand_required_set() {
        return format!("`{typed}`");
    }
    if command.get_arguments().any(Arg::is_required_set) {
        return format!("`{typed} COMMAND ..`");
    }
    let below: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    format!("`{typed} {}`", below.join("`, `"))
}

/// `MODEL`, or `--on HARDWARE`.
fn word(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let value = value.unwrap_or_else(|| argument.get_id().as_str().to_uppercase());
    argument.get_long().map_or(value.clone(), |flag| format!("--{flag} {value}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_of_commands_is_current() {
        let path = crate::root().join("README.md");
        let text = std::fs::read_to_string(path).expect("the README is committed");
        let now = super::renewed(&text).expect("the README has its marks");
        assert!(text == now, "README.md is out of date: run cargo xtask docs");
    }
}
