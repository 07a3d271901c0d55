//! Serving: latency, throughput, and what binds.

mod batch;
mod mean_batch;
mod open;
mod queue;
mod rounds;
mod steady;
mod tokens;
mod waits;

pub use open::AtRate;
pub use rounds::Drafting;
pub use steady::{Limits, Service, Serving, serve};
pub(super) use tokens::{Tokens, token_rates};
