//! What work runs on: accelerators, the links between them, and the clusters they form.

mod accelerator;
mod assumptions;
mod attention_kernel;
mod calibration;
mod cluster;
mod link;

pub use accelerator::{Accelerator, AcceleratorClass, Peaks};
pub use assumptions::{Acceptances, Assumptions};
pub use attention_kernel::{HeadKernel, HeadKernels};
pub use calibration::{
    Calibration, ComputeShares, Distance, ExpertShares, LinkShare, LinkShares, MemoryUse, QuestionSpreads,
    Spread, Spreads,
};
pub use cluster::{Cluster, Host};
pub use link::{Link, LinkKind};
