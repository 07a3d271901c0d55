//! A deployment, prepared once and asked often.

use std::sync::Arc;

use super::{
    report::{MemoryEstimate, PoolReport, RankMemory, StateLimit},
    search::{Reach, edge, edge_below},
};
use crate::{
    deployment::Deployment,
    engine::{
        BlockLayout, CacheKind, CacheLayer, Demand, HostMemory, PrefixCaching, RankLoad, Rules, Stage,
        StepLimits, Towers, Widths, layer_caches, merge,
    },
    hardware::Cluster,
    model::{FormattedLayers, Layer, Part, Weight},
    numeric::{CacheFormat, Format},
    plan::{Plan, StageWeights},
    trace::Trace,
    units::Bytes,
    workload::Workload,
};

/// Counts beyond this are not searched.
const LARGEST: u64 = 1 << 32;

/// A deployment with everything that does not depend on the workload worked out.
#[derive(Debug, Clone)]
pub struct MemoryModel {
    deployment: Deployment,
    weights: Vec<StageWeights>,
    limits: StepLimits,
    state_limit: Option<StateLimit>,
    /// The stages that differ.
    kinds: Vec<Stage>,
    /// Which of them each stage is.
    stages: Vec<usize>,
}

impl MemoryModel {
    /// Prepares a deployment.
    pub fn new(deployment: Deployment) -> Self {
        let weights = deployment.plan.stage_weights(&deployment.model);
        Self::with_weights(deployment, weights)
    }

    /// The same deployment with another cache: its weights stay as they are.
    #[must_use]
    pub fn with_cache(&self, cache: CacheFormat) -> Self {
        Self::with_weights(Deployment { cache, ..self.deployment.clone() }, self.weights.clone())
    }

    /// The same deployment under another layout.
    #[must_use]
    pub fn laid_out(&self, plan: Plan) -> Self {
        Self::new(Deployment { plan, ..self.deployment.clone() })
    }

    /// The same deployment on other accelerators, as many.
    #[must_use]
    pub fn on(&self, cluster: Arc<Cluster>) -> Self {
        let deployment = Deployment { cluster, ..self.deployment.clone() };
        let device = &deployment.cluster.accelerator;
        let (limits, memory, on_host) = (limits(&deployment), device.memory, device.is_host());
        let workspace = self.rules().keeps_attention_workspace(device);
        let mut on = Self { deployment, limits, ..self.clone() };
        for kind in &mut on.kinds {
            (kind.limits, kind.memory, kind.on_host) = (limits, memory, on_host);
            kind.attention_workspace = workspace;
        }
        on.divide_pools();
        on
    }

    fn with_weights(deployment: Deployment, weights: Vec<StageWeights>) -> Self {
        let limits = limits(&deployment);
        let stages = Vec::with_capacity(weights.len());
        let mut prepared = Self { deployment, weights, limits, state_limit: None, kinds: Vec::new(), stages };
        prepared.add_stages();
        prepared.divide_pools();
        prepared
    }

    /// Puts the stages together, equal ones once.
    fn add_stages(&mut self) {
        let Deployment { plan, cache, .. } = self.deployment;
        let scales = self.rules().scales_sparse_latents();
        let caches =
            self.deployment.model.groups().map(|group| layer_caches(group.layer, plan, cache, scales));
        let caches: Vec<Vec<CacheLayer>> = caches.collect();
        let base = self.base();
        for index in 0..self.weights.len() {
            let stage = self.stage(&base, &caches, index);
            let known = self.kinds.iter().position(|kind| *kind == stage);
            self.stages.push(known.unwrap_or(self.kinds.len()));
            if known.is_none() {
                self.kinds.push(stage);
            }
        }
    }

    /// Divides the pools, for the layers of the whole model, and finds with how many sequences the engine starts.
    fn divide_pools(&mut self) {
        let engine = Arc::clone(&self.deployment.engine);
        let rules = engine.rules.rules();
        let model = self.all_caches();
        for kind in &mut self.kinds {
            kind.layout = rules.layout(kind, &model, Trace::off());
        }
        self.state_limit = self.find_state_limit();
    }

    /// The caches of the whole model.
    pub(super) fn all_caches(&self) -> Vec<CacheLayer> {
        let mut all = Vec::new();
        self.stages.iter().for_each(|stage| merge(&mut all, &self.kinds[*stage].layers, 1));
        all
    }

