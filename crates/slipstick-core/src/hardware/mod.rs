//! What work runs on: accelerators, the links between them, and the clusters they form.

mod accelerator;
mod cluster;
mod link;

pub use accelerator::{Accelerator, AcceleratorClass, Peaks};
pub use cluster::{Cluster, Host};
pub use link::{Link, LinkKind};
