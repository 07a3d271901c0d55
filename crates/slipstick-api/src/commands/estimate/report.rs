//! The report of `slipstick estimate`.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    basis::Basis,
    estimate::{Estimate, answer::RooflineRow, memory::limited, serving::Service},
    formulas::{cost::tokens::output_share, time::batching::chunks_per_step},
    hardware::{Calibration, Spread, Spreads},
    units::{
        Bandwidth, Energy, FlopRate, Flops, Frequency, Intensity, Power, Seconds, Traffic, Usd, UsdPerHour,
    },
    workload::{Arrival, Workload},
};

use super::{
    AtRate, EstimateAnswer, PoolsReport, Sureness,
    speculating::{Speculating, prefix_caching},
};
use crate::{
    commands::memory::{Advice, Advised, DeploymentMemory, EngineVersion, defaults},
    report::{DefaultTaken, Estimated, Plain, Report},
};

/// `slipstick estimate`: how fast, how many, at what cost.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct EstimateReport {
    /// `holds` the load, `queues` part of it, is `saturated` by the rate of requests, or `does_not_start`.
    pub verdict: &'static str,
    /// Whether it starts.
    pub fits: bool,
    /// The engine and the version whose rules hold.
    pub engine: EngineVersion,
    /// What each accelerator holds.
    pub memory: DeploymentMemory,
    /// The pools, where workers that read are not those that write: then `memory` is that of a worker that writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pools: Option<Box<PoolsReport>>,
    /// The load.
    pub workload: ServedWorkload,
    /// How it serves; absent of what does not start.
    #[serde(flatten)]
    pub served: Option<Served>,
    /// What would make it fit; absent of what starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
    /// The efficiencies that the times rest on.
    pub calibration: CalibrationUsed,
    /// What was not said, and what was taken for it.
    pub defaults: Vec<DefaultTaken>,
}

impl Report for EstimateReport {
    const COMMAND: &'static str = "estimate";
}

/// A load.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ServedWorkload {
    /// Prompt tokens of a request.
    pub input_tokens: u64,
    /// Output tokens of a request.
    pub output_tokens: u64,
    /// Requests in flight; of requests that arrive at a rate as many as that comes to.
    pub concurrency: u64,
    /// Tokens that the engine is told a sequence may reach.
    pub context_tokens: u64,
    /// Leading prompt tokens that all requests share; 0 where nothing is said of any.
    pub shared_prefix_tokens: u64,
    /// Share of a prompt that is found in a cache, as the request says.
    pub prefix_hit: f64,
    /// How requests arrive.
    pub arrival: &'static str,
    /// Requests that arrive per second, where they do so at a rate.
    pub rate_per_s: Option<Plain<Frequency>>,
    /// Requests that each place serves, where a benchmark starts from nothing.
    pub requests_per_slot: Option<f64>,
}

/// How a deployment serves a load.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Served {
    /// Times of a request.
    pub latency: Latency,
    /// Rates of the whole deployment.
    pub throughput: Throughput,
    /// How it holds the rate that requests arrive at; absent of other loads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_rate: Option<AtRate>,
    /// What most of the time goes into.
    pub bound: &'static str,
    /// How requests share steps.
    pub batching: Batching,
    /// What drafts gain; null where nothing is drafted.
    pub speculation: Option<Speculating>,
    /// FLOPs for each byte moved.
    pub intensity: Intensities,
    /// What it costs; null without a price.
    pub cost: Option<Cost>,
    /// What it draws; null without a power limit.
    pub energy: Option<EnergyUse>,
    /// Operators of the prefill of one prompt, and of one decode step.
    pub roofline: Vec<OperatorTime>,
    /// The command that starts the engine as it was estimated.
    pub launch: Option<String>,
    /// The command that starts it for as many sequences at once as memory holds.
    pub launch_serves: Option<String>,
}

/// Times of a request.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Latency {
    /// To the first token; null where the queue grows without bound.
    pub ttft_s: Option<Estimated<Seconds>>,
    /// Between two tokens.
    pub tpot_s: Estimated<Seconds>,
    /// To the last token; null where the queue grows without bound.
    pub e2e_s: Option<Estimated<Seconds>>,
    /// Of the time to the first token, the request's own prefill.
    pub own_prefill_s: Plain<Seconds>,
    /// Of it, waiting for the steps of others.
    pub wait_s: Plain<Seconds>,
    /// Of it, waiting for a place; null where the queue grows without bound.
    pub queue_s: Option<Plain<Seconds>>,
}

