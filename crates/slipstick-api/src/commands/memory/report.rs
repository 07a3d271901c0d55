//! The report of `slipstick memory`, most of which is also part of an estimate's.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    basis::Basis,
    estimate::memory,
    plan::Plan,
    units::{Bytes, UsdPerHour},
};

use super::{MemoryAnswer, max_context, reach};
use crate::{
    report::{DefaultTaken, Estimated, Plain, Report},
    request::format_name,
    resolve::Resolved,
};

/// `slipstick memory`: does it fit, and how far could it go.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MemoryReport {
    /// What each accelerator holds.
    #[serde(flatten)]
    pub memory: DeploymentMemory,
    /// What would make it fit.
    pub advice: Advice,
}

impl Report for MemoryReport {
    const COMMAND: &'static str = "memory";
}

/// A deployment and what each of its accelerators holds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct DeploymentMemory {
    /// `holds` the load, `queues` part of it, or `does_not_start`.
    pub verdict: &'static str,
    /// Whether it starts.
    pub fits: bool,
    /// What is deployed.
    pub model: DeployedModel,
    /// What it is deployed on.
    pub accelerator: DeployedOn,
    /// The engine and the version whose rules hold.
    pub engine: EngineVersion,
    /// Ranks of each kind.
    pub plan: PlanDegrees,
    /// The format of the weights.
    pub weights_format: String,
    /// The format of the cache.
    pub kv_dtype: String,
    /// What it is to hold.
    pub workload: HeldWorkload,
    /// What the fullest accelerator holds.
    pub per_accelerator: RankSizes,
    /// What of its overhead is for what.
    pub overhead: OverheadSizes,
    /// The pool of cache blocks, where the engine has one.
    pub pool: Option<PoolSizes>,
    /// What lies in the host's memory beside that; null where nothing does.
    pub host_bytes: Option<Plain<Bytes>>,
    /// With how many sequences the engine starts, where it wants a block of state for each.
    pub state_limit: Option<StateLimit>,
    /// Sequences of this context that memory holds at once; 4,294,967,296 where it sets no bound.
    #[schemars(extend("better" = "larger"))]
    pub max_concurrency: u64,
    /// The longest context that memory holds for this many sequences.
    #[schemars(extend("better" = "larger"))]
    pub max_context_tokens: u64,
    /// What was not said, and what was taken for it.
    pub defaults: Vec<DefaultTaken>,
}

/// A model that is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct DeployedModel {
    /// Its name.
    pub name: String,
    /// Its architecture.
    pub model_type: String,
    /// `exact`, or `assumed` where an unknown architecture was read as a plain decoder.
    pub basis: &'static str,
}

/// Accelerators of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct DeployedOn {
    /// Their id.
    pub id: String,
    /// How many.
    pub count: u64,
    /// The memory of one.
    pub capacity_bytes: Plain<Bytes>,
}

/// A serving engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct EngineVersion {
    /// Its name.
    pub name: String,
    /// The version whose rules hold; empty where it has none.
    pub version: String,
}

/// Ranks of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlanDegrees {
    /// Tensor-parallel ranks.
    pub tp: u64,
    /// Pipeline stages.
    pub pp: u64,
    /// Data-parallel ranks.
    pub dp: u64,
    /// Expert-parallel groups.
    pub ep: u64,
}

/// Sequences to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct HeldWorkload {
    /// Tokens of each.
    pub context_tokens: u64,
    /// How many.
    pub concurrency: u64,
}

/// What one accelerator holds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RankSizes {
    /// Its pipeline stage, from 0.
    pub stage: u64,
    /// Weights.
    pub weights_bytes: Plain<Bytes>,
    /// The same with the spread of makers' checkpoints, where they are counted in another format than the model's own.
    pub weights_band_bytes: Estimated<Bytes>,
    /// Of the weights, encoders of images and sound that come in a file of their own; null where none do.
    pub towers_bytes: Option<Estimated<Bytes>>,
    /// Keys and values, as the load runs.
    pub kv_cache_bytes: Plain<Bytes>,
    /// Keys and values if every sequence were at its worst at once, with which some engines plan.
    pub kv_cache_worst_bytes: Plain<Bytes>,
    /// Convolution and recurrent state.
    pub state_bytes: Plain<Bytes>,
    /// Activations of the largest step.
    pub activations_bytes: Estimated<Bytes>,
    /// Everything else.
    pub overhead_bytes: Estimated<Bytes>,
    /// All of it.
    pub total_bytes: Estimated<Bytes>,
    /// What is left.
    pub free_bytes: Plain<Bytes>,
}

/// What of the overhead is for what.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OverheadSizes {
    /// The driver's context and the libraries.
    pub context_bytes: Estimated<Bytes>,
    /// Captured graphs.
    pub graphs_bytes: Estimated<Bytes>,
    /// Block tables and other small buffers.
    pub tables_bytes: Estimated<Bytes>,
    /// What the engine leaves free by its own setting.
    pub reserve_bytes: Estimated<Bytes>,
}

/// The pool of cache blocks of one accelerator.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PoolSizes {
    /// Its size.
    pub bytes: Estimated<Bytes>,
    /// Blocks in all.
    pub blocks: Estimated<u64>,
    /// Blocks that one request of the context takes at its worst, with which the engine plans.
    pub blocks_per_request: u64,
    /// Blocks that one such request keeps while it decodes.
    pub blocks_kept: u64,
    /// The token count that the engine prints at start.
    pub printed_tokens: Estimated<u64>,
    /// Requests of the context that the blocks hold, all at their worst, as the engine prints.
    pub concurrency: f64,
}