    /// The most sequences with which the engine starts, if it wants a block of state for each: the pool does not depend
    /// on the load.
    fn find_state_limit(&self) -> Option<StateLimit> {
        let options = &self.deployment.options;
        let with_state = self.kinds.iter().filter(|kind| kind.layout.has_state());
        let wanting = with_state.filter(|kind| self.rules().needs_state_blocks(kind));
        let least = RankLoad { sequences: 1, context: 1, limit: 1, input: 1, prefix: 0 };
        let blocks = wanting.map(|kind| self.rules().demand(kind, least, Trace::off()).blocks(Trace::off()));
        let blocks = blocks.min_by_key(|blocks| blocks.value)?;
        Some(StateLimit { blocks, asked: options.max_sequences, default: self.limits.sequences })
    }

    /// The most sequences with which the engine starts, if it wants a block of state for each.
    pub const fn state_limit(&self) -> Option<&StateLimit> {
        self.state_limit.as_ref()
    }

    pub(super) fn rules(&self) -> &dyn Rules {
        self.deployment.engine.rules.rules()
    }

    /// The demands of the stages that differ.
    fn demands(&self, load: RankLoad) -> impl Iterator<Item = Demand> {
        self.kinds.iter().map(move |kind| self.rules().demand(kind, load, Trace::off()))
    }

    /// What the fullest accelerator has left of its memory or its pool; below zero where the load does not fit.
    fn left(&self, load: RankLoad) -> i64 {
        self.kinds.iter().map(|kind| self.rules().left(kind, load)).min().unwrap_or(i64::MAX)
    }

    /// The limits of the engine's scheduler, as far as there are any.
    pub(super) const fn limits(&self) -> StepLimits {
        self.limits
    }

    /// One accelerator of every stage for `load`.
    pub fn ranks(&self, load: RankLoad) -> Vec<RankMemory> {
        self.ranks_of(&self.demands(load).collect::<Vec<_>>())
    }

    /// One accelerator of every stage, from the demands of the stages that differ.
    fn ranks_of(&self, demands: &[Demand]) -> Vec<RankMemory> {
        let stages = (0..).zip(&self.stages);
        stages.map(|(stage, kind)| RankMemory::new(stage, self.memory(), &demands[*kind])).collect()
    }

    /// A workload as the busiest data-parallel rank sees it: whole blocks of a shared prefix are shared, where the engine
    /// keeps them.
    pub(super) fn load(&self, workload: &Workload) -> RankLoad {
        let load = RankLoad::of(workload, self.deployment.plan);
        let shared = self.prefix_caching() == PrefixCaching::On;
        RankLoad { prefix: if shared { self.found_prefix(workload) } else { 0 }, ..load }
    }

    /// Whether the engine keeps the caches of earlier prompts under these settings.
    pub fn prefix_caching(&self) -> PrefixCaching {
        let Deployment { engine, options, model, .. } = &self.deployment;
        let has_state = model.model().layers.iter().any(Layer::has_state);
        match (engine.prefix_caching(has_state), options.prefix_caching) {
            (PrefixCaching::On | PrefixCaching::Off, Some(true)) => PrefixCaching::On,
            (PrefixCaching::On | PrefixCaching::Off, Some(false)) => PrefixCaching::Off,
            (own, _) => own,
        }
    }

    /// Tokens of the shared prefix that the engine finds again: whole blocks, and never the last token.
    pub fn found_prefix(&self, workload: &Workload) -> u64 {
        let Deployment { engine, options, cluster, .. } = &self.deployment;
        if workload.prefix() == 0
            || matches!(self.prefix_caching(), PrefixCaching::Off | PrefixCaching::Never)
        {
            return 0;
        }
        let block = engine.prefix_block(options, &cluster.accelerator);
        workload.prefix().min(workload.input().saturating_sub(1)) / block * block
    }

    /// Whether a workload fits on every accelerator.
    pub fn fits(&self, workload: &Workload) -> bool {
        let load = self.load(workload);
        self.starts_for(load) && self.left(load) >= 0
    }

    /// Whether the engine starts for the longest sequence that it is told of, if it wants room for one.
    fn starts_for(&self, load: RankLoad) -> bool {
        let RankLoad { limit, .. } = load;
        let longest = RankLoad { sequences: 1, context: limit, limit, input: limit, prefix: 0 };
        limit <= load.context || !self.rules().wants_whole_context() || self.left(longest) >= 0
    }

    /// What the fullest accelerator has left.
    pub(super) fn room(&self, workload: &Workload) -> Bytes {
        let ranks = self.ranks(self.load(workload));
        ranks.iter().map(RankMemory::free).min().unwrap_or(Bytes::ZERO)
    }

    /// The most sequences at once, each as long as the workload's.
    pub fn max_concurrency(&self, workload: &Workload) -> Reach {
        let load = self.load(workload);
        if !self.starts_for(load) {
            return Reach::None;
        }
        let dp = self.deployment.plan.dp();
        let bound = self.kinds.iter().map(|kind| self.rules().bound(kind, load)).min().unwrap_or(u64::MAX);
        match edge_below(bound, LARGEST, |sequences| self.left(RankLoad { sequences, ..load })) {
            Reach::UpTo(count) => Reach::UpTo(count.saturating_mul(dp)),
            other => other,
        }
    }

