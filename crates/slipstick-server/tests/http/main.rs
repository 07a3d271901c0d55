//! The server as programs and strangers meet it.

mod closed;
mod described;
mod events;
mod hostile;
mod refusals;
mod send;
