//! Colours, pipes, completions, manual pages, help.

use std::process::Stdio;

use crate::run::{example, program, run, texts};

const ESCAPE: char = '\u{1b}';

fn coloured(environment: &[(&str, &str)], flags: &[&str]) -> bool {
    let mut command = program();
    command.envs(environment.iter().copied()).args(["model", &example()]).args(flags);
    let output = command.output().expect("Cargo has built the program");
    String::from_utf8_lossy(&output.stdout).contains(ESCAPE)
}

#[test]
fn colours_follow_the_flag_then_the_environment_then_the_terminal() {
    assert!(!coloured(&[], &[]), "a pipe takes no colours");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(coloured(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = program().args(["man"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script, _) = texts(&["completions", shell]);
        assert_eq!(code, 0);
        for command in slipstick::command().get_subcommands() {
            assert!(script.contains(command.get_name()), "{shell} does not know {}", command.get_name());
        }
    }
}

#[test]
fn every_command_has_a_page_and_examples() {
    assert!(texts(&["man"]).1.contains(".TH slipstick 1"));
    for command in slipstick::command().get_subcommands() {
        let name = command.get_name();
        assert_eq!(run(&["man", name]).status.code(), Some(0), "{name}");
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        // What is to be known of a command beside its flags stands before them.
        assert!(
            help.starts_with("Examples:\n") || help.contains("\n\nExamples:\n"),
            "{name} has no examples"
        );
        let (code, out, _) = texts(&[name, "--help"]);
        assert!(code == 0 && out.contains("Examples:"), "{name}");
    }
    assert_eq!(run(&["man", "modle"]).status.code(), Some(2));
}

#[test]
fn the_arguments_are_consistent() {
    slipstick::command().debug_assert();
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(texts(&["--version"]).1, format!("slipstick {}\n", env!("CARGO_PKG_VERSION")));
}

/// People write such switches as 1, true or yes, and turn them off with 0 or nothing.
#[test]
fn the_network_is_switched_off_by_any_usual_word() {
    for (word, code) in [("1", 3), ("true", 3), ("yes", 3)] {
        let output =
            program().env("SLIPSTICK_OFFLINE", word).args(["model", "no-such/model"]).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{word}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("not in the cache"), "{word}: {output:?}");
    }
    for word in ["0", "", "false"] {
        let output = program().env("SLIPSTICK_OFFLINE", word).args(["gpus"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{word:?}");
    }
}
