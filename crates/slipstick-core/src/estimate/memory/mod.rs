//! What a deployment holds in memory: itemised for one accelerator of every stage, whether it fits, and how far context
//! and concurrency could go.
//!
//! [`MemoryModel`] is prepared once from a [`Deployment`](crate::deployment::Deployment); each question is then a few
//! dozen multiplications, for which the rules of the engine are asked. The largest context and concurrency are searched
//! over the same function that answers for one workload.

mod advice;
mod batch;
mod prepared;
mod record;
mod report;
mod search;

pub use advice::{Advice, Change, Choices, FewestAccelerators, OtherAccelerator};
pub use batch::{BatchLimits, limited};
pub use prepared::MemoryModel;
pub use report::{MemoryEstimate, Overhead, PoolReport, RankMemory, StateLimit};
pub use search::Reach;
