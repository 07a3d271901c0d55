//! Refusals: to standard error for people, as a document to standard output where JSON was asked for.

use std::{ffi::OsString, io::Write as _};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use slipstick_api::{ApiError, render};

use crate::{Session, show};

/// Shows why there is no answer, and returns the exit code.
pub(crate) fn show(error: &ApiError, session: &Session) -> u8 {
    if session.global.json {
        // Standard output is all there is to say it on; if that fails too, the exit code still says it.
        let _ = show::json(&error.to_json());
    } else {
        let text = render::refusal(error, session.has_colour(&std::io::stderr()));
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
    error.exit_code()
}

/// Shows a mistake in the arguments, or the help and version that were asked for, and returns the exit code.
pub(crate) fn usage(error: &clap::Error, arguments: &[OsString]) -> u8 {
    if !error.use_stderr() {
        let _ = error.print();
        return 0;
    }
    let json = arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json");
    if json {
        let _ = show::json(&refusal(error).to_json());
    } else {
        let _ = error.print();
    }
    2
}

/// A mistake in the arguments as a refusal with a stable code.
fn refusal(error: &clap::Error) -> ApiError {
    let code = match error.kind() {
        ErrorKind::InvalidSubcommand => "usage.unknown_command",
        ErrorKind::UnknownArgument => "usage.unknown_flag",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "usage.invalid_value",
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "usage.missing_argument",
        ErrorKind::ArgumentConflict => "usage.conflict",
        _ => "usage.invalid",
    };
    let rendered = error.render().to_string();
    let mut lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        "a command is missing"
    } else {
        lines.next().map_or("the arguments are wrong", |line| line.trim_start_matches("error: "))
    };
    let missing: Vec<&str> = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(names)) => names.iter().map(String::as_str).collect(),
        Some(ContextValue::String(name)) => vec![name.as_str()],
        _ => Vec::new(),
    };
    let tips: Vec<&str> =
        rendered.lines().map(str::trim).filter_map(|line| line.strip_prefix("tip: ")).collect();
    let help = if tips.is_empty() { "see slipstick --help".to_owned() } else { tips.join("; ") };
    let refusal = ApiError::input(code, message.trim_end_matches(':')).help(help);
    if missing.is_empty() { refusal } else { refusal.at(missing.join(", ")) }
}
