//! What a deployment holds in memory: itemised for one accelerator of every stage, whether it fits, and how far context
//! and concurrency could go.
//!
//! [`MemoryModel`] is prepared once from a [`Deployment`]; each question is then a few dozen multiplications. The largest
//! context and concurrency are searched over the same function that answers for one workload.

mod advice;
mod batch;
mod blocks;
mod demand;
mod deployment;
mod layers;
mod library;
mod llama_cpp;
mod pooled;
mod report;
mod search;
mod vllm;
mod widths;

pub use advice::{Advice, Change, Choices, FewestAccelerators, OtherAccelerator};
pub use batch::BatchLimits;
pub use blocks::{BlockGroup, BlockLayout};
pub use demand::Load;
pub use deployment::{Deployment, MemoryModel};
pub use layers::{CacheKind, CacheLayer};
pub use report::{HostMemory, MemoryEstimate, Overhead, PoolReport, RankMemory};
pub use search::Reach;
