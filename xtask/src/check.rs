//! Everything that must pass before a change lands.

use std::{io, process::Command};

/// Formatting, lints, the small build, tests, doctests and left-out errors, in the order in which they fail fastest.
pub(crate) fn run() -> io::Result<()> {
    step("formatting", &["fmt", "--all", "--check"])?;
    step("lints", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])?;
    step(
        "the program without server and tools",
        &["check", "--package", "slipstick", "--no-default-features", "--quiet"],
    )?;
    if has_nextest() {
        step("tests", &["nextest", "run", "--workspace"])?;
    } else {
        step("tests", &["test", "--workspace", "--lib", "--bins", "--tests"])?;
    }
    step("examples in the documentation", &["test", "--workspace", "--doc", "--quiet"])?;
    say("errors of what was left out");
    crate::fit::write(Some("--check"))
}

/// Says which step starts, and runs it.
fn step(name: &str, arguments: &[&str]) -> io::Result<()> {
    say(name);
    cargo(arguments)
}

#[expect(clippy::print_stderr, reason = "a task speaks to the developer on the terminal")]
fn say(name: &str) {
    eprintln!("xtask: {name}");
}

fn has_nextest() -> bool {
    command(&["nextest", "--version"]).output().is_ok_and(|output| output.status.success())
}

fn cargo(arguments: &[&str]) -> io::Result<()> {
    let status = command(arguments).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("cargo {} failed", arguments.join(" "))))
    }
}

/// The cargo that runs this task.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(crate::root());
    command
}
