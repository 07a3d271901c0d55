//! `slipstick train`: what it answers.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    training::{Layout, Parts, Recipe, Recompute, Schedule, Sharding, StageMemory, Use, search::Candidate},
    units::{Bytes, FlopRate, Flops, Frequency, Seconds, Usd},
};

use super::{Answer, ConfigRead, Trained, plan::Planned, search::Looked};
use crate::report::{DefaultTaken, Estimated, Plain, Report};

/// `slipstick train`: memory, step time, cost and layout of training a model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct TrainReport {
    /// Whether it fits.
    pub fits: bool,
    /// The model.
    pub model: String,
    /// Its parameters.
    pub parameters: u64,
    /// The training software.
    pub stack: StackUsed,
    /// How the model is split.
    pub layout: LayoutUsed,
    /// Memory of one accelerator.
    pub memory: TrainingMemory,
    /// One optimizer step.
    pub step: StepParts,
    /// Tokens per second on all accelerators together.
    pub tokens_per_s: Estimated<Frequency>,
    /// Tokens per second on each.
    pub tokens_per_s_per_accelerator: Estimated<Frequency>,
    /// Rate of work of each, by the convention.
    pub flops_per_s_per_accelerator: Estimated<FlopRate>,
    /// The dense peak of the format of matrix products.
    pub peak_flops_per_s: Plain<FlopRate>,
    /// Share of it that is reached.
    pub mfu: Estimated<f64>,
    /// How its FLOPs are counted.
    pub mfu_convention: &'static str,
    /// The same step under every way to count.
    pub mfu_by_convention: Vec<ConventionUse>,
    /// The whole run.
    pub run: RunReport,
    /// What was searched; only if the question asked for it.
    #[serde(flatten)]
    pub search: Option<SearchReport>,
    /// How its software is told to do it; empty where it does not fit or the software's words are not known.
    pub launch: Vec<LaunchReport>,
    /// Why there is no launch; null where there is one.
    pub no_launch: Option<String>,
    /// What was read of a launch file; only if the question names one.
    pub config: Option<ConfigRead>,
    /// Defaults that were taken.
    pub defaults: Vec<DefaultTaken>,
}

impl Report for TrainReport {
    const COMMAND: &'static str = "train";
}

/// A program's command.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LaunchReport {
    /// The program.
    pub software: &'static str,
    /// The version of it whose source the words were looked up in.
    pub version: &'static str,
    /// Its command.
    pub command: String,
    /// The file that it reads, where it does.
    pub file: Option<String>,
    /// The name by which the command reads it.
    pub file_name: Option<&'static str>,
    /// Flags that say what neither command nor file can: with them and `--config` it is the same training again.
    pub unsaid: Vec<String>,
    /// What is still to be put in.
    pub notes: Vec<String>,
}

/// The training software.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct StackUsed {
    /// Its name.
    pub name: String,
    /// Its version: what was asked for, or the newest that is known.
    pub version: String,
    /// The versions that its rules are known to hold for.
    pub rules: String,
    /// What times were fitted on: software, chip family, format, kind of work.
    pub fitted_on: String,
    /// How many measured runs those are.
    pub points: u32,
}

/// A layout with what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LayoutUsed {
    /// Data-parallel ranks.
    pub dp: u64,
    /// Tensor-parallel ranks.
    pub tp: u64,
    /// Pipeline stages.
    pub pp: u64,
    /// Chunks of layers a stage.
    pub vpp: u64,
    /// Ranks that a sequence is split between.
    pub cp: u64,
    /// Ranks that experts are split between.
    pub ep: u64,
    /// Tensor-parallel ranks of an expert.
    pub etp: u64,
    /// What ranks share: 0 nothing, 1 optimizer state, 2 gradients too, 3 weights too.
    pub zero: u64,
    /// Sequences of a micro-batch.
    pub micro_batch: u64,
    /// Micro-batches of a step.
    pub accumulation: u64,
    /// What is computed again.
    pub recompute: String,
    /// The order of micro-batches.
    pub schedule: &'static str,
}

