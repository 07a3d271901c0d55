//! What a bug looks like from outside: one message and exit code 70.

use std::{
    io::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use slipstick_api::render::harmless;

/// Replaces the report of a panic.
///
/// The hook itself ends the process: nothing of it can be trusted to unwind. A server goes on, and answers the one question
/// that met the bug with a refusal.
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
        let _ = std::io::stderr().write_all(harmless(&text).as_bytes());
        if !SERVES.load(Ordering::Relaxed) {
            end();
        }
    }));
}

/// Whether a bug in one answer leaves the others alone.
static SERVES: AtomicBool = AtomicBool::new(false);

/// From now on a bug ends the answer that it is in, and no more.
#[cfg(any(feature = "serve", feature = "mcp"))]
pub(crate) fn go_on() {
    SERVES.store(true, Ordering::Relaxed);
}

#[expect(
    clippy::exit,
    reason = "nothing can be trusted to unwind after a bug, and the exit code is a promise"
)]
fn end() -> ! {
    std::process::exit(70)
}

#[cfg(test)]
mod tests {
    use std::{env, process::Command};

    /// The test runs itself once more, and that second process panics.
    #[test]
    fn a_panic_ends_with_seventy_and_asks_for_a_report() {
        const SECOND: &str = "SLIPSTICK_TEST_PANICS";
        if env::var_os(SECOND).is_some() {
            super::install();
            panic!("on purpose");
        }
        let this = env::current_exe().expect("a test knows its own program");
        let name = "crash::tests::a_panic_ends_with_seventy_and_asks_for_a_report";
        let output = Command::new(this).args(["--exact", name, "--nocapture"]).env(SECOND, "1").output();
        let output = output.expect("the program that runs now can run");
        assert_eq!(output.status.code(), Some(70));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("has a bug: on purpose") && said.contains("please report it"), "{said}");
    }
}
