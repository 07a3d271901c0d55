//! The shared blocks that architectures are declared from: each gives its weights, and its mixer where it has one.

mod attention;
mod feed_forward;
mod latent;
mod moe;
mod norm;
mod residual;

pub use attention::{AttentionNames, GroupedQuery, QkNorm};
pub use feed_forward::FeedForward;
pub use latent::LatentBlock;
pub use moe::{Experts, SharedExpert};
pub use norm::NormKind;
pub use residual::{PRE_NORM, residual};
