//! Refusals: to standard error for people, as a document to standard output where JSON was asked for.

use std::{ffi::OsString, io::Write as _};

use slipstick_api::{ApiError, render, request::refused};

use crate::{Session, cli, show};

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
    let refusal = refused(error, &cli::command(), arguments);
    let words = || arguments.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str());
    // A flag may be cut short, and no other begins with a j.
    if words().any(|word| word.len() > "--".len() && "--json".starts_with(word)) {
        let _ = show::json(&refusal.to_json());
        return 2;
    }
    let never = words().any(|word| word == "--color=never")
        || words().zip(words().skip(1)).any(|pair| pair == ("--color", "never"));
    let colour = !never && anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let _ = std::io::stderr().write_all(render::refusal(&refusal, colour).as_bytes());
    2
}
