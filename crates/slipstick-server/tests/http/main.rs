//! The server as programs and strangers meet it.

#![expect(clippy::unwrap_used, reason = "what a helper of a test cannot do fails the test")]

mod closed;
mod described;
mod events;
mod hostile;
mod refusals;
mod send;