/// With how many sequences an engine starts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct StateLimit {
    /// The most sequences at once with which it starts: blocks of state.
    pub max_sequences: Estimated<u64>,
    /// The most sequences that were asked for; null where nobody said.
    pub asked: Option<u64>,
    /// The engine's own number.
    pub default: Option<u64>,
}

/// What would make a deployment fit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Advice {
    /// Changes, the mildest and cheapest first; none where it fits.
    pub changes: Vec<AdvisedChange>,
    /// The fewest accelerators of this kind that hold the load; null if more than were tried.
    pub fewest_accelerators: Option<FewestAccelerators>,
    /// How many were tried.
    pub most_accelerators_tried: u64,
}

/// A change that makes a deployment fit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct AdvisedChange {
    /// What is changed.
    pub kind: &'static str,
    /// The change in words.
    pub change: String,
    /// What to type instead of, or beside, what was typed.
    pub flags: String,
    /// Whether it fits afterwards.
    pub fits: bool,
    /// The accelerator's id.
    pub accelerator: String,
    /// How many.
    pub accelerators: u64,
    /// What of one's memory is taken.
    pub total_bytes: Plain<Bytes>,
    /// What of it is free.
    pub free_bytes: Plain<Bytes>,
    /// What all accelerators cost.
    pub usd_per_hour: Option<Plain<UsdPerHour>>,
}

/// The fewest accelerators that hold a load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FewestAccelerators {
    /// How many.
    pub count: u64,
    /// Their ranks.
    pub plan: PlanDegrees,
    /// What to type for them.
    pub flags: String,
}

impl DeploymentMemory {
    pub(crate) fn of(a: &MemoryAnswer) -> Self {
        let resolved = &a.resolved;
        Self {
            verdict: a.verdict.name(),
            fits: a.verdict.starts(),
            model: DeployedModel {
                name: resolved.model.name.clone(),
                model_type: resolved.model.model.model_type.clone(),
                basis: architecture_basis(resolved).name(),
            },
            accelerator: DeployedOn {
                id: resolved.cluster().accelerator.id.clone(),
                count: resolved.cluster().accelerators(),
                capacity_bytes: resolved.cluster().accelerator.memory.into(),
            },
            engine: EngineVersion::of(resolved),
            plan: resolved.plan().into(),
            weights_format: resolved.formats_name.clone(),
            kv_dtype: format_name(resolved.cache().key),
            workload: HeldWorkload {
                context_tokens: a.workload.context(),
                concurrency: a.workload.concurrency(),
            },
            per_accelerator: rank(a),
            overhead: overhead(a),
            pool: pool(a),
            host_bytes: host(a),
            state_limit: a.estimate.state_limit.as_ref().map(StateLimit::of),
            max_concurrency: reach(a.estimate.max_concurrency),
            max_context_tokens: max_context(a),
            defaults: defaults(resolved),
        }
    }
}

/// Whether every number is assumed because the architecture is.
pub(crate) fn architecture_basis(resolved: &Resolved) -> Basis {
    if resolved.model.assumed_architecture { Basis::Assumed } else { Basis::Exact }
}

fn rank(a: &MemoryAnswer) -> RankSizes {
    let rank = a.estimate.rank();
    RankSizes {
        stage: rank.stage,
        weights_bytes: rank.weights.value.into(),
        weights_band_bytes: rank.weights.into(),
        towers_bytes: Some(rank.towers).filter(|towers| !towers.is_zero()).map(Estimated::from),
        kv_cache_bytes: rank.kv_cache.value.into(),
        kv_cache_worst_bytes: rank.kv_cache_worst.into(),
        state_bytes: rank.state.value.into(),
        activations_bytes: rank.activations.into(),
        overhead_bytes: rank.overhead.total().into(),
        total_bytes: rank.total().into(),
        free_bytes: rank.free().into(),
    }
}

fn overhead(a: &MemoryAnswer) -> OverheadSizes {
    let overhead = &a.estimate.rank().overhead;
    OverheadSizes {
        context_bytes: overhead.context.into(),
        graphs_bytes: overhead.graphs.into(),
        tables_bytes: overhead.tables.into(),
        reserve_bytes: overhead.reserve.into(),
    }
}

fn host(a: &MemoryAnswer) -> Option<Plain<Bytes>> {
    Some(a.estimate.host.total()).filter(|bytes| *bytes > Bytes::ZERO).map(Plain)
}

fn pool(a: &MemoryAnswer) -> Option<PoolSizes> {
    a.estimate.pool.as_ref().map(|pool| PoolSizes {
        bytes: pool.bytes.into(),
        blocks: pool.blocks.into(),
        blocks_per_request: pool.blocks_per_request,
        blocks_kept: pool.blocks_kept,
        printed_tokens: pool.printed_tokens.into(),
        concurrency: pool.concurrency(),
    })
}

impl StateLimit {
    fn of(limit: &memory::StateLimit) -> Self {
        Self { max_sequences: limit.blocks.into(), asked: limit.asked, default: limit.default }
    }
}

impl EngineVersion {
    pub(crate) fn of(resolved: &Resolved) -> Self {
        Self { name: resolved.engine_name().to_owned(), version: resolved.engine().version.clone() }
    }
}

impl From<Plan> for PlanDegrees {
    fn from(plan: Plan) -> Self {
        Self { tp: plan.tp(), pp: plan.pp(), dp: plan.dp(), ep: plan.ep() }
    }
}

/// What was taken where neither the request nor the configuration said anything.
pub(crate) fn defaults(resolved: &Resolved) -> Vec<DefaultTaken> {
    let keys = resolved.model.assumed.iter().map(|assumed| {
        let flag = format!("config.json: {}", assumed.key);
        DefaultTaken::new(flag, assumed.value.as_str(), "default of the architecture")
    });
    resolved.defaults.iter().map(DefaultTaken::from).chain(keys).collect()
}
