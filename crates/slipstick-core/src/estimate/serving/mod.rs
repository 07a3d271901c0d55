//! Serving: latency, throughput, and what binds.

mod batch;
mod mean_batch;
mod open;
mod percentile;
mod queue;
mod rounds;
mod steady;
mod tokens;
mod waits;

pub use open::AtRate;
pub use percentile::Percentile;
pub(super) use percentile::percentile;
pub use rounds::Drafting;
pub(super) use rounds::{From, Rounds, read};
pub use steady::{Limits, Service, Serving, serve};
pub(super) use tokens::{Tokens, token_rates};
