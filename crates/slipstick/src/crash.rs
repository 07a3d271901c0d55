//! What a bug looks like from outside: one message and exit code 70.

use std::io::Write as _;

/// Replaces the report of a panic.
///
/// Release builds abort on panic, which would end the process with a signal, so the hook itself ends it.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let text = format!(
            "slipstick {} has a bug: {message} ({place})\n  \
             please report it with the command you typed at {}/issues\n",
            env!("CARGO_PKG_VERSION"),
            env!("CARGO_PKG_REPOSITORY"),
        );
        let _ = std::io::stderr().write_all(text.as_bytes());
        end();
    }));
}

#[expect(
    clippy::exit,
    reason = "nothing can be trusted to unwind after a bug, and the exit code is a promise"
)]
fn end() -> ! {
    std::process::exit(70)
}
