//! Whatever a text of the repository tells people to type exists: every command, and every flag of it.

use std::collections::BTreeSet;

use crate::source::{Source, none, sources};

/// What may follow the program's name without being a command: names of its own file formats.
const FORMATS: &[&str] = &["offers", "token"];

/// Where words of other programs stand: engines' launch commands and drivers' listing programs.
const OTHER_PROGRAMS: &[&str] = &["/launch/", "/engine/", "slipstick-world/src/accelerators.rs"];

/// Flags of Cargo and of engines that our texts name elsewhere.
const OTHER_FLAGS: &[&str] = &[
    "--no-default-features",
    "--release",
    "--profile",
    "--test",
    "--gpu-memory-utilization",
    "--mem-fraction-static",
    "--max-model-len",
    "--max-num-batched-tokens",
    "--max-num-seqs",
];

/// Every flag of a command and of those below it.
fn flags(command: &clap::Command) -> BTreeSet<String> {
    let own = command.get_arguments().flat_map(|argument| {
        let aliases = argument.get_all_aliases().unwrap_or_default();
        argument.get_long().into_iter().chain(aliases).map(|name| format!("--{name}"))
    });
    own.chain(command.get_subcommands().flat_map(flags)).collect()
}

/// The flags in a text, without their values.
fn flags_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("--").filter_map(|(at, _)| {
        let stands_alone =
            !text[..at].ends_with(|before: char| before.is_alphanumeric() || "-_".contains(before));
        let rest = &text[at + 2..];
        let ends = |letter: char| !letter.is_ascii_lowercase() && !letter.is_ascii_digit() && letter != '-';
        let end = at + 2 + rest.find(ends).unwrap_or(rest.len());
        let is_flag =
            rest.starts_with(|first: char| first.is_ascii_lowercase()) && !text[end..].starts_with('_');
        (stands_alone && is_flag).then(|| &text[at..end])
    })
}

/// What is typed after the program's name, wherever a line names it, up to the end of the quotation.
fn typed(line: &str) -> impl Iterator<Item = &str> {
    const NAME: &str = "slipstick ";
    line.match_indices(NAME).filter_map(|(at, _)| {
        let stands_alone =
            !line[..at].ends_with(|before: char| before.is_alphanumeric() || "-_/.".contains(before));
        let rest = &line[at + NAME.len()..];
        let is_typed = stands_alone && !rest.starts_with(' ');
        is_typed.then(|| rest.split(['`', '"', '|', ';']).next().unwrap_or_default())
    })
}

/// What is wrong with one command line: a word that is no command, or a flag that its command does not take.
fn wrong(words: &str, program: &clap::Command) -> Option<String> {
    let mut command = program;
    for word in words.split_whitespace() {
        let word = word.trim_end_matches([',', '.', ':', ')']);
        if word.is_empty()
            || word.starts_with('-')
            || !word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
        {
            break;
        }
        match command.find_subcommand(word) {
            Some(found) => command = found,
            None if command.is_subcommand_required_set() && !FORMATS.contains(&word) => {
                return Some(format!("slipstick {words}: {word} is no command"));
            }
            None => break,
        }
    }
    let takes = flags(command);
    let other =
        flags_in(words).find(|flag| !takes.contains(*flag) && *flag != "--help" && *flag != "--version")?;
    Some(format!("slipstick {words}: {} takes no {other}", command.get_name()))
}

/// The texts: documents, and sources up to their unit tests.
fn texts() -> Vec<Source> {
    let mut all = sources(&["crates"], ".rs");
    all.retain(|source| !source.is_test() && !source.path.contains("/examples/"));
    for source in &mut all {
        let end = source.text.find("#[cfg(test)]").unwrap_or(source.text.len());
        source.text.truncate(end);
    }
    all.extend(sources(&["docs", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"], ".md"));
    all
}

#[test]
fn every_command_and_flag_in_any_text_exists() {
    let mut program = slipstick::command();
    program.build();
    let known = flags(&program);
    let is_known = |flag: &str| known.contains(flag) || OTHER_FLAGS.contains(&flag);
    let mut faults = Vec::new();
    for source in texts() {
        let names_others = OTHER_PROGRAMS.iter().any(|part| source.path.contains(part));
        for (index, line) in source.text.lines().enumerate() {
            let unknown = flags_in(line).filter(|flag| !names_others && !is_known(flag));
            let unknown = unknown.map(|flag| format!("{flag} is no flag"));
            let found = typed(line).filter_map(|words| wrong(words, &program)).chain(unknown);
            faults.extend(found.map(|fault| format!("{}:{}: {fault}", source.path, index + 1)));
        }
    }
    none(&faults);
}

#[test]
fn a_command_line_is_held_to_its_command() {
    let mut program = slipstick::command();
    program.build();
    for (words, is_right) in [
        ("distil llama-3.1-8b", false),
        ("methods train", false),
        ("memory x --on h100 --tokens 4", false),
        ("memory x --on h100 --context 4k --json", true),
        ("explain tpot_s estimate x --on h100 --input 1k", true),
        ("gpus lists them all", true),
        ("{} --help says what each field takes", true),
    ] {
        assert_eq!(wrong(words, &program).is_none(), is_right, "{words}");
    }
    assert_eq!(flags_in("a --b-c=1 x--d `--e` --F --max_len").collect::<Vec<_>>(), ["--b-c", "--e"]);
}
