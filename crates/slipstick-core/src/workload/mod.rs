//! What is asked of a deployment: sequences of so many tokens, so many at once.

mod shape;

pub use shape::{Workload, WorkloadError};