    /// The longest context for as many sequences as the workload has, its output staying as it is.
    pub fn max_context(&self, workload: &Workload) -> Reach {
        let load = self.load(workload);
        let output = workload.output();
        edge(LARGEST, workload.context(), |context| {
            let input = context.saturating_sub(output).max(1);
            self.left(RankLoad { context, limit: context, input, prefix: load.prefix.min(input), ..load })
        })
    }

    /// The longest sequence that the engine can be told of, the requests staying as they are.
    pub(super) fn max_limit(&self, workload: &Workload) -> Reach {
        let load = self.load(workload);
        edge(LARGEST, workload.context(), |limit| {
            let limit = limit.max(load.context);
            let longest = RankLoad { sequences: 1, context: limit, limit, input: limit, prefix: 0 };
            self.left(RankLoad { limit, ..load }).min(self.left(longest))
        })
    }

    /// The whole answer for a workload.
    pub fn estimate(&self, workload: &Workload) -> MemoryEstimate {
        let load = self.load(workload);
        let demands: Vec<Demand> = self.demands(load).collect();
        let ranks = self.ranks_of(&demands);
        let pool = self.pool(&demands, load.limit);
        let room = |rank: &RankMemory| (rank.shortfall().get(), u64::MAX - rank.free().get());
        let fullest = (0..ranks.len()).max_by_key(|index| room(&ranks[*index])).unwrap_or(0);
        // The stage whose pool ends first bounds the others, whatever they have left.
        let worst = pool.as_ref().and_then(|(kind, _)| self.stages.iter().position(|of| of == kind));
        let every = self.stages.iter().map(|kind| &demands[*kind]);
        let host = every.fold(HostMemory::default(), |sum, demand| HostMemory {
            weights: sum.weights + demand.host.weights,
            compute: sum.compute.max(demand.host.compute),
            output: sum.output.max(demand.host.output),
        });
        MemoryEstimate {
            pool: pool.map(|(_, pool)| pool),
            state_limit: self.state_limit,
            host,
            worst: worst.unwrap_or(fullest),
            stages: ranks,
            max_concurrency: self.max_concurrency(workload),
            max_context: self.max_context(workload),
        }
    }

    /// The pool of the stage with the fewest blocks, which bounds the others, and that stage's kind.
    fn pool(&self, demands: &[Demand], context: u64) -> Option<(usize, PoolReport)> {
        let pools = demands.iter().enumerate().filter(|(_, demand)| demand.block > Bytes::ZERO);
        let (kind, demand) = pools.min_by_key(|(_, demand)| demand.blocks(Trace::off()).value)?;
        Some((kind, self.pool_of(kind, demand, context, Trace::off())))
    }

    /// The pool of a kind of stage.
    pub(super) fn pool_of(&self, kind: usize, demand: &Demand, context: u64, trace: Trace<'_>) -> PoolReport {
        let layout = self.kinds[kind].layout.clone();
        PoolReport::new(demand, layout, context, self.rules().prints_by_group(), trace)
    }

    /// Bytes of the caches of some kinds alone, all stages together: what they add to the others.
    pub fn cache_of(&self, workload: &Workload, counts: impl Fn(CacheKind) -> bool) -> Bytes {
        let load = self.load(workload);
        let mut without = self.clone();
        for kind in &mut without.kinds {
            kind.layers.retain(|layer| !counts(layer.kind));
        }
        without.divide_pools();
        let held = |model: &Self, kind: usize| {
            model.rules().demand(&model.kinds[kind], load, Trace::off()).kv_cache.value
        };
        let of_stage = |kind: &usize| held(self, *kind).saturating_sub(held(&without, *kind));
        self.stages.iter().map(of_stage).sum()
    }

    /// The deployment.
    pub const fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The weights of every stage on one rank.
    pub fn weights(&self) -> &[StageWeights] {
        &self.weights
    }

