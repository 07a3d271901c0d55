//! A deployment, prepared once and asked often.

use super::{
    demand::{Demand, Load, Stage},
    layers::{CacheLayer, cache_layers, draft_layers},
    library, llama_cpp, pooled,
    report::{HostMemory, MemoryEstimate, PoolReport, RankMemory},
    search::{Reach, largest},
    vllm,
    widths::Widths,
};
use crate::{
    engine::{EngineOptions, EngineProfile, EngineRules, PrintedTokens},
    model::{Model, Part},
    numeric::{CacheFormat, Format},
    plan::{Plan, StageWeights},
    units::Bytes,
    workload::Workload,
};

/// Counts beyond this are not searched.
const LARGEST: u64 = 1 << 32;

/// A model on accelerators under an engine.
#[derive(Debug, Clone, Copy)]
pub struct Deployment<'a> {
    /// The model.
    pub model: &'a Model,
    /// The weights of every stage ([`Plan::stage_weights`]).
    pub weights: &'a [StageWeights],
    /// The layout.
    pub plan: Plan,
    /// The format of the cache.
    pub cache: CacheFormat,
    /// Memory of one accelerator.
    pub memory: Bytes,
    /// Its name, since engines pick batch limits by it.
    pub device: &'a str,
    /// The engine.
    pub profile: &'a EngineProfile,
    /// What is set differently.
    pub options: &'a EngineOptions,
}

/// A deployment with everything that does not depend on the workload worked out.
#[derive(Debug, Clone)]
pub struct MemoryModel<'a> {
    deployment: Deployment<'a>,
    stages: Vec<PreparedStage>,
}

#[derive(Debug, Clone)]
struct PreparedStage {
    weights: Bytes,
    experts: Bytes,
    expert_format: Option<Format>,
    layers: Vec<CacheLayer>,
    widths: Widths,
}

impl<'a> MemoryModel<'a> {
    /// Prepares a deployment.
    pub fn new(deployment: Deployment<'a>) -> Self {
        let Deployment { model, weights, plan, cache, profile, options, .. } = deployment;
        let last = weights.len().saturating_sub(1);
        let stages = weights.iter().enumerate().map(|(index, stage)| {
            let held = model.layers.get(stage.layers.clone()).unwrap_or_default();
            let mut layers = cache_layers(held.iter(), plan, cache, &profile.rules);
            let mut bytes = stage.total();
            if matches!(profile.rules, EngineRules::LlamaCpp(_)) && options.towers != Some(true) {
                bytes = bytes.saturating_sub(towers(stage));
            }
            if index == last {
                bytes += options.drafts.weights;
                if let Some(draft) = draft_layers(model, options.drafts, plan, cache, &profile.rules) {
                    add(&mut layers, draft);
                }
            }
            let embedding = stage.of(Part::Embedding);
            let (experts, expert_format) = (stage.of(Part::Experts), stage.expert_format);
            PreparedStage {
                weights: bytes,
                experts,
                expert_format,
                layers,
                widths: Widths::new(model, plan, embedding),
            }
        });
        Self { deployment, stages: stages.collect() }
    }

    fn demands(&self, load: Load) -> impl Iterator<Item = Demand> {
        let last = self.stages.len().saturating_sub(1);
        self.stages.iter().enumerate().map(move |(index, prepared)| {
            let stage = Stage {
                deployment: &self.deployment,
                weights: prepared.weights,
                experts: prepared.experts,
                expert_format: prepared.expert_format,
                layers: &prepared.layers,
                widths: &prepared.widths,
                first: index == 0,
                last: index == last,
            };
            match &self.deployment.profile.rules {
                EngineRules::Vllm(rules) => vllm::demand(&stage, rules, load),
                EngineRules::SgLang(rules) => pooled::sglang(&stage, rules, load),
                EngineRules::TensorRtLlm(rules) => pooled::tensorrt_llm(&stage, rules, load),
                EngineRules::LlamaCpp(rules) => llama_cpp::demand(&stage, rules, load),
                EngineRules::Transformers(rules) => library::transformers(&stage, rules, load),
                EngineRules::Ideal => library::ideal(&stage, load),
            }
        })
    }

    /// One accelerator of every stage for `load`.
    pub fn ranks(&self, load: Load) -> Vec<RankMemory> {
        (0..)
            .zip(self.demands(load))
            .map(|(stage, demand)| RankMemory::new(stage, self.deployment.memory, &demand))
            .collect()
    }

    /// Whether a workload fits on every accelerator.
    pub fn fits(&self, workload: &Workload) -> bool {
        self.holds(Load::of(workload, &self.deployment))
    }

    /// What the fullest accelerator has left.
    pub(super) fn room(&self, workload: &Workload) -> Bytes {
        let ranks = self.ranks(Load::of(workload, &self.deployment));
        ranks.iter().map(RankMemory::free).min().unwrap_or(Bytes::ZERO)
    }

    fn holds(&self, load: Load) -> bool {
        self.demands(load).all(|demand| {
            let grows = demand.grows().value;
            grows <= demand.pool && demand.fixed().value + grows <= self.deployment.memory
        })
    }

    /// The most sequences at once, each as long as the workload's.
    pub fn max_concurrency(&self, workload: &Workload) -> Reach {
        let load = Load::of(workload, &self.deployment);
        let dp = self.deployment.plan.dp();
        match largest(LARGEST, |sequences| self.holds(Load { sequences, ..load })) {
            Reach::UpTo(count) => Reach::UpTo(count.saturating_mul(dp)),
            other => other,
        }
    }

    /// The longest context for as many sequences as the workload has, its output staying as it is.
    pub fn max_context(&self, workload: &Workload) -> Reach {
        let load = Load::of(workload, &self.deployment);
        let output = workload.output();
        largest(LARGEST, |context| {
            let input = context.saturating_sub(output).max(1);
            self.holds(Load { context, input, prefix: load.prefix.min(input), ..load })
        })
    }

    /// The whole answer for a workload.
    pub fn estimate(&self, workload: &Workload) -> MemoryEstimate {
        let load = Load::of(workload, &self.deployment);
        let demands: Vec<Demand> = self.demands(load).collect();
        let ranks: Vec<RankMemory> = (0..)
            .zip(&demands)
            .map(|(stage, demand)| RankMemory::new(stage, self.deployment.memory, demand))
            .collect();
        let room = |rank: &RankMemory| (rank.shortfall().get(), u64::MAX - rank.free().get());
        let worst = (0..ranks.len()).max_by_key(|index| room(&ranks[*index])).unwrap_or(0);
        let host = demands.iter().fold(HostMemory::default(), |sum, demand| HostMemory {
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
        let per_group = match &self.deployment.profile.rules {
            EngineRules::Vllm(rules) => rules.printed == PrintedTokens::PerGroup,
            EngineRules::SgLang(_)
            | EngineRules::TensorRtLlm(_)
            | EngineRules::LlamaCpp(_)
            | EngineRules::Transformers(_)
            | EngineRules::Ideal => false,
        };
        let reports = demands.iter().filter_map(|demand| {
            let layout = demand.blocks.clone()?;
            Some(PoolReport::new(demand.pool, layout, context, per_group))
        });
        reports.min_by_key(|report| report.blocks)
    }

    /// The deployment.
    pub const fn deployment(&self) -> &Deployment<'a> {
        &self.deployment
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
