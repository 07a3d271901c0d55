//! vLLM: a pool of blocks inside a share of the device, after a start-up profile. Flags as of 0.11 to 0.33.

mod planner;
mod pool;

pub use pool::{BlockGroup, BlockLayout, RequestBlocks};

use super::{
    Command, Launch, Overheads, StateBytes, StepLimits,
    caches::{CacheKind, CacheLayer},
    demand::{ACTIVATION_BYTES, Demand, HostMemory, RankLoad, Stage},
    launch::{Words, data_type, made_on_loading, needs_checkpoint, server_cache},
    rules::{BatchDefault, Facts, Read, Rules, rules},
};
use crate::{
    basis::{Basis, Known},
    formulas::memory::{
        activations::sampler_peak, cache_cells::padded_context, static_pool::static_pool,
        weights::rotary_table_bytes,
    },
    hardware::Accelerator,
    numeric::Format,
    units::Bytes,
};
use planner::{BlockInputs, BlockPlanner};

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
        driver_reserve: Known<Bytes>,
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
        /// Size of the pool where the device is the host.
        host_pool: Bytes,
        /// The share of the host's memory that the pool takes, if that is more.
        host_pool_share: f64,
        /// Tokens of a block there.
        host_block_tokens: u64,
        /// Tokens of one step at most there.
        host_batched_tokens: u64,
        /// Sequences at once at most there.
        host_sequences: u64,
        /// Tokens of a block of compressed caches.
        compressed_block_tokens: u64,
        /// Tokens of a block of the windows beside them.
        compressed_window_tokens: u64,
        /// Whether capturing graphs needs a block of state for each of the most sequences at once.
        graphs_need_states: bool,
        /// Whether an 8-bit cache of latents under sparse attention keeps scales and a 16-bit rotary key, and index keys
        /// take 8 bits with a scale.
        sparse_latent_scales: bool,
    }
}

impl Rules for VllmRules {
    fn state(&self) -> StateBytes {
        self.state
    }

    fn limits(&self, device: &Accelerator) -> StepLimits {
        if device.is_host() {
            return StepLimits {
                sequences: Some(self.host_sequences),
                tokens: Some(self.host_batched_tokens),
            };
        }
        BatchDefault::pick(&self.batch, device.memory, &device.name).map_or(StepLimits::NONE, |default| {
            StepLimits { sequences: Some(default.max_sequences), tokens: Some(default.max_batched_tokens) }
        })
    }

    fn overheads(&self) -> Overheads {
        Overheads { alone: self.non_torch, parallel: self.non_torch_parallel, graphs: self.graphs }
    }

    fn layout(&self, stage: &Stage, model: &[CacheLayer]) -> BlockLayout {
        BlockPlanner::new(model, self, inputs(stage, self)).stage(&stage.layers)
    }

    fn needs_state_blocks(&self, stage: &Stage) -> bool {
        self.graphs_need_states && stage.options.graphs != Some(false) && !stage.on_host
    }

    fn scales_sparse_latents(&self) -> bool {
        self.sparse_latent_scales
    }

    fn prints_by_group(&self) -> bool {
        self.printed == PrintedTokens::PerGroup
    }

