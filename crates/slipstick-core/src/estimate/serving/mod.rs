//! Serving: latency, throughput, and what binds.

mod batch;
mod open;
mod steady;
mod tokens;

pub use open::AtRate;
pub use steady::{Limits, Service, Serving, serve};
pub(super) use tokens::Tokens;
