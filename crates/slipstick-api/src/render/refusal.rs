//! Refusals for a terminal.

use super::{harmless, paint};
use crate::{ApiError, view::Tone};

/// The refusal as text: what, where, and what to type next.
pub fn refusal(error: &ApiError, colour: bool) -> String {
    let head = paint::toned("error", Tone::Bad, colour);
    let at = error.at.as_ref().map(|at| format!(" at {}", harmless(at))).unwrap_or_default();
    let help = error.help.as_ref().map(|help| format!("  help: {}\n", harmless(help))).unwrap_or_default();
    format!("{head}{at}: {}\n{help}", harmless(&error.message))
}
