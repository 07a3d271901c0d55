//! A model as arithmetic sees it: an ordered list of layers, each with its weights and its token mixers, and what
//! stands outside the layers.
//!
//! An architecture is built from [`blocks`]; everything exact (parameters, bytes, cache, state) and everything
//! estimated (FLOPs, traffic) follows from the weights and mixers of the result, so a new architecture needs no new
//! arithmetic.

pub mod blocks;
mod cache;
mod checkpoint;
mod count;
mod format_rules;
mod formatted;
mod layer;
mod mixer;
mod profile;
mod role;
mod weight;
mod weight_bytes;
pub mod what_if;
mod work;

pub use cache::{CacheShape, ModelCache};
pub use checkpoint::Checkpoint;
pub use count::Parameters;
pub use format_rules::{FormatRules, Place, Uniform};
pub use formatted::{FormattedLayers, FormattedModel};
pub use layer::{Component, ComponentKind, Layer, LayerKinds, Model};
pub use mixer::{Attention, CacheUse, Compressed, Cross, Indexer, Latent, Mixer, Recurrent, Span};
pub use profile::LayerGroup;
pub use role::{Part, Role};
pub use weight::{Name, Storage, Weight};
pub(crate) use weight_bytes::tensor_bytes;
pub use work::TokenWork;
