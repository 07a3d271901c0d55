//! A deployment, prepared once and asked often.

use std::sync::Arc;

use super::{
    blocks::BlockLayout,
    demand::{Demand, RankLoad, Stage},
    layers::{CacheKind, CacheLayer, cache_layers, draft_layers},
    library, llama_cpp, pooled,
    report::{HostMemory, MemoryEstimate, PoolReport, RankMemory},
    search::{Reach, edge},
    vllm,
    widths::Widths,
};
use crate::{
    deployment::Deployment,
    engine::{EngineRules, PrintedTokens, StepLimits},
    hardware::Cluster,
    model::Part,
    numeric::{CacheFormat, Format},
    plan::StageWeights,
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
    widths: Widths,
    tied: bool,
    /// The stages that differ.
    kinds: Vec<PreparedStage>,
    /// Which of them each stage is.
    stages: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PreparedStage {
    weights: Bytes,
    experts: Bytes,
    expert_format: Option<Format>,
    embedding: Bytes,
    layers: Vec<CacheLayer>,
    layout: BlockLayout,
    first: bool,
    last: bool,
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

    /// The same deployment on other accelerators, as many.
    #[must_use]
    pub fn on(&self, cluster: Arc<Cluster>) -> Self {
        Self::with_weights(Deployment { cluster, ..self.deployment.clone() }, self.weights.clone())
    }

    fn with_weights(deployment: Deployment, weights: Vec<StageWeights>) -> Self {
        let mut prepared = Self {
            limits: limits(&deployment),
            widths: Widths::new(deployment.model.model(), deployment.plan),
            tied: deployment.model.model().has_tied_embeddings(),
            kinds: Vec::new(),
            stages: Vec::with_capacity(weights.len()),
            deployment,
            weights,
        };
        for index in 0..prepared.weights.len() {
            let stage = prepared.stage_of(index);
            let known = prepared.kinds.iter().position(|kind| *kind == stage);
            prepared.stages.push(known.unwrap_or(prepared.kinds.len()));
            if known.is_none() {
                prepared.kinds.push(stage);
            }
        }
        let engine = Arc::clone(&prepared.deployment.engine);
        if let EngineRules::Vllm(rules) = &engine.rules {
            for index in 0..prepared.kinds.len() {
                prepared.kinds[index].layout = vllm::layout(&prepared.seen(&prepared.kinds[index]), rules);
            }
        }
        prepared
    }

    /// What a stage holds.
    fn stage_of(&self, index: usize) -> PreparedStage {
        let Deployment { plan, cache, options, .. } = self.deployment;
        let (model, profile) = (self.deployment.model.model(), &*self.deployment.engine);
        let (stage, last) = (&self.weights[index], index + 1 == self.weights.len());
        let held = model.layers.get(stage.layers.clone()).unwrap_or_default();
        let mut layers = cache_layers(held.iter(), plan, cache, &profile.rules);
        let mut bytes = stage.total();
        if matches!(profile.rules, EngineRules::LlamaCpp(_)) && options.towers != Some(true) {
            bytes = bytes.saturating_sub(towers(stage));
        }
        if last {
            bytes += options.drafts.weights;
            if let Some(draft) = draft_layers(model, options.drafts, plan, cache, &profile.rules) {
                add(&mut layers, draft);
            }
        }
        PreparedStage {
            weights: bytes,
            experts: stage.of(Part::Experts),
            expert_format: stage.expert_format,
            embedding: stage.of(Part::Embedding),
            layers,
            layout: BlockLayout::default(),
            first: index == 0,
            last,
        }
    }

    /// A stage as the rules of an engine see it.
    fn seen<'s>(&'s self, kind: &'s PreparedStage) -> Stage<'s> {
        Stage {
            deployment: &self.deployment,
            weights: kind.weights,
            experts: kind.experts,
            expert_format: kind.expert_format,
            layers: &kind.layers,
            layout: &kind.layout,
            limits: self.limits,
            widths: &self.widths,
            embedding: kind.embedding,
            tied: self.tied,
            first: kind.first,
            last: kind.last,
        }
    }

    fn demand(&self, kind: &PreparedStage, load: RankLoad) -> Demand {
        let stage = self.seen(kind);
        match &self.deployment.engine.rules {
            EngineRules::Vllm(rules) => vllm::demand(&stage, rules, load),
            EngineRules::SgLang(rules) => pooled::sglang(&stage, rules, load),
            EngineRules::TensorRtLlm(rules) => pooled::tensorrt_llm(&stage, rules, load),
            EngineRules::LlamaCpp(rules) => llama_cpp::demand(&stage, rules, load),
            EngineRules::Transformers(rules) => library::transformers(&stage, rules, load),
            EngineRules::Ideal(_) => library::ideal(&stage, load),
        }
    }

    /// The demands of the stages that differ.
    fn demands(&self, load: RankLoad) -> impl Iterator<Item = Demand> {
        self.kinds.iter().map(move |kind| self.demand(kind, load))
    }

    /// What the fullest accelerator has left of its memory or its pool; below zero where the load does not fit.
    fn left(&self, load: RankLoad) -> i64 {
        let memory = self.memory();
        self.demands(load).map(|demand| demand.left(memory)).min().unwrap_or(i64::MAX)
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

    /// Whether a workload fits on every accelerator.
    pub fn fits(&self, workload: &Workload) -> bool {
        self.left(RankLoad::of(workload, &self.deployment)) >= 0
    }

    /// What the fullest accelerator has left.
    pub(super) fn room(&self, workload: &Workload) -> Bytes {
        let ranks = self.ranks(RankLoad::of(workload, &self.deployment));
        ranks.iter().map(RankMemory::free).min().unwrap_or(Bytes::ZERO)
    }

    /// The most sequences at once, each as long as the workload's.
    pub fn max_concurrency(&self, workload: &Workload) -> Reach {
        let load = RankLoad::of(workload, &self.deployment);
        let dp = self.deployment.plan.dp();
        match edge(LARGEST, 2, |sequences| self.left(RankLoad { sequences, ..load })) {
            Reach::UpTo(count) => Reach::UpTo(count.saturating_mul(dp)),
            other => other,
        }
    }

    /// The longest context for as many sequences as the workload has, its output staying as it is.
    pub fn max_context(&self, workload: &Workload) -> Reach {
        let load = RankLoad::of(workload, &self.deployment);
        let output = workload.output();
        edge(LARGEST, workload.context(), |context| {
            let input = context.saturating_sub(output).max(1);
            self.left(RankLoad { context, input, prefix: load.prefix.min(input), ..load })
        })
    }

    /// The whole answer for a workload.
    pub fn estimate(&self, workload: &Workload) -> MemoryEstimate {
        let load = RankLoad::of(workload, &self.deployment);
        let demands: Vec<Demand> = self.demands(load).collect();
        let ranks = self.ranks_of(&demands);
        let room = |rank: &RankMemory| (rank.shortfall().get(), u64::MAX - rank.free().get());
        let worst = (0..ranks.len()).max_by_key(|index| room(&ranks[*index])).unwrap_or(0);
        let every = self.stages.iter().map(|kind| &demands[*kind]);
        let host = every.fold(HostMemory::default(), |sum, demand| HostMemory {
            weights: sum.weights + demand.host.weights,
            compute: sum.compute.max(demand.host.compute),
            output: sum.output.max(demand.host.output),
        });
        MemoryEstimate {
            pool: self.pool(&demands, load.context),
            host,
            worst,
            stages: ranks,
            max_concurrency: self.max_concurrency(workload),
            max_context: self.max_context(workload),
        }
    }

    /// The pool of the stage with the fewest blocks, which bounds the others.
    fn pool(&self, demands: &[Demand], context: u64) -> Option<PoolReport> {
        let per_group = match &self.deployment.engine.rules {
            EngineRules::Vllm(rules) => rules.printed == PrintedTokens::PerGroup,
            EngineRules::SgLang(_)
            | EngineRules::TensorRtLlm(_)
            | EngineRules::LlamaCpp(_)
            | EngineRules::Transformers(_)
            | EngineRules::Ideal(_) => false,
        };
        let reports = self.kinds.iter().zip(demands).filter_map(|(kind, demand)| {
            let layout = &kind.layout;
            (layout.block_bytes > Bytes::ZERO)
                .then(|| PoolReport::new(demand.pool, layout.clone(), context, per_group))
        });
        reports.min_by_key(|report| report.blocks)
    }

    /// Bytes of the caches of some kinds alone, all stages together: what they add to the others.
    pub fn cache_of(&self, workload: &Workload, counts: impl Fn(CacheKind) -> bool) -> Bytes {
        let load = RankLoad::of(workload, &self.deployment);
        let without = |kind: &PreparedStage| {
            let layers = kind.layers.iter().copied().filter(|layer| !counts(layer.kind));
            PreparedStage { layers: layers.collect(), ..kind.clone() }
        };
        let held = |kind: &PreparedStage| self.demand(kind, load).kv_cache.value;
        let stages = self.stages.iter().map(|stage| &self.kinds[*stage]);
        stages.map(|kind| held(kind).saturating_sub(held(&without(kind)))).sum()
    }

    /// The deployment.
    pub const fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The weights of every stage on one rank.
    pub fn weights(&self) -> &[StageWeights] {
        &self.weights
    }

    fn memory(&self) -> Bytes {
        self.deployment.cluster.accelerator.memory
    }
}

/// The limits of the engine's scheduler: what is set, or its own on this device.
fn limits(d: &Deployment) -> StepLimits {
    let accelerator = &d.cluster.accelerator;
    let own = d.engine.limits(accelerator.memory, &accelerator.name);
    StepLimits {
        sequences: d.options.max_sequences.or(own.sequences),
        tokens: d.options.max_batched_tokens.or(own.tokens),
    }
}

/// Encoders of images and sound, which some engines load from a file of their own and only when asked.
fn towers(stage: &StageWeights) -> Bytes {
    [Part::Vision, Part::Audio, Part::Projector].into_iter().map(|part| stage.of(part)).sum()
}

fn add(layers: &mut Vec<CacheLayer>, extra: CacheLayer) {
    match layers.iter_mut().find(|known| known.kind == extra.kind && known.row == extra.row) {
        Some(known) => known.count += extra.count,
        None => layers.push(extra),
    }
}