/// Memory of one accelerator.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct TrainingMemory {
    /// What the driver shows of an accelerator.
    pub capacity_bytes: Plain<Bytes>,
    /// The largest of all stages and phases, as the device reports it.
    pub peak_bytes: Estimated<Bytes>,
    /// Tensors that live at that time.
    pub allocated_bytes: Estimated<Bytes>,
    /// What the allocator took of the device.
    pub reserved_bytes: Estimated<Bytes>,
    /// What the driver reports: context, libraries and communicators too.
    pub device_bytes: Estimated<Bytes>,
    /// Each stage in each phase, as its allocator counts.
    pub stages: Vec<StageReport>,
}

/// One stage in one phase.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct StageReport {
    /// The stage, from 0.
    pub stage: u64,
    /// The phase.
    pub phase: &'static str,
    /// All of it.
    pub peak_bytes: Plain<Bytes>,
    /// Weights.
    pub weights_bytes: Plain<Bytes>,
    /// Gradients.
    pub gradients_bytes: Plain<Bytes>,
    /// Moments and master copy.
    pub optimizer_bytes: Plain<Bytes>,
    /// What is kept for the backward pass.
    pub activations_bytes: Plain<Bytes>,
    /// Logits.
    pub logits_bytes: Plain<Bytes>,
    /// Buckets and placeholders.
    pub buffers_bytes: Plain<Bytes>,
    /// What lives for one layer or for the optimizer's step.
    pub transient_bytes: Plain<Bytes>,
    /// What lies in the host's memory instead; no part of the peak.
    pub host_bytes: Plain<Bytes>,
}

/// A step and its parts, which sum to it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct StepParts {
    /// The whole step.
    pub time_s: Estimated<Seconds>,
    /// Computation.
    pub compute_s: Plain<Seconds>,
    /// Communication that computation does not hide.
    pub exposed_communication_s: Plain<Seconds>,
    /// Waiting of pipeline stages.
    pub bubble_s: Plain<Seconds>,
    /// The optimizer.
    pub optimizer_s: Plain<Seconds>,
    /// The host.
    pub host_s: Plain<Seconds>,
    /// What is done before weights are trained, such as drawing samples; null where nothing is.
    pub before_training_s: Option<Plain<Seconds>>,
    /// The same by operator.
    pub operators: Vec<OperatorPart>,
}

/// One part of a step.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OperatorPart {
    /// What it is.
    pub operator: &'static str,
    /// Its time.
    pub time_s: Plain<Seconds>,
}

/// A utilisation under one way to count.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ConventionUse {
    /// How FLOPs are counted.
    pub convention: &'static str,
    /// FLOPs of a token.
    pub flops_per_token: Plain<Flops>,
    /// Rate of work of each accelerator.
    pub flops_per_s_per_accelerator: Plain<FlopRate>,
    /// Share of the dense peak.
    pub mfu: f64,
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RunReport {
    /// Tokens.
    pub tokens: u64,
    /// Steps.
    pub steps: u64,
    /// Wall time, failures included.
    pub time_s: Plain<Seconds>,
    /// Accelerator-hours.
    #[schemars(extend("unit" = "h"))]
    pub accelerator_hours: f64,
    /// Price of it; none without an offer.
    pub usd: Option<Plain<Usd>>,
    /// When the price was read.
    pub price_as_of: Option<String>,
    /// Who offers it.
    pub price_source: Option<String>,
    /// Energy.
    #[schemars(extend("unit" = "kWh"))]
    pub energy_kwh: Option<f64>,
    /// Carbon dioxide.
    #[schemars(extend("unit" = "kg"))]
    pub co2_kg: Option<f64>,
    /// Failures to be expected.
    pub failures: f64,
    /// The useful share of the time.
    pub goodput: f64,
    /// Time between checkpoints that loses least.
    pub checkpoint_interval_s: Plain<Seconds>,
    /// Stall of one.
    pub checkpoint_stall_s: Plain<Seconds>,
    /// A checkpoint.
    pub checkpoint_bytes: Plain<Bytes>,
    /// The data set.
    pub data_set_bytes: Plain<Bytes>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SearchReport {
    /// Ways that were enumerated.
    pub candidates: u64,
    /// Those whose degrees divide what they split.
    pub valid: u64,
    /// Those that fit.
    pub fit: u64,
    /// How long it took; none where no clock may be read.
    pub search_s: Option<f64>,
    /// The fewest accelerators of this kind that can train the model, in whole nodes beyond one.
    pub minimum_accelerators: Option<u64>,
    /// The best, best first.
    pub best: Vec<CandidateReport>,
    /// No other is both faster and smaller.
    pub front: Vec<CandidateReport>,
    /// Layouts beside the best, and why they lose.
    pub neighbours: Vec<NeighbourReport>,
}

/// A layout that was found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CandidateReport {
    /// The layout.
    pub layout: LayoutUsed,
    /// Its step.
    pub time_s: Estimated<Seconds>,
    /// Tokens per second on all accelerators together.
    pub tokens_per_s: Estimated<Frequency>,
    /// Utilisation by the convention.
    pub mfu: Estimated<f64>,
    /// Its memory, as the device reports it.
    pub peak_bytes: Estimated<Bytes>,
    /// Price of the whole run.
    pub usd: Option<Plain<Usd>>,
}

