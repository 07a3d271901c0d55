//! Running the program.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

/// A configuration that the repository ships.
pub(crate) fn example() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/llama-3.1-8b/config.json");
    path.display().to_string()
}

/// An empty directory of this test, under Cargo's own.
pub(crate) fn directory(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("Cargo gives tests a directory to write to");
    path
}

/// The program, without anything of this machine's own.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipstick"));
    command.env_clear().env("SLIPSTICK_TODAY", "2026-11-22").current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

/// What the program does with some arguments.
pub(crate) fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("Cargo has built the program")
}

/// The exit code, standard output and standard error.
pub(crate) fn texts(arguments: &[&str]) -> (i32, String, String) {
    let output = run(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
    (output.status.code().expect("the program is not killed"), text(output.stdout), text(output.stderr))
}

/// The document of an answer or a refusal, and the exit code.
pub(crate) fn document(arguments: &[&str]) -> (i32, Value) {
    let (code, out, err) = texts(&[arguments, &["--json"]].concat());
    let value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out:?} {err:?}"));
    (code, value)
}

/// The document of a refusal with this code, whose message says something and is no sentence.
pub(crate) fn refused(arguments: &[&str], code: &str) -> Value {
    let (exit, refusal) = document(arguments);
    let error = &refusal["error"];
    assert_eq!((exit, error["code"].as_str()), (2, Some(code)), "{arguments:?}: {refusal}");
    let message = error["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty() && !message.ends_with('.'), "{arguments:?}: {message}");
    refusal
}

/// The number at a pointer, an estimate's middle.
#[track_caller]
pub(crate) fn number(value: &Value, path: &str) -> f64 {
    let found = value.pointer(path).unwrap_or_else(|| panic!("{path} in {value}"));
    found.as_f64().or(found["value"].as_f64()).unwrap_or_else(|| panic!("{path}: {found}"))
}

/// Holds that a number is what it is known to be, but for rounding.
#[track_caller]
pub(crate) fn near(found: f64, known: f64, what: &str) {
    assert!((found / known - 1.0).abs() < 1e-9, "{what}: {found}, not {known}");
}