    fn demand(&self, stage: &Stage, load: RankLoad) -> Demand {
        let (tokens, most) = batch_limits(stage, load);
        let layout = &stage.layout;
        let weights = stage.held(stage.weights);
        let tables = tables(stage) + padding(stage, self);
        let activations = activations(stage, self, tokens, most);
        let (context, graphs) = if stage.on_host {
            (Known::ZERO, Known::ZERO)
        } else {
            (stage.non_torch(self.non_torch, self.non_torch_parallel), stage.graphs(self.graphs))
        };
        let taken = weights + tables + activations + context;
        let taken = if self.graphs_in_budget { taken + graphs } else { taken };
        let share = stage.options.memory_share.unwrap_or(self.memory_share);
        let visible = stage.visible(self.driver_reserve);
        let room = if stage.on_host {
            host_pool(stage, self)
        } else {
            stage.room(visible, taken, |memory, taken| static_pool(share, memory, taken))
        };
        let one = layout.request(load.context);
        let shared = layout.shared(load.prefix).min(one.kept);
        let in_blocks = |count: u64| layout.block_bytes.times(count);
        Demand {
            weights,
            kv_cache: Known::of(in_blocks(one.attention(load.sequences, shared)), cache_basis(layout)),
            kv_cache_worst: in_blocks(one.admitted.saturating_mul(load.sequences)),
            state: Known::exact(in_blocks(one.state.saturating_mul(load.sequences))),
            each: in_blocks(one.kept - shared + one.state),
            activations,
            context,
            graphs,
            tables,
            room,
            block: layout.block_bytes,
            host: HostMemory::default(),
        }
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

/// Tokens of a step and rows the sampler is profiled with.
fn batch_limits(stage: &Stage, load: RankLoad) -> (u64, u64) {
    // Serving more at once than the default means raising the limit.
    let raised = |most: u64| {
        if stage.options.max_sequences.is_some() { most } else { most.max(load.sequences) }
    };
    (stage.limits.tokens.unwrap_or(load.context), stage.limits.sequences.map_or(load.sequences, raised))
}

/// What the cache takes of a host: a size of its own, or a share of the memory.
fn host_pool(stage: &Stage, rules: &VllmRules) -> Known<Bytes> {
    let own = rules.host_pool.max(stage.memory.fraction(rules.host_pool_share));
    stage.options.cache_bytes.map_or(Known::of(own, Basis::Specified), Known::exact)
}

/// The table of rotary angles, which counts as part of the loaded model.
fn tables(stage: &Stage) -> Known<Bytes> {
    let w = &stage.widths;
    Known::of(rotary_table_bytes(w.positions, w.rotary, ACTIVATION_BYTES), Basis::Specified)
}

/// What kernels for MXFP4 experts add by padding their inner width.
fn padding(stage: &Stage, rules: &VllmRules) -> Known<Bytes> {
    let inner = stage.widths.expert_inner;
    if stage.expert_format != Some(Format::Mxfp4) || inner == 0 {
        return Known::ZERO;
    }
    let padded = padded_context(inner, rules.expert_padding);
    let extra = stage.experts.fraction((padded - inner) as f64 / inner as f64);
    rules.expert_padding_share.of_bytes(extra)
}

fn activations(stage: &Stage, rules: &VllmRules, tokens: u64, most: u64) -> Known<Bytes> {
    let block = Known::of(stage.block_peak(tokens), Basis::Fitted);
    if !stage.last {
        return block;
    }
    let w = &stage.widths;
    let c = rules.bytes_per_logit;
    let peak = |c| sampler_peak(most, w.vocab, c, rules.hidden_copies, tokens, w.hidden, ACTIVATION_BYTES);
    block.max(Known { value: peak(c.value), low: peak(c.low), high: peak(c.high), basis: c.basis })
}

/// What the division of the pool depends on beside the layers.
fn inputs(stage: &Stage, rules: &VllmRules) -> BlockInputs {
    let options = stage.options;
    let prefix = if options.prefix_caching == Some(false) { 0 } else { rules.prefix_state_blocks };
    BlockInputs {
        block_tokens: options.block_tokens.unwrap_or(if stage.on_host {
            rules.host_block_tokens
        } else {
            rules.block_tokens
        }),
        in_flight: stage.limits.tokens.unwrap_or(u64::MAX),
        state_blocks: 1 + prefix + options.drafts.tokens,
        drafts: options.drafts.tokens,
        state: rules.state,
    }
}

/// The states of compressors, which share the pool of compressed caches, are not counted.
fn cache_basis(layout: &BlockLayout) -> Basis {
    let guessed = layout.groups.iter().any(|group| matches!(group.kind, CacheKind::Compressed { .. }));
    if guessed { Basis::Assumed } else { Basis::Exact }
}
