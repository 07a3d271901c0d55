//! The shared blocks that architectures are declared from: each gives its weights, and its mixer where it has one.

mod attention;
mod compressed;
mod feed_forward;
mod hyper_connection;
mod latent;
mod moe;
mod norm;
mod residual;
mod sparse_index;

pub use attention::{AttentionNames, GroupedQuery, QkNorm};
pub use compressed::CompressedBlock;
pub use feed_forward::FeedForward;
pub use hyper_connection::HyperConnection;
pub use latent::LatentBlock;
pub use moe::{Experts, SharedExpert};
pub use norm::NormKind;
pub use residual::{PRE_NORM, residual};
pub use sparse_index::LightningIndexer;
