//! How a model is laid out over accelerators, and what each of them then holds.
//!
//! A [`Plan`] is checked once against a model; everything that takes one may rely on the divisions being whole.
//! [`sharding`](Plan::weight_on_rank) gives the exact bytes of each weight on a rank, and [`Plan::cache_on_rank`] the
//! part of each mixer's cache that a rank keeps.

mod cache;
mod degrees;
mod error;
mod sharding;
mod stages;
mod words;

pub use degrees::{Degrees, Plan};
pub use error::PlanError;
pub use sharding::{Shard, Split, split_of};
pub use stages::{StageWeights, stage_layers};
pub use words::LayoutError;
