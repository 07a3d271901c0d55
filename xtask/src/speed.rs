//! Instructions of the program's commands beside their goals: counts do not depend on how busy the machine is.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
};

/// A command line and the most instructions that it should take, in millions.
const GOALS: &[(&str, f64)] = &[
    ("--version", 2.0),
    ("estimate qwen3-32b --on h200:8 --input 4000 --output 500 --concurrency 64", 12.0),
    ("estimate deepseek-v3 --on h200:8 --input 4000 --output 500 --concurrency 64", 14.0),
    ("memory qwen3-32b --on h200:8", 10.0),
    ("memory deepseek-v3 --on h100:8", 20.0),
    (
        "compare qwen3-32b --on h100:8,h200:8,b200:8,mi300x:8,a100-80gb:8,l40s:8,b300:8,mi355x:8 \
         --quant bf16,fp8,awq,nvfp4",
        50.0,
    ),
    ("recommend --on h100:8", 150.0),
    ("models", 75.0),
    ("instances", 75.0),
];

/// Builds the program with its symbols and counts each command's instructions under valgrind.
///
/// # Errors
/// If it cannot be built, valgrind is missing, or a command takes more than its goal.
pub(crate) fn run() -> io::Result<()> {
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--quiet", "--package", "slipstick", "--no-default-features"])
        .env("CARGO_PROFILE_RELEASE_STRIP", "false")
        .current_dir(crate::root())
        .status()?;
    if !built.success() {
        return Err(io::Error::other("the release build failed"));
    }
    let program = crate::root().join("target/release/slipstick");
    let mut missed = Vec::new();
    say(&format!("{:>9} {:>9}  command", "M Ir", "goal"));
    for (command, goal) in GOALS {
        let millions = instructions(&program, command)? / 1e6;
        say(&format!("{millions:>9.1} {goal:>9.1}  {command}"));
        if millions > *goal {
            missed.push(*command);
        }
    }
    if missed.is_empty() { Ok(()) } else { Err(io::Error::other(format!("missed: {}", missed.join("; ")))) }
}

/// The instructions of one run.
fn instructions(program: &Path, command: &str) -> io::Result<f64> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(command.split_whitespace())
        .arg("--no-history")
        .stdout(Stdio::null())
        .output();
    let output = run.map_err(|error| io::Error::other(format!("valgrind cannot be run: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    count.ok_or_else(|| io::Error::other(format!("valgrind counted nothing of {command}: {said}")))
}

#[expect(clippy::print_stdout, reason = "a task's result goes to standard output")]
fn say(line: &str) {
    println!("{line}");
}