    /// What all stages have in common.
    fn base(&self) -> Stage {
        let Deployment { plan, cache, mut options, .. } = self.deployment;
        if let Some(speculation) = &self.deployment.speculation {
            options.drafts.weights = speculation.weights_on_rank(&self.deployment.model, plan);
        }
        let model = self.deployment.model.model();
        Stage {
            plan,
            options,
            cache,
            memory: self.memory(),
            on_host: self.deployment.cluster.accelerator.is_host(),
            towers: None,
            attention_workspace: self.rules().keeps_attention_workspace(&self.deployment.cluster.accelerator),
            limits: self.limits,
            divides: options.chunked_prefill != Some(false),
            weights: Bytes::ZERO,
            experts: Bytes::ZERO,
            expert_format: None,
            embedding: Bytes::ZERO,
            tied: model.has_tied_embeddings(),
            layers: Vec::new(),
            widths: Widths::new(model, self.deployment.model.groups().map(|group| group.layer), plan),
            first: false,
            last: false,
            share: self.deployment.model.share(),
            memory_use: self.deployment.calibration.memory_use,
            layout: BlockLayout::default(),
        }
    }

    /// What a stage holds, its pool not yet divided.
    fn stage(&self, base: &Stage, caches: &[Vec<CacheLayer>], index: usize) -> Stage {
        let (weights, last) = (&self.weights[index], index + 1 == self.weights.len());
        let options = &base.options;
        let mut layers = Vec::new();
        for (group, count) in self.deployment.model.runs_among(weights.layers.clone()) {
            merge(&mut layers, &caches[group], count);
        }
        let mut bytes = weights.total();
        let apart = self.rules().loads_towers_apart();
        if apart {
            bytes = bytes.saturating_sub(towers().into_iter().map(|part| weights.of(part)).sum());
        }
        let loaded = apart && index == 0 && options.towers != Some(false);
        if last {
            bytes += options.drafts.weights;
            for layer in self.draft(caches) {
                merge(&mut layers, &[layer], 1);
            }
        }
        Stage {
            weights: bytes,
            experts: weights.of(Part::Experts),
            expert_format: weights.expert_format,
            embedding: weights.of(Part::Embedding),
            layers,
            first: index == 0,
            last,
            towers: loaded.then(|| Towers::of(self.deployment.model.model())).flatten(),
            ..base.clone()
        }
    }

    /// The caches of what drafts: those of its own layers, or of draft layers that keep what the model's last layer of full
    /// attention does.
    fn draft(&self, caches: &[Vec<CacheLayer>]) -> Vec<CacheLayer> {
        let Deployment { plan, cache, options, speculation, .. } = &self.deployment;
        if let Some(drafter) = speculation.as_ref().and_then(|speculation| speculation.drafter.as_ref()) {
            let scales = self.rules().scales_sparse_latents();
            let of_group = |group: FormattedLayers<'_>| {
                let layers = layer_caches(group.layer, plan.on_one_stage(), *cache, scales);
                layers.into_iter().map(move |layer| CacheLayer { count: layer.count * group.count, ..layer })
            };
            return drafter.model.groups().flat_map(of_group).collect();
        }
        if options.drafts.layers == 0 {
            return Vec::new();
        }
        let runs: Vec<(usize, u64)> =
            self.deployment.model.runs_among(0..self.deployment.model.model().layers.len()).collect();
        let mut held = runs.iter().rev().flat_map(|(group, _)| &caches[*group]);
        let layer = held.find(|layer| layer.kind == CacheKind::Full);
        layer.map(|layer| CacheLayer { count: options.drafts.layers, ..*layer }).into_iter().collect()
    }

    /// Weights of all layers, undivided.
    pub(super) fn layer_bytes(&self) -> Bytes {
        let one = |(weight, format): (&Weight, Format)| weight.bytes(format);
        self.deployment
            .model
            .groups()
            .map(|group| group.weights().map(one).sum::<Bytes>().times(group.count))
            .sum()
    }

    /// What the fullest accelerator holds at least, under any engine and load.
    pub(super) fn least(&self) -> Bytes {
        let held = |kind: &Stage| kind.weights.saturating_sub(kind.embedding);
        self.kinds.iter().map(held).max().unwrap_or(Bytes::ZERO)
    }

    /// A kind of stage.
    pub(super) fn kind(&self, kind: usize) -> &Stage {
        &self.kinds[kind]
    }

    /// Which kind a stage is.
    pub(super) fn kind_of(&self, stage: usize) -> usize {
        self.stages[stage]
    }

    pub(super) fn memory(&self) -> Bytes {
        self.deployment.cluster.accelerator.memory
    }
}

/// The limits of the engine's scheduler: what is set, or its own on this device.
fn limits(d: &Deployment) -> StepLimits {
    let accelerator = &d.cluster.accelerator;
    let own = d.engine.limits(accelerator);
    StepLimits {
        sequences: d.options.max_sequences.or(own.sequences),
        tokens: d.options.max_batched_tokens.or(d.options.micro_batch).or(own.tokens),
    }
}

/// Encoders of images and sound, which some engines load from a file of their own and only when asked.
pub(super) const fn towers() -> [Part; 3] {
    [Part::Vision, Part::Audio, Part::Projector]
}
