//! TensorRT-LLM: a pool that is a share of what is free after loading. Flags as of 1.0; the cache format is set in its
//! configuration file, not by a flag.

use super::{
    Chunking, Command, EngineOptions, Launch, Overheads, PoolRole, PrefixCaching, Setting, StateBytes,
    StepLimits,
    demand::{Demand, HostMemory, RankLoad, Stage},
    launch::{LaunchDrafts, Words, also, replicated, served, unsaid},
    options::POOLED,
    rules::{Rules, rules},
};
use crate::{
    basis::{Basis, Known},
    formulas::memory::{cache_cells::padded_context, static_pool::share_of_free},
    hardware::Accelerator,
    quantity::Quantity as Q,
    speculation::Method,
    trace::{Trace, asked, at, rules},
    traced,
    units::Bytes,
};

rules! {
    /// TensorRT-LLM.
    TensorRtLlmRules as "tensorrt-llm" or "trt-llm" or "trtllm" or "tensorrt_llm" {
        /// Memory that the driver reports but programs cannot have.
        driver_reserve: Known<Bytes>,
        /// Share of the memory left after loading that the cache takes.
        free_share: f64,
        /// Tokens of a block.
        block_tokens: u64,
        /// Tokens of one step at most.
        max_batched_tokens: u64,
        /// Sequences at once at most.
        max_sequences: u64,
        /// Memory outside the allocator on one device.
        non_torch: Known<Bytes>,
        /// The same where ranks communicate.
        non_torch_parallel: Known<Bytes>,
        /// Memory of captured graphs.
        graphs: Known<Bytes>,
        /// Bytes of a logit, copies included.
        logit_bytes: u64,
        /// The peak of a step, against what the widths say.
        activation_share: Known<f64>,
        /// What it keeps recurrent state in.
        state: StateBytes,
        /// Whether the caches of earlier prompts are kept.
        prefix_caching: PrefixCaching,
        /// Whether prompts that do not fit into a step are divided.
        chunked_prefill: Chunking,
        /// The ways of drafting that it knows.
        speculation: String,
    }
}

/// What drafts, as its configuration file says it.
fn config(drafts: LaunchDrafts<'_>) -> String {
    let kind = match drafts.method {
        Method::OwnLayers => "MTP",
        Method::Eagle3 | Method::ParallelEagle | Method::Dflash => "Eagle",
        Method::Draft => "Draft_Target",
        Method::Lookup => "NGram",
    };
    let model = drafts.model.map_or_else(String::new, |model| format!(", speculative_model: {model}"));
    format!(
        "the file of --extra_llm_api_options says what drafts: speculative_config: {{decoding_type: {kind}, max_draft_len: {}{model}}}",
        drafts.tokens
    )
}

impl Rules for TensorRtLlmRules {
    fn state(&self) -> StateBytes {
        self.state
    }

    /// `GUARANTEED_NO_EVICT`, the default of its capacity scheduler.
    fn reserves_output(&self) -> bool {
        true
    }

    fn limits(&self, _: &Accelerator) -> StepLimits {
        StepLimits { sequences: Some(self.max_sequences), tokens: Some(self.max_batched_tokens) }
    }

