//! SGLang: a pool that is a fixed share of the device less the weights. Flags as of 0.5.

use super::{
    Chunking, Command, EngineOptions, Launch, Overheads, PoolRole, PrefixCaching, Setting, StateBytes,
    StepLimits,
    caches::CacheKind,
    demand::{Demand, HostMemory, RankLoad, Stage},
    launch::{Words, data_type, made_on_loading, served, server_cache, unsaid},
    options::POOLED,
    rules::{Rules, rules},
};
use crate::{
    basis::{Basis, Known},
    formulas::{
        memory::{
            activations::{decode_workspace, workspace_places},
            cache_cells::padded_context,
            static_pool::static_pool,
        },
        parts::total,
    },
    hardware::Accelerator,
    quantity::Quantity as Q,
    speculation::Method,
    trace::{Input, Trace, asked, at, model, rules},
    traced,
    units::Bytes,
};

rules! {
    /// SGLang.
    SgLangRules as "sglang" {
        /// Memory that the driver reports but programs cannot have.
        driver_reserve: Known<Bytes>,
        /// Share of the device for weights and cache together.
        static_share: f64,
        /// Tokens of a page.
        page_tokens: u64,
        /// Tokens of a prefill chunk.
        chunk_tokens: u64,
        /// Tokens of the windowed layers' pool for each token of the full layers'.
        window_ratio: f64,
        /// The maker on whose accelerators attention keeps a workspace for every place of a sequence.
        workspace_maker: String,
        /// Tokens of a part of a context, each of which has its place in it.
        workspace_part: u64,
        /// Places of sequences for each context that the pool holds.
        workspace_places: u64,
        /// The fewest places.
        workspace_least: u64,
        /// The most places.
        workspace_most: u64,
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

impl Rules for SgLangRules {
    fn state(&self) -> StateBytes {
        self.state
    }

    fn limits(&self, _: &Accelerator) -> StepLimits {
        StepLimits { sequences: None, tokens: Some(self.chunk_tokens) }
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
        options.block_tokens.unwrap_or(self.page_tokens)
    }

    fn keeps_attention_workspace(&self, device: &Accelerator) -> bool {
        device.vendor == self.workspace_maker
    }

    fn overheads(&self) -> Overheads {
        Overheads { alone: self.non_torch, parallel: self.non_torch_parallel, graphs: self.graphs }
    }

    fn demand(&self, stage: &Stage, load: RankLoad, trace: Trace<'_>) -> Demand {
        let weights = stage.held(stage.weights);
        let context = stage.non_torch(self.non_torch, self.non_torch_parallel);
        let chunk = stage.step_tokens(stage.limits.tokens.unwrap_or(self.chunk_tokens), load);
        let page = stage.options.block_tokens.unwrap_or(self.page_tokens);
        let tokens = traced!(trace, Q::PaddedContext, padded_context {
            n_ctx: load.context => asked("tokens"),
            pad: page => rules("tokens"),
        });
        // The windowed layers' pool is a share of the full layers', whatever the window.
        let ratio = if has_full(stage) { self.window_ratio } else { 1.0 };
        let bounded = Bytes::new(tokens).fraction(ratio).get();
        let all = (tokens, at(Q::PaddedContext));
        let kv = stage.cache(|_, bound| bound.map_or(all, |_| (bounded, rules("tokens"))), all, trace);
        let prefix = stage.prefix(load);
        let state = stage.state(self.state, 0, false, trace);
        let peak = stage.step_peak(self.logit_bytes, chunk, load.sequences, trace);
        let (share, from) = stage.share(self.static_share);
        let visible = stage.visible(self.driver_reserve, trace);
        let parts = [(Q::Weights, weights), (Q::DeviceContext, context)];
        let room = stage.room(visible, &parts, trace, |memory, taken, trace| {
            traced!(trace, Q::PoolRoom, static_pool {
                share: share => from,
                memory: memory => at(Q::VisibleMemory),
                taken: taken => at(Q::BeforePool),
            })
        });
        let workspace = workspace(stage, self, (room, kv), load.limit, trace);
        let step = Stage::share_of_step(self.activation_share, peak, trace);
        Demand {
            weights,
            towers: Known::ZERO,
            kv_cache: Known::exact(Stage::caches(kv, prefix, load.sequences, trace)),
            kv_cache_worst: Stage::worst(kv, load.sequences, trace),
            state: Known::of(Stage::states(state, load.sequences, trace), Basis::Specified),
            each: kv.saturating_sub(prefix) + state,
            activations: stage.peak_of_starts(beside(workspace, step, trace), trace),
            context,
            graphs: stage.graphs(self.graphs),
            tables: Known::ZERO,
            block: Bytes::ZERO,
            // The pool has to make room for it.
            room: workspace.left_of(room),
            host: HostMemory::default(),
        }
    }

    fn has_pools(&self) -> bool {
        true
    }

    fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        let (model, wants) = served(with, true);
        let mut words = Words::new(&["python", "-m", "sglang.launch_server", "--model-path", &model]);
        // With attention data parallelism the tensor-parallel size counts all ranks.
        let joined = with.ep > with.tp;
        words.degree("--tp-size", if joined { with.tp * with.dp } else { with.tp });
        words.degree("--pp-size", with.pp);
        words.degree("--dp-size", with.dp);
        if joined {
            words.0.push("--enable-dp-attention".to_owned());
        }
        words.degree("--ep-size", with.ep);
        words.flag("--context-length", with.context);
        words.flag("--max-running-requests", with.sequences);
        let divides = with.options.chunked_prefill != Some(false);
        words.optional("--chunked-prefill-size", with.batched_tokens.filter(|_| divides));
        if !divides {
            words.flag("--chunked-prefill-size", -1);
            words.optional("--max-prefill-tokens", with.batched_tokens);
        }
        words.optional("--mem-fraction-static", with.options.memory_share);
        words.optional("--page-size", with.options.block_tokens);
        words.switch("--disable-radix-cache", with.options.prefix_caching == Some(false));
        words.switch("--disable-cuda-graph", with.options.graphs == Some(false));
        words.optional("--quantization", with.quantisation.and_then(made_on_loading));
        words.optional("--dtype", with.quantisation.and_then(data_type));
        words.optional("--kv-cache-dtype", with.kv_dtype.and_then(server_cache));
        drafts(with, &mut words);
        let mode = with.pool.map(|role| match role {
            PoolRole::Prefill => "prefill",
            PoolRole::Decode => "decode",
        });
        words.optional("--disaggregation-mode", mode);
        let wants = unsaid(with, &[Setting::CacheBytes, Setting::Drafts], wants);
        Some(Command { words: words.0, wants })
    }

    fn pool_router(&self) -> Option<Command> {
        let words = Words::new(&["python", "-m", "sglang_router.launch_router", "--pd-disaggregation"]);
        let wants = "the router wants --prefill URL and --decode URL for every worker".to_owned();
        Some(Command { words: words.0, wants: Some(wants) })
    }
}

/// What drafts, in its words: a chain, each pass of which proposes one token.
fn drafts(with: &Launch<'_>, words: &mut Words) {
    let Some(drafts) = with.drafts else { return };
    let algorithm = match drafts.method {
        Method::OwnLayers => "EAGLE",
        Method::Eagle3 | Method::ParallelEagle => "EAGLE3",
        Method::Dflash => "DFLASH",
        Method::Draft => "STANDALONE",
        Method::Lookup => "NGRAM",
    };
    words.flag("--speculative-algorithm", algorithm);
    words.optional("--speculative-draft-model-path", drafts.model);
    if matches!(drafts.method, Method::OwnLayers | Method::Eagle3 | Method::Draft) {
        words.flag("--speculative-num-steps", drafts.tokens);
        words.flag("--speculative-eagle-topk", 1);
    }
    words.flag("--speculative-num-draft-tokens", drafts.tokens + 1);
}

/// What attention keeps for every place of a sequence, of which there are the more the more contexts the pool holds. Other
/// attention backends keep none.
fn workspace(
    stage: &Stage,
    with: &SgLangRules,
    (room, cache): (Known<Bytes>, Bytes),
    context: u64,
    trace: Trace<'_>,
) -> Known<Bytes> {
    let w = &stage.widths;
    if !stage.attention_workspace || w.head == 0 {
        return Known::ZERO;
    }
    let each = traced!(trace, Q::AttentionWorkspace, decode_workspace {
        n: 1 => rules("sequences"),
        a: w.heads => model(""),
        s: context => asked("tokens"),
        part: with.workspace_part => rules("tokens"),
        d: w.head => model(""),
    });
    let places = traced!(trace, Q::WorkspacePlaces, workspace_places {
        room: room.value => at(Q::PoolRoom),
        context: cache => rules("B"),
        each: each => at(Q::AttentionWorkspace),
        c: with.workspace_places => rules("sequences"),
    });
    let of = |places| each.times(places);
    Known {
        value: of(places.clamp(with.workspace_least, with.workspace_most)),
        low: Bytes::ZERO,
        high: of(with.workspace_most),
        basis: Basis::Fitted,
    }
}

/// The peak of a step beside that workspace.
fn beside(workspace: Known<Bytes>, step: Known<Bytes>, trace: Trace<'_>) -> Known<Bytes> {
    if workspace.is_zero() {
        return step;
    }
    let all = step + workspace;
    trace.gathered(Q::Activations, &total::FORMULA, all.value, || {
        vec![
            Input::new("step", step.value, rules("B")),
            Input::new("attention workspace", workspace.value, rules("B")),
        ]
    });
    all
}

fn has_full(stage: &Stage) -> bool {
    stage.layers.iter().any(|layer| layer.kind == CacheKind::Full)
}