/// Rates of a whole deployment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Throughput {
    /// Tokens read.
    pub input_tokens_per_s: Estimated<Frequency>,
    /// Tokens generated.
    pub output_tokens_per_s: Estimated<Frequency>,
    /// Both.
    pub total_tokens_per_s: Estimated<Frequency>,
    /// Requests answered.
    pub requests_per_s: Estimated<Frequency>,
}

/// How requests share steps.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Batching {
    /// Sequences of a replica in flight.
    pub sequences: f64,
    /// Those that decode at once.
    pub decoding_sequences: f64,
    /// Tokens that the engine puts into one step at most; null without a limit.
    pub max_batched_tokens: Option<u64>,
    /// Whether prompts that do not fit into a step are divided.
    pub chunked_prefill: bool,
    /// Whether the caches of earlier prompts are kept: `on`, `off`, `slots` or `never`.
    pub prefix_caching: &'static str,
    /// Prompt tokens of a request that are found in a cache.
    pub cached_prompt_tokens: f64,
    /// Prompt tokens that an average step carries.
    pub prefill_tokens_per_step: f64,
    /// Chunks of prompts that an average step carries.
    pub chunks_per_step: f64,
    /// Share of steps that carry any.
    pub mixed_step_share: f64,
    /// The prefill of one prompt alone.
    pub prefill_s: Plain<Seconds>,
    /// A step that decodes only.
    pub decode_step_s: Plain<Seconds>,
    /// A step that also carries prompts.
    pub mixed_step_s: Plain<Seconds>,
}

/// FLOPs for each byte moved.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Intensities {
    /// Of a prefill.
    pub prefill_flops_per_byte: Plain<Intensity>,
    /// Of a decode step.
    pub decode_flops_per_byte: Plain<Intensity>,
    /// Above which the accelerator's arithmetic binds.
    pub ridge_flops_per_byte: Plain<Intensity>,
    /// The dense peak of an accelerator in the format that most of the work is done in: the roof's flat part.
    pub peak_flops_per_s: Plain<FlopRate>,
    /// The bandwidth of its memory: the roof's slope.
    pub memory_bytes_per_s: Plain<Bandwidth>,
}

/// What a deployment costs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Cost {
    /// All of it for an hour.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// A million tokens read.
    pub usd_per_million_input_tokens: Estimated<Usd>,
    /// A million tokens generated.
    pub usd_per_million_output_tokens: Estimated<Usd>,
    /// A million tokens at the load's mix.
    pub usd_per_million_tokens: Estimated<Usd>,
    /// Share of the hour that input pays.
    pub input_share: f64,
    /// Share of the hour that output pays.
    pub output_share: f64,
    /// Share of the time under this load.
    pub utilisation: f64,
    /// The day the price is known for.
    pub price_as_of: Option<String>,
    /// How many days ago that was.
    pub price_age_days: Option<i64>,
    /// Who asks it.
    pub price_source: String,
}

/// What a deployment draws.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct EnergyUse {
    /// Mean power of one accelerator.
    pub power_each_w: Estimated<Power>,
    /// Mean power of all.
    pub power_w: Estimated<Power>,
    /// Energy of an output token, prompts included.
    pub per_output_token_j: Estimated<Energy>,
    /// Energy of a million output tokens.
    #[schemars(extend("unit" = "kWh"))]
    pub per_million_output_tokens_kwh: Estimated<f64>,
}

/// An operator on one accelerator.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OperatorTime {
    /// The operator.
    pub operator: &'static str,
    /// Prefill or decode.
    pub phase: &'static str,
    /// Its arithmetic.
    pub flops: Plain<Flops>,
    /// Bytes of memory read and written.
    pub bytes: Plain<Traffic>,
    /// Bytes sent to other accelerators.
    pub communicated_bytes: Plain<Traffic>,
    /// Its FLOPs a byte moved; null of what computes nothing.
    pub flops_per_byte: Option<Plain<Intensity>>,
    /// The rate it reaches; null of what computes nothing.
    pub flops_per_s: Option<Plain<FlopRate>>,
    /// Its time.
    pub time_s: Plain<Seconds>,
    /// What it waits for.
    pub bound: &'static str,
}

