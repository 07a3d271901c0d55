//! Memory: one quantity a file. Constants that were fitted are arguments, so that a profile of data supplies them.

pub mod activations;
pub mod block_pool;
pub mod cache_cells;
pub mod compute_buffer;
pub mod encoder_buffer;
pub mod host_buffer;
pub mod kv_cache;
pub mod output_buffer;
pub mod state;
pub mod static_pool;
pub mod weights;
