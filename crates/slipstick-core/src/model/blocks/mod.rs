//! The shared blocks that architectures are declared from: each gives its weights, and its mixer where it has one.

mod attention;
mod compressed;
mod delta_net;
mod feed_forward;
mod gated_lru;
mod hyper_connection;
mod latent;
mod lightning;
mod mixer_path;
mod moe;
mod norm;
mod receptance;
mod residual;
mod selective_scan;
mod short_conv;
mod sparse_index;
mod state_space;
mod tower;

pub use attention::{AttentionNames, GroupedQuery, QkNorm};
pub use compressed::CompressedBlock;
pub use delta_net::{ChannelDeltaNet, DeltaNet};
pub use feed_forward::FeedForward;
pub use gated_lru::GatedLru;
pub use hyper_connection::HyperConnection;
pub use latent::LatentBlock;
pub use lightning::Lightning;
pub use mixer_path::MixerPath;
pub use moe::{Experts, SharedExpert};
pub use norm::NormKind;
pub use receptance::Receptance;
pub use residual::{PRE_NORM, residual};
pub use selective_scan::SelectiveScan;
pub use short_conv::ShortConv;
pub use sparse_index::LightningIndexer;
pub use state_space::StateSpace;
pub use tower::{Tower, TowerLayer};