/// Efficiencies of a chip family under an engine.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CalibrationUsed {
    /// The chip family.
    pub family: String,
    /// The engine.
    pub engine: String,
    /// The versions it was fitted on.
    pub version: String,
    /// How it is known.
    pub basis: &'static str,
    /// How many points it was fitted on.
    pub points: u32,
    /// The key of their source.
    pub source: String,
    /// How near the nearest measurements are: `near`, `new chip`, `new model` or `new pair`.
    pub distance: &'static str,
    /// How much longer the like of this deployment took than the efficiencies say; it is in every time.
    pub level: f64,
    /// How many points that was read from.
    pub level_points: u32,
    /// Spread of measured over predicted time to first token.
    pub ttft_spread: Option<MeasuredSpread>,
    /// Spread of measured over predicted time per output token.
    pub tpot_spread: Option<MeasuredSpread>,
}

/// A spread as it was measured: unlike a band, it need not hold the estimate.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MeasuredSpread {
    /// The 10th percentile of measured over predicted.
    pub low: f64,
    /// The 90th percentile.
    pub high: f64,
    /// How many points it was read from.
    pub points: u32,
}

impl EstimateReport {
    pub(super) fn of(a: &EstimateAnswer, advised: Option<&Advised>) -> Self {
        let resolved = &a.memory.resolved;
        Self {
            verdict: a.memory.verdict.name(),
            fits: a.memory.verdict.starts(),
            engine: EngineVersion::of(resolved),
            memory: DeploymentMemory::of(&a.memory),
            pools: a.pools.as_deref().map(|pools| Box::new(PoolsReport::of(pools, &a.memory))),
            workload: ServedWorkload::of(a.workload()),
            served: a.estimate.as_ref().map(|estimate| served(a, estimate)),
            advice: advised.map(Advised::report),
            calibration: CalibrationUsed::of(&a.workload().calibration(resolved.calibration()), a.spreads()),
            defaults: defaults(resolved),
        }
    }
}

impl ServedWorkload {
    fn of(workload: &Workload) -> Self {
        let (requests_per_slot, rate) = match workload.arrival() {
            Arrival::Benchmark { requests_per_slot } => (Some(requests_per_slot), None),
            Arrival::Open { rate } => (None, Some(Frequency::per_s(rate))),
            Arrival::Steady | Arrival::Burst | Arrival::Static => (None, None),
        };
        Self {
            input_tokens: workload.input(),
            output_tokens: workload.output(),
            concurrency: workload.concurrency(),
            context_tokens: workload.context(),
            shared_prefix_tokens: workload.prefix(),
            prefix_hit: workload.hit(),
            arrival: workload.arrival().name(),
            rate_per_s: rate.map(Plain::from),
            requests_per_slot,
        }
    }
}

pub(crate) fn served(a: &EstimateAnswer, estimate: &Estimate) -> Served {
    let service = &estimate.service;
    let sure = a.sureness();
    Served {
        latency: Latency {
            ttft_s: bounded(service.ttft).map(|time| sure.ttft(time)),
            tpot_s: sure.tpot(service.tpot, Seconds::s),
            e2e_s: bounded(service.e2e).map(|time| sure.e2e(time)),
            own_prefill_s: service.own_prefill.into(),
            wait_s: service.wait.into(),
            queue_s: bounded(service.queue).map(Plain::from),
        },
        throughput: Throughput {
            input_tokens_per_s: sure.rate(service.total_rate - service.output_rate),
            output_tokens_per_s: sure.rate(service.output_rate),
            total_tokens_per_s: sure.rate(service.total_rate),
            requests_per_s: sure.rate(service.request_rate),
        },
        at_rate: service.at_rate.map(|at_rate| AtRate::of(&at_rate, sure)),
        bound: service.bound.name(),
        batching: Batching::of(a, service),
        speculation: estimate.speculated.as_ref().and_then(|found| Speculating::of(a, service, found)),
        intensity: Intensities {
            prefill_flops_per_byte: estimate.prefill_intensity.into(),
            decode_flops_per_byte: estimate.decode_intensity.into(),
            ridge_flops_per_byte: estimate.roof.ridge.into(),
            peak_flops_per_s: estimate.roof.peak.into(),
            memory_bytes_per_s: estimate.roof.bandwidth.into(),
        },
        cost: cost(a, estimate, sure),
        energy: energy(estimate),
        roofline: estimate.roofline.iter().map(OperatorTime::from).collect(),
        launch: a.launches.as_ref().map(|launches| launches.reproduces.clone()),
        launch_serves: a.launches.as_ref().map(|launches| launches.serves.clone()),
    }
}