/// A layout beside the best.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct NeighbourReport {
    /// The layout.
    pub layout: LayoutUsed,
    /// Its step, where it fits.
    pub time_s: Option<Plain<Seconds>>,
    /// Why it loses.
    pub why: String,
}

impl TrainReport {
    pub(crate) fn of(a: &Answer) -> Self {
        let (trained, planned) = (&a.trained, &a.trained.planned);
        let used = a.used();
        Self {
            fits: planned.fits(),
            model: planned.name.clone(),
            parameters: planned.shape.parameters(),
            stack: StackUsed {
                name: planned.software.entry.stack.name.clone(),
                version: planned.software.version.clone(),
                rules: planned.software.entry.stack.version.clone(),
                fitted_on: planned.efficiency.fitted_on.clone(),
                points: planned.efficiency.points,
            },
            layout: LayoutUsed::of(planned, &planned.chosen),
            memory: memory(trained),
            step: step(trained),
            tokens_per_s: trained.inverse(a.rates.all, Frequency::per_s),
            tokens_per_s_per_accelerator: trained.inverse(a.rates.each, Frequency::per_s),
            flops_per_s_per_accelerator: trained.inverse(used.rate, FlopRate::flops_per_s),
            peak_flops_per_s: trained.peak.into(),
            mfu: trained.inverse(used.share, |share| share),
            mfu_convention: planned.convention.name(),
            mfu_by_convention: a.uses.iter().map(ConventionUse::from).collect(),
            run: run(a),
            search: a.looked.as_ref().map(|looked| looked.report(a)),
            launch: a.launches.report(),
            no_launch: a.launches.why_none.clone(),
            config: a.config.clone(),
            defaults: planned.defaults.iter().map(DefaultTaken::from).collect(),
        }
    }
}

impl From<&Use> for ConventionUse {
    fn from(used: &Use) -> Self {
        Self {
            convention: used.convention.name(),
            flops_per_token: used.token.into(),
            flops_per_s_per_accelerator: used.rate.into(),
            mfu: used.share,
        }
    }
}

/// The memory of a job.
pub(crate) fn memory(a: &Trained) -> TrainingMemory {
    let all: Vec<StageReport> = a.stages.iter().map(StageReport::from).collect();
    TrainingMemory {
        capacity_bytes: a.planned.cluster.accelerator.memory.into(),
        peak_bytes: a.meters.device.into(),
        allocated_bytes: a.meters.allocated.into(),
        reserved_bytes: a.meters.reserved.into(),
        device_bytes: a.meters.device.into(),
        stages: all,
    }
}

/// Parts of a step that are work; the others have names of their own.
const OPERATORS: usize = 10;

fn step(a: &Trained) -> StepParts {
    let parts = a.step.parts().into_iter().take(OPERATORS);
    StepParts {
        time_s: a.time(),
        compute_s: a.step.compute().into(),
        exposed_communication_s: a.step.communication().into(),
        bubble_s: a.step.bubble.into(),
        optimizer_s: a.step.optimizer.into(),
        host_s: a.step.host.into(),
        before_training_s: (a.step.before > Seconds::ZERO).then(|| a.step.before.into()),
        operators: parts.map(|(operator, time)| OperatorPart { operator, time_s: time.into() }).collect(),
    }
}

