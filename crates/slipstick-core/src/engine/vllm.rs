//! vLLM: a pool of blocks inside a share of the device, after a start-up profile. Flags as of 0.11 to 0.33.

use super::{
    Command, Launch, Overheads, StateBytes, StepLimits,
    launch::{Words, data_type, made_on_loading, needs_checkpoint, server_cache},
    rules::{BatchDefault, Facts, Read, Rules, rules},
};
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

impl Read for MixedPages {
    fn read<F: Facts>(facts: &F, field: &str) -> Result<Self, F::Error> {
        facts.word(field, &[("as-full", Self::AsFull), ("scale", Self::Scale)])
    }
}

impl Read for PrintedTokens {
    fn read<F: Facts>(facts: &F, field: &str) -> Result<Self, F::Error> {
        facts.word(field, &[("per-group", Self::PerGroup), ("per-request", Self::PerRequest)])
    }
}

rules! {
    /// vLLM.
    VllmRules as "vllm" {
        /// Memory that the driver reports but programs cannot have.
        driver_reserve: Bytes,
        /// Inner widths of experts in MXFP4 are padded to a multiple of this.
        expert_padding: u64,
        /// How much of that padding is held, against what the widths say.
        expert_padding_share: Known<f64>,
        /// Share of the device it fills.
        memory_share: f64,
        /// Tokens of a block.
        block_tokens: u64,
        /// Batch limits by device, the first that applies.
        batch: Vec<BatchDefault>,
        /// Bytes a logit costs in the start-up profile.
        bytes_per_logit: Known<f64>,
        /// Copies of a step's hidden states alive beside them.
        hidden_copies: f64,
        /// Memory outside the allocator on one device.
        non_torch: Known<Bytes>,
        /// The same where ranks communicate.
        non_torch_parallel: Known<Bytes>,
        /// Memory of captured graphs.
        graphs: Known<Bytes>,
        /// Whether an estimate of the graphs is taken from the budget before the pool is sized.
        graphs_in_budget: bool,
        /// Ratio of layer counts up to which the rarer kind is padded.
        group_ratio: f64,
        /// Layers with pages of different size.
        mixed_pages: MixedPages,
        /// The printed token count.
        printed: PrintedTokens,
        /// What it keeps recurrent state in.
        state: StateBytes,
        /// Blocks of state kept beside the current one for cached prefixes.
        prefix_state_blocks: u64,
        /// Whether an 8-bit cache of latents under sparse attention keeps scales and a 16-bit rotary key, and index keys
        /// take 8 bits with a scale.
        sparse_latent_scales: bool,
    }
}

impl Rules for VllmRules {
    fn state(&self) -> StateBytes {
        self.state
    }

    fn limits(&self, memory: Bytes, device: &str) -> StepLimits {
        BatchDefault::pick(&self.batch, memory, device).map_or(StepLimits::NONE, |default| StepLimits {
            sequences: Some(default.max_sequences),
            tokens: Some(default.max_batched_tokens),
        })
    }

    fn overheads(&self) -> Overheads {
        Overheads { alone: self.non_torch, parallel: self.non_torch_parallel, graphs: self.graphs }
    }

    fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        let mut words = Words::new(&["vllm", "serve", with.model]);
        words.degree("--tensor-parallel-size", with.tp);
        words.degree("--pipeline-parallel-size", with.pp);
        words.degree("--data-parallel-size", with.dp);
        if with.ep > 1 {
            words.0.push("--enable-expert-parallel".to_owned());
        }
        words.flag("--max-model-len", with.context);
        words.flag("--max-num-seqs", with.sequences);
        words.optional("--max-num-batched-tokens", with.batched_tokens);
        words.optional("--gpu-memory-utilization", with.memory_fraction);
        words.optional("--quantization", with.quantisation.and_then(made_on_loading));
        words.optional("--dtype", with.quantisation.and_then(data_type));
        words.optional("--kv-cache-dtype", with.kv_dtype.and_then(server_cache));
        Some(Command { words: words.0, wants: needs_checkpoint(with, true) })
    }
}
