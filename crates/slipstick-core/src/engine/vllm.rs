//! Rules of engines that fill a share of the device with a pool of blocks.

use super::{BatchDefault, StateBytes};
use crate::{basis::Known, units::Bytes};

/// What a planner does when layers of different kinds have pages of different size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MixedPages {
    /// It gives every layer a cache for the whole context.
    AsFull,
    /// It enlarges the blocks of the narrower layers.
    Scale,
}

/// What the printed size of the cache counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrintedTokens {
    /// The tokens of each group's share of the blocks.
    PerGroup,
    /// Requests of the longest context, times that context.
    PerRequest,
}

/// vLLM.
#[derive(Debug, Clone, PartialEq)]
pub struct VllmRules {
    /// Memory that the driver reports but programs cannot have.
    pub driver_reserve: Bytes,
    /// Inner widths of experts in MXFP4 are padded to a multiple of this.
    pub expert_padding: u64,
    /// How much of that padding is held, against what the widths say.
    pub expert_padding_share: Known<f64>,
    /// Share of the device it fills.
    pub memory_share: f64,
    /// Tokens of a block.
    pub block_tokens: u64,
    /// Batch limits by device, the first that applies.
    pub batch: Vec<BatchDefault>,
    /// Bytes a logit costs in the start-up profile.
    pub bytes_per_logit: Known<f64>,
    /// Copies of a step's hidden states alive beside them.
    pub hidden_copies: f64,
    /// Memory outside the allocator on one device.
    pub non_torch: Known<Bytes>,
    /// The same where ranks communicate.
    pub non_torch_parallel: Known<Bytes>,
    /// Memory of captured graphs.
    pub graphs: Known<Bytes>,
    /// Whether an estimate of the graphs is taken from the budget before the pool is sized.
    pub graphs_in_budget: bool,
    /// Ratio of layer counts up to which the rarer kind is padded.
    pub group_ratio: f64,
    /// Layers with pages of different size.
    pub mixed_pages: MixedPages,
    /// The printed token count.
    pub printed: PrintedTokens,
    /// What it keeps recurrent state in.
    pub state: StateBytes,
    /// Blocks of state kept beside the current one for cached prefixes.
    pub prefix_state_blocks: u64,
    /// Whether an 8-bit cache of latents under sparse attention keeps scales and a 16-bit rotary key, and index keys
    /// take 8 bits with a scale.
    pub sparse_latent_scales: bool,
}