/// A time that has a bound.
pub(crate) fn bounded(time: Seconds) -> Option<Seconds> {
    time.get().is_finite().then_some(time)
}

impl Batching {
    fn of(a: &EstimateAnswer, service: &Service) -> Self {
        let resolved = &a.memory.resolved;
        Self {
            max_batched_tokens: limited(resolved.prepared.step_tokens(&a.memory.workload)),
            chunked_prefill: resolved.prepared.divides_prompts(&a.memory.workload),
            prefix_caching: prefix_caching(resolved),
            cached_prompt_tokens: service.cached,
            sequences: service.batch,
            decoding_sequences: service.decoding,
            prefill_tokens_per_step: service.prefill_tokens,
            chunks_per_step: chunks_per_step(service.prefill_tokens, service.chunk_tokens),
            mixed_step_share: service.mixed_share,
            prefill_s: service.prefill.total().into(),
            decode_step_s: service.decode_step.total().into(),
            mixed_step_s: service.mixed_step.total().into(),
        }
    }
}

fn cost(a: &EstimateAnswer, estimate: &Estimate, sure: Sureness) -> Option<Cost> {
    let (price, cost) = (a.price.as_ref()?, estimate.cost.as_ref()?);
    Some(Cost {
        usd_per_hour: price.hourly.into(),
        usd_per_million_input_tokens: sure.usd(cost.input),
        usd_per_million_output_tokens: sure.usd(cost.output),
        usd_per_million_tokens: sure.usd(cost.blended),
        input_share: estimate.service.prefill_share,
        output_share: output_share(estimate.service.prefill_share),
        utilisation: a.utilisation,
        price_as_of: price.as_of.clone(),
        price_age_days: price.age_days,
        price_source: price.source.clone(),
    })
}

/// The loads that power grows with are assumed, and their spread is not known.
fn energy(estimate: &Estimate) -> Option<EnergyUse> {
    let energy = estimate.energy_per_output_token?;
    Some(EnergyUse {
        power_each_w: Estimated::uncalibrated(estimate.power_each?, Basis::Assumed),
        power_w: Estimated::uncalibrated(estimate.power?, Basis::Assumed),
        per_output_token_j: Estimated::uncalibrated(energy, Basis::Assumed),
        per_million_output_tokens_kwh: Estimated::uncalibrated(energy.as_kwh() * 1e6, Basis::Assumed),
    })
}

impl From<&RooflineRow> for OperatorTime {
    fn from(row: &RooflineRow) -> Self {
        Self {
            operator: row.operator.name(),
            phase: row.phase.name(),
            flops: row.cost.flops.into(),
            bytes: row.cost.moved().into(),
            communicated_bytes: row.cost.communicated.into(),
            flops_per_byte: row.intensity().map(Plain::from),
            flops_per_s: row.rate().map(Plain::from),
            time_s: row.time.into(),
            bound: row.bound.name(),
        }
    }
}

impl CalibrationUsed {
    fn of(calibration: &Calibration, spreads: Spreads) -> Self {
        Self {
            family: calibration.family.clone(),
            engine: calibration.engine.clone(),
            version: calibration.version.clone(),
            basis: calibration.basis.name(),
            points: calibration.points,
            source: calibration.source.clone(),
            distance: calibration.distance.name(),
            level: calibration.level,
            level_points: calibration.level_points,
            ttft_spread: spreads.ttft.map(MeasuredSpread::from),
            tpot_spread: spreads.tpot.map(MeasuredSpread::from),
        }
    }
}

impl From<Spread> for MeasuredSpread {
    fn from(spread: Spread) -> Self {
        Self { low: spread.low, high: spread.high, points: spread.points }
    }
}
