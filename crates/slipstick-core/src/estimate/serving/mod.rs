//! Serving in steady state: latency, throughput, and what binds.

mod steady;

pub use steady::{Limits, Load, Service, Serving, serve};
