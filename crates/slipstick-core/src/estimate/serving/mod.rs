//! Serving: latency, throughput, and what binds.

mod batch;
mod steady;

pub(super) use steady::Tokens;
pub use steady::{Limits, Service, Serving, serve};
