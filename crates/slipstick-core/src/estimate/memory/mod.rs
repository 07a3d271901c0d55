//! What a deployment holds in memory: itemised for one accelerator of every stage, whether it fits, and how far context
//! and concurrency could go.
//!
//! [`MemoryModel`] is prepared once from a [`Deployment`](crate::deployment::Deployment); each question is then a few dozen multiplications. The largest
//! context and concurrency are searched over the same function that answers for one workload.

mod advice;
mod batch;
mod blocks;
mod demand;
mod layers;
mod library;
mod llama_cpp;
mod pooled;
mod prepared;
mod report;
mod search;
mod vllm;
mod widths;

pub use advice::{Advice, Change, Choices, FewestAccelerators, OtherAccelerator};
pub use batch::BatchLimits;
pub use blocks::{BlockGroup, BlockLayout};
pub use demand::RankLoad;
pub use layers::{CacheKind, CacheLayer};
pub use prepared::MemoryModel;
pub use report::{HostMemory, MemoryEstimate, Overhead, PoolReport, RankMemory};
pub use search::Reach;
