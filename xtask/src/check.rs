//! Everything that must pass before a change lands.

use std::{io, process::Command};

/// Formatting, lints, tests, doctests and left-out errors, in the order in which they fail fastest.
pub(crate) fn run() -> io::Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])?;
    if has_nextest() {
        cargo(&["nextest", "run", "--workspace"])?;
    } else {
        cargo(&["test", "--workspace", "--lib", "--bins", "--tests"])?;
    }
    cargo(&["test", "--workspace", "--doc", "--quiet"])?;
    crate::fit::write(Some("--check"))
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