    fn settings(&self, _: &Accelerator) -> &'static [Setting] {
        POOLED
    }

    fn prefix_caching(&self, _: bool) -> PrefixCaching {
        self.prefix_caching
    }

    fn chunking(&self) -> Chunking {
        self.chunked_prefill
    }

    fn speculation(&self) -> &str {
        &self.speculation
    }

    fn prefix_block(&self, options: &EngineOptions, _: &Accelerator) -> u64 {
        options.block_tokens.unwrap_or(self.block_tokens)
    }

    fn overheads(&self) -> Overheads {
        Overheads { alone: self.non_torch, parallel: self.non_torch_parallel, graphs: self.graphs }
    }

    fn demand(&self, stage: &Stage, load: RankLoad, trace: Trace<'_>) -> Demand {
        let weights = stage.held(stage.weights);
        let context = stage.non_torch(self.non_torch, self.non_torch_parallel);
        let tokens = stage.step_tokens(stage.limits.tokens.unwrap_or(self.max_batched_tokens), load);
        let peak = stage.step_peak(self.logit_bytes, tokens, load.sequences, trace);
        let step = Stage::share_of_step(self.activation_share, peak, trace);
        let activations = stage.peak_of_starts(step, trace);
        let graphs = stage.graphs(self.graphs);
        let tokens = traced!(trace, Q::PaddedContext, padded_context {
            n_ctx: load.context => asked("tokens"),
            pad: stage.options.block_tokens.unwrap_or(self.block_tokens) => rules("tokens"),
        });
        let kv = stage.plain_cache((tokens, at(Q::PaddedContext)), trace);
        let prefix = stage.prefix(load);
        let state = stage.state(self.state, 0, false, trace);
        let (share, from) = stage.share(self.free_share);
        let visible = stage.visible(self.driver_reserve, trace);
        let parts = [
            (Q::Weights, weights),
            (Q::Activations, activations),
            (Q::DeviceContext, context),
            (Q::Graphs, graphs),
        ];
        let room = stage.room(visible, &parts, trace, |memory, taken, trace| {
            traced!(trace, Q::PoolRoom, share_of_free {
                share: share => from,
                memory: memory => at(Q::VisibleMemory),
                taken: taken => at(Q::BeforePool),
            })
        });
        Demand {
            weights,
            towers: Known::ZERO,
            kv_cache: Known::exact(Stage::caches(kv, prefix, load.sequences, trace)),
            kv_cache_worst: Stage::worst(kv, load.sequences, trace),
            state: Known::of(Stage::states(state, load.sequences, trace), Basis::Assumed),
            each: kv.saturating_sub(prefix) + state,
            activations,
            context,
            graphs,
            tables: Known::ZERO,
            block: Bytes::ZERO,
            room,
            host: HostMemory::default(),
        }
    }

    fn has_pools(&self) -> bool {
        true
    }

    fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        let (model, wants) = served(with, false);
        let mut words = Words::new(&["trtllm-serve", &model, "--backend", "pytorch"]);
        words.degree("--tp_size", with.tp);
        words.degree("--pp_size", with.pp);
        words.degree("--ep_size", with.ep);
        words.flag("--max_seq_len", with.context);
        words.flag("--max_batch_size", with.sequences);
        words.optional("--max_num_tokens", with.batched_tokens);
        words.optional("--kv_cache_free_gpu_memory_fraction", with.options.memory_share);
        words.switch("--enable_chunked_prefill", with.divides_prompts);
        let file = [Setting::CacheBytes, Setting::BlockTokens, Setting::Graphs, Setting::PrefixCaching];
        let wants = unsaid(with, &file, replicated(with, wants));
        let wants = with.drafts.map_or(wants.clone(), |drafts| Some(also(wants, &config(drafts))));
        let wants = with.pool.map_or(wants.clone(), |role| Some(also(wants, pooled(role))));
        Some(Command { words: words.0, wants })
    }

    fn pool_router(&self) -> Option<Command> {
        let words = Words::new(&["trtllm-serve", "disaggregated", "--config_file", "disagg_config.yaml"]);
        let wants = "disagg_config.yaml names the workers: context_servers and generation_servers, each with num_instances \
                     and urls"
            .to_owned();
        Some(Command { words: words.0, wants: Some(wants) })
    }
}

/// What the file of a worker of a pool holds (examples/disaggregated of TensorRT-LLM 1.0): workers that read overlap nothing.
const fn pooled(role: PoolRole) -> &'static str {
    match role {
        PoolRole::Prefill => {
            "a worker that reads wants disable_overlap_scheduler: true and cache_transceiver_config with its backend in the \
             file of --extra_llm_api_options"
        }
        PoolRole::Decode => {
            "a worker that writes wants cache_transceiver_config with its backend in the file of --extra_llm_api_options"
        }
    }
}
