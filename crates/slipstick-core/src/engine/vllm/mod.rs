//! vLLM: a pool of blocks inside a share of the device, after a start-up profile. Flags as of 0.11 to 0.33.

mod overlay;
mod planner;
mod pool;

pub use overlay::Packing;
pub use pool::{BlockGroup, BlockLayout, RequestBlocks};

use super::{
    Chunking, Command, EngineOptions, Launch, Overheads, PoolRole, PrefixCaching, Setting, StateBytes,
    StepLimits,
    caches::{CacheKind, CacheLayer},
    demand::{ACTIVATION_BYTES, Demand, HostMemory, RankLoad, Stage},
    launch::{LaunchDrafts, Words, data_type, made_on_loading, served, server_cache},
    options::POOLED,
    rules::{BatchDefault, Facts, Read, Rules, rules},
};
use crate::{
    basis::{Basis, Known},
    formulas::{
        memory::{
            activations::sampler_peak,
            block_pool::{block_room, blocks_of_sequences},
            cache_cells::padded_context,
            static_pool::static_pool,
            weights::{expert_padding, rotary_table_bytes},
        },
        parts::{largest, total},
    },
    hardware::Accelerator,
    numeric::Format,
    quantity::Quantity as Q,
    speculation::Method,
    trace::{Input, Source, Trace, at, fact, layout as from_layout, model, rules},
    traced,
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
        /// Inner widths of experts in MXFP4 are padded to a multiple of this ..
        expert_padding: u64,
        /// .. unless they are a multiple of this, which every kernel takes as it is.
        expert_tile: u64,
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
        /// Bytes of a block of the states of their compressors, in whole tokens.
        compressor_block: Bytes,
        /// Bytes of which the pages of an 8-bit compressed cache are whole multiples.
        compressed_page_unit: u64,
        /// How the groups of compressed caches lie over each other.
        compressed_packing: Packing,
        /// Steps that are under way at once, each with its tokens.
        steps_in_flight: u64,
        /// Whether capturing graphs needs a block of state for each of the most sequences at once.
        graphs_need_states: bool,
        /// Whether an 8-bit cache of latents under sparse attention keeps scales and a 16-bit rotary key, and index keys
        /// take 8 bits with a scale.
        sparse_latent_scales: bool,
        /// Whether the caches of earlier prompts are kept.
        prefix_caching: PrefixCaching,
        /// Whether prompts that do not fit into a step are divided.
        chunked_prefill: Chunking,
        /// Chip families on which compressed caches are kept in 8 bits unless it is told otherwise.
        eight_bit_compressed: String,
        /// The ways of drafting that it knows.
        speculation: String,
        /// Whether the caches of earlier prompts are kept of models with recurrent state.
        prefix_caching_states: PrefixCaching,
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

    fn wants_whole_context(&self) -> bool {
        true
    }

    fn settings(&self, device: &Accelerator) -> &'static [Setting] {
        const EVERYWHERE: &[Setting] = &[
            Setting::MaxSequences,
            Setting::MaxBatchedTokens,
            Setting::BlockTokens,
            Setting::CacheBytes,
            Setting::ChunkedPrefill,
            Setting::PrefixCaching,
            Setting::Drafts,
        ];
        if device.is_host() { EVERYWHERE } else { POOLED }
    }

    fn layout(&self, stage: &Stage, caches: &[CacheLayer], trace: Trace<'_>) -> BlockLayout {
        BlockPlanner::new(caches, self, inputs(stage, self), trace).stage(&stage.layers, trace)
    }

    fn prefix_caching(&self, has_state: bool) -> PrefixCaching {
        if has_state { self.prefix_caching_states } else { self.prefix_caching }
    }

    fn chunking(&self) -> Chunking {
        self.chunked_prefill
    }

    fn compresses_in_eight_bits(&self, device: &Accelerator) -> bool {
        self.eight_bit_compressed.split_whitespace().any(|family| family == device.family)
    }

    fn speculation(&self) -> &str {
        &self.speculation
    }

    fn prefix_block(&self, options: &EngineOptions, device: &Accelerator) -> u64 {
        let own = if device.is_host() { self.host_block_tokens } else { self.block_tokens };
        options.block_tokens.unwrap_or(own)
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

    fn demand(&self, stage: &Stage, load: RankLoad, trace: Trace<'_>) -> Demand {
        let (tokens, most) = batch_limits(stage, load);
        let layout = &stage.layout;
        let weights = stage.held(stage.weights);
        let tables = tables(stage, self, trace);
        let activations = stage.peak_of_starts(activations(stage, self, tokens, most, trace), trace);
        let context = stage.non_torch(self.non_torch, self.non_torch_parallel);
        let graphs = stage.graphs(self.graphs);
        let counted = if self.graphs_in_budget { graphs } else { Known::ZERO };
        let parts = [
            (Q::Weights, weights),
            (Q::Tables, tables),
            (Q::Activations, activations),
            (Q::DeviceContext, context),
            (Q::Graphs, counted),
        ];
        let room = if stage.on_host {
            host_pool(stage, self, trace)
        } else {
            device_pool(stage, self, &parts, trace)
        };
        let one = layout.request(load.context, trace);
        let shared = layout.shared(load.prefix).min(one.kept);
        let running = one.attention(load.sequences, shared, trace);
        let bytes = |quantity, n: u64, (blocks, per): (u64, Q)| {
            traced!(trace, quantity, blocks_of_sequences {
                n: n => from_layout("sequences"),
                b: blocks => at(per),
                M_b: layout.block_bytes => at(Q::BlockBytes),
            })
        };
        let cache = traced!(trace, Q::KvCache, block_room {
            N: running => at(Q::RunningBlocks),
            g: 1 => rules("groups"),
            P: layout.block_bytes => at(Q::BlockBytes),
        });
        Demand {
            weights,
            towers: Known::ZERO,
            kv_cache: Known::of(cache, cache_basis(layout)),
            kv_cache_worst: bytes(Q::WorstCache, load.sequences, (one.admitted, Q::AdmittedBlocks)),
            state: Known::exact(bytes(Q::State, load.sequences, (one.state, Q::StateBlocks))),
            each: layout.block_bytes.times(one.kept - shared + one.state),
            activations,
            context,
            graphs,
            tables,
            room,
            block: layout.block_bytes,
            host: HostMemory::default(),
        }
    }

    fn has_pools(&self) -> bool {
        true
    }

    fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        let (model, wants) = served(with, true);
        let options = with.options;
        let mut words = Words::new(&["vllm", "serve", &model]);
        if let Some(bytes) = options.cache_bytes.filter(|_| with.on_host) {
            words.0.insert(0, format!("VLLM_CPU_KVCACHE_SPACE={}", bytes.as_gib()));
        }
        words.degree("--tensor-parallel-size", with.tp);
        words.degree("--pipeline-parallel-size", with.pp);
        words.degree("--data-parallel-size", with.dp);
        if with.ep > 1 {
            words.0.push("--enable-expert-parallel".to_owned());
        }
        words.flag("--max-model-len", with.context);
        words.flag("--max-num-seqs", with.sequences);
        words.optional("--max-num-batched-tokens", with.batched_tokens);
        words.optional("--gpu-memory-utilization", options.memory_share);
        words.optional(
            "--kv-cache-memory-bytes",
            options.cache_bytes.filter(|_| !with.on_host).map(Bytes::get),
        );
        words.optional("--block-size", options.block_tokens);
        words.switch("--enforce-eager", options.graphs == Some(false));
        words.optional("--quantization", with.quantisation.and_then(made_on_loading));
        words.optional("--dtype", with.quantisation.and_then(data_type));
        words.optional("--kv-cache-dtype", with.kv_dtype.and_then(server_cache));
        words.switch("--no-enable-chunked-prefill", options.chunked_prefill == Some(false));
        words.switch("--enable-prefix-caching", options.prefix_caching == Some(true));
        words.switch("--no-enable-prefix-caching", options.prefix_caching == Some(false));
        words.optional("--speculative-config", with.drafts.map(speculative_config));
        let role = with.pool.map(|role| match role {
            PoolRole::Prefill => "kv_producer",
            PoolRole::Decode => "kv_consumer",
        });
        let connector =
            role.map(|role| format!(r#"{{"kv_connector": "NixlConnector", "kv_role": "{role}"}}"#));
        words.optional("--kv-transfer-config", connector);
        Some(Command { words: words.0, wants })
    }

    fn pool_router(&self) -> Option<Command> {
        let words = Words::new(&["vllm-router", "--vllm-pd-disaggregation"]);
        let wants = "the router wants --prefill URL and --decode URL for every worker".to_owned();
        Some(Command { words: words.0, wants: Some(wants) })
    }
}

/// What drafts, in the words of its flag.
fn speculative_config(drafts: LaunchDrafts<'_>) -> String {
    let method = match drafts.method {
        Method::OwnLayers => "mtp",
        Method::Eagle3 | Method::ParallelEagle => "eagle3",
        Method::Dflash => "dflash",
        Method::Draft => "draft_model",
        Method::Lookup => "ngram",
    };
    let model = drafts.model.map_or_else(String::new, |model| {
        let escaped = model.replace('\\', "\\\\").replace('"', "\\\"");
        format!(", \"model\": \"{escaped}\"")
    });
    let mut text = format!("{{\"method\": \"{method}\"{model}");
    if drafts.method == Method::ParallelEagle {
        text.push_str(", \"parallel_drafting\": true");
    }
    if drafts.method == Method::Lookup {
        text.push_str(", \"prompt_lookup_max\": 4");
    }
    text + &format!(", \"num_speculative_tokens\": {}}}", drafts.tokens)
}

/// Tokens of a step and rows the sampler is profiled with.
fn batch_limits(stage: &Stage, load: RankLoad) -> (u64, u64) {
    // Serving more at once than the default means raising the limit.
    let raised = |most: u64| {
        if stage.options.max_sequences.is_some() { most } else { most.max(load.sequences) }
    };
    (
        stage.step_tokens(stage.limits.tokens.unwrap_or(load.context), load),
        stage.limits.sequences.map_or(load.sequences, raised),
    )
}

/// What the cache takes of a device: what a share of its memory leaves beside everything else.
fn device_pool(
    stage: &Stage,
    engine: &VllmRules,
    parts: &[(Q, Known<Bytes>)],
    trace: Trace<'_>,
) -> Known<Bytes> {
    let (share, from) = stage.share(engine.memory_share);
    let visible = stage.visible(engine.driver_reserve, trace);
    stage.room(visible, parts, trace, |memory, taken, trace| {
        traced!(trace, Q::PoolRoom, static_pool {
            share: share => from,
            memory: memory => at(Q::VisibleMemory),
            taken: taken => at(Q::BeforePool),
        })
    })
}

/// What the cache takes of a host: a size of its own, or a share of the memory.
fn host_pool(stage: &Stage, engine: &VllmRules, trace: Trace<'_>) -> Known<Bytes> {
    if let Some(bytes) = stage.options.cache_bytes {
        trace.stated(Q::PoolRoom, bytes, Source::Request, Basis::Exact);
        return Known::exact(bytes);
    }
    let (least, share) = (engine.host_pool, stage.memory.fraction(engine.host_pool_share));
    trace.gathered(Q::PoolRoom, &largest::FORMULA, least.max(share), || {
        vec![Input::new("its own", least, rules("B")), Input::new("share of the memory", share, rules("B"))]
    });
    Known::of(least.max(share), Basis::Specified)
}

/// The table of rotary angles, which counts as part of the loaded model, and what kernels for MXFP4 experts add by padding
/// their inner width.
fn tables(stage: &Stage, engine: &VllmRules, trace: Trace<'_>) -> Known<Bytes> {
    let w = &stage.widths;
    let table = traced!(trace, Q::RotaryTable, rotary_table_bytes {
        s_max: w.positions => model("tokens"),
        d_r: w.rotary => model("elements"),
        b: ACTIVATION_BYTES => rules("B"),
    });
    let padding = padding(stage, engine, trace);
    trace.gathered(Q::Tables, &total::FORMULA, table + padding.value, || {
        let mut parts = vec![Input::new("rotary angles", table, at(Q::RotaryTable))];
        if padding.value > Bytes::ZERO {
            parts.push(Input::new("padding", padding.value, at(Q::ExpertPadding)));
        }
        parts
    });
    Known::of(table, Basis::Specified) + padding
}

fn padding(stage: &Stage, engine: &VllmRules, trace: Trace<'_>) -> Known<Bytes> {
    let inner = stage.widths.expert_inner;
    if stage.expert_format != Some(Format::Mxfp4) || inner.is_multiple_of(engine.expert_tile) {
        return Known::ZERO;
    }
    let padded = traced!(trace, Q::PaddedWidth, padded_context {
        n_ctx: inner => model("elements"),
        pad: engine.expert_padding => rules("elements"),
    });
    let share = engine.expert_padding_share;
    let of = |f| expert_padding(f, stage.experts, inner, padded);
    let value = traced!(trace, Q::ExpertPadding, expert_padding {
        f: share.value => fact("", Source::Engine, share.basis),
        M_e: stage.experts => model("B"),
        w: inner => model("elements"),
        w_p: padded => at(Q::PaddedWidth),
    });
    Known { value, low: of(share.low), high: of(share.high), basis: share.basis }
}

fn activations(stage: &Stage, engine: &VllmRules, tokens: u64, most: u64, trace: Trace<'_>) -> Known<Bytes> {
    let block = Known::of(stage.block_peak((tokens, rules("tokens")), trace), Basis::Fitted);
    if !stage.last {
        Stage::peak(Q::Activations, [(Q::BlockPeak, block.value)], trace);
        return block;
    }
    let (w, c) = (&stage.widths, engine.bytes_per_logit);
    let peak = |c| sampler_peak(most, w.vocab, c, engine.hidden_copies, tokens, w.hidden, ACTIVATION_BYTES);
    let value = traced!(trace, Q::SamplerPeak, sampler_peak {
        n: most => rules("sequences"),
        vocab: w.vocab => model("tokens"),
        c_vocab: c.value => fact("B", Source::Engine, c.basis),
        c_hidden: engine.hidden_copies => rules("copies"),
        tokens: tokens => rules("tokens"),
        h: w.hidden => model("elements"),
        b_a: ACTIVATION_BYTES => rules("B"),
    });
    Stage::peak(Q::Activations, [(Q::BlockPeak, block.value), (Q::SamplerPeak, value)], trace);
    block.max(Known { value, low: peak(c.low), high: peak(c.high), basis: c.basis })
}

/// What the division of the pool depends on beside the layers.
fn inputs(stage: &Stage, rules: &VllmRules) -> BlockInputs {
    let options = stage.options;
    // Where steps overlap, a pipeline has one under way on each stage.
    let steps = if rules.steps_in_flight > 1 { rules.steps_in_flight.max(stage.plan.pp()) } else { 1 };
    let prefix = if options.prefix_caching == Some(false) { 0 } else { rules.prefix_state_blocks };
    BlockInputs {
        block_tokens: options.block_tokens.unwrap_or(if stage.on_host {
            rules.host_block_tokens
        } else {
            rules.block_tokens
        }),
        in_flight: stage.limits.tokens.map_or(u64::MAX, |tokens| tokens * steps),
        state_blocks: 1 + prefix + options.drafts.tokens,
        drafts: options.drafts.tokens,
        state: rules.state,
        page_unit: if stage.cache.is_eight_bits() { rules.compressed_page_unit } else { 1 },
    }
}

/// Blocks of compressed caches are as the engine's source lays them out for one kind of attention kernel; for another they
/// are up to a tenth narrower.
fn cache_basis(layout: &BlockLayout) -> Basis {
    let compressed = layout.groups.iter().any(|group| matches!(group.kind, CacheKind::Compressed { .. }));
    if compressed { Basis::Specified } else { Basis::Exact }
}