fn run(a: &Answer) -> RunReport {
    let run = &a.run;
    RunReport {
        tokens: run.tokens,
        steps: run.steps,
        time_s: run.time.into(),
        accelerator_hours: run.accelerator_hours,
        usd: run.cost.map(Into::into),
        price_as_of: a.price.as_ref().and_then(|price| price.as_of.clone()),
        price_source: a.price.as_ref().map(|price| price.source.clone()),
        energy_kwh: run.energy.map(slipstick_core::units::Energy::as_kwh),
        co2_kg: run.co2_kg,
        failures: run.failures,
        goodput: run.goodput,
        checkpoint_interval_s: run.checkpoint_interval.into(),
        checkpoint_stall_s: run.checkpoint_stall.into(),
        checkpoint_bytes: run.checkpoint.into(),
        data_set_bytes: run.data_set.into(),
    }
}

impl From<&StageMemory> for StageReport {
    fn from(stage: &StageMemory) -> Self {
        Self {
            stage: stage.stage,
            phase: stage.phase.name(),
            peak_bytes: stage.peak().into(),
            weights_bytes: stage.weights.into(),
            gradients_bytes: stage.gradients.into(),
            optimizer_bytes: stage.optimizer.into(),
            activations_bytes: stage.activations.into(),
            logits_bytes: stage.logits.into(),
            buffers_bytes: stage.buffers.into(),
            transient_bytes: stage.transient.into(),
            host_bytes: stage.host.into(),
        }
    }
}

impl LayoutUsed {
    /// The layout of a candidate.
    pub(crate) fn of(planned: &Planned, candidate: &Candidate) -> Self {
        let recipe = &planned.recipes[candidate.recipe];
        Self::new(candidate.layout, recipe, candidate.batch.micro, candidate.batch.accumulation)
    }

    pub(super) fn new(layout: Layout, recipe: &Recipe, micro_batch: u64, accumulation: u64) -> Self {
        let Layout { dp, tp, pp, vpp, cp, ep, etp } = layout;
        let schedule = match recipe.schedule {
            Schedule::OneForwardOneBackward if vpp > 1 => "interleaved",
            other => other.name(),
        };
        let (zero, recompute) = (zero(recipe.sharding), recompute_name(recipe.recompute));
        Self { dp, tp, pp, vpp, cp, ep, etp, zero, micro_batch, accumulation, recompute, schedule }
    }
}

/// The stage of sharing states.
pub(crate) const fn zero(sharding: Sharding) -> u64 {
    match sharding {
        Sharding::Whole => 0,
        Sharding::Optimizer => 1,
        Sharding::Gradients => 2,
        Sharding::Weights => 3,
    }
}

/// What is computed again, as a request says it.
pub(super) fn recompute_name(recompute: Recompute) -> String {
    match recompute {
        Recompute::None => "none".to_owned(),
        Recompute::Full => "full".to_owned(),
        Recompute::Block(layers) => format!("block:{layers}"),
        Recompute::Selective(parts) => {
            let names = [
                (Parts::NORMS, "norms"),
                (Parts::ATTENTION, "attention"),
                (Parts::ACTIVATION, "activation"),
                (Parts::LATENT_UP, "mla-up"),
                (Parts::FEED_FORWARD, "mlp"),
                (Parts::EXPERTS, "experts"),
                (Parts::SECOND_PRODUCTS, "second-products"),
            ];
            let own: Vec<&str> =
                names.into_iter().filter(|(part, _)| parts.has(*part)).map(|(_, name)| name).collect();
            own.join(",")
        }
    }
}

impl Looked {
    fn report(&self, a: &Answer) -> SearchReport {
        let planned = &a.trained.planned;
        let found = &planned.found;
        SearchReport {
            candidates: found.candidates,
            valid: found.valid,
            fit: found.fit,
            search_s: self.seconds,
            minimum_accelerators: self.minimum,
            best: found.best.iter().map(|candidate| a.candidate(candidate)).collect(),
            front: found.front.iter().map(|candidate| a.candidate(candidate)).collect(),
            neighbours: Self::neighbours(planned),
        }
    }
}
