//! A row of a comparison.

use core::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    basis::Basis,
    estimate::{Estimate, Verdict},
    hardware::Cluster,
    plan::Plan,
    units::{Bytes, Energy, Frequency, Seconds, Usd, UsdPerHour},
};

use crate::{
    ApiError,
    commands::estimate::{AtRate, EstimateAnswer, bounded},
    report::{Estimated, Plain},
    request::{DeploymentRequest, EstimateRequest, format_name},
};

/// An estimate in brief, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum CompareRow {
    /// An estimate in brief.
    Answered(Box<AnsweredRow>),
    /// Why there is none.
    Refused(Box<RefusedRow>),
}

/// An estimate in brief. Of what does not start there is no speed and no cost.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct AnsweredRow {
    /// The model.
    pub model: String,
    /// The hardware as it was asked for.
    pub on: String,
    /// The hardware.
    pub accelerator: ComparedAccelerator,
    /// The engine and its version.
    pub engine: String,
    /// The format of the weights.
    pub weights_format: String,
    /// The format of the cache.
    pub kv_dtype: String,
    /// Ranks of each kind.
    pub layout: String,
    /// Prompt tokens of a request.
    pub input_tokens: u64,
    /// Output tokens of a request.
    pub output_tokens: u64,
    /// Requests in flight.
    pub concurrency: u64,
    /// Tokens that the engine is told a sequence may reach.
    pub context_tokens: u64,
    /// How it holds the rate that requests arrive at.
    pub at_rate: Option<AtRate>,
    /// `holds` the load, `queues` part of it, is `saturated` by the rate of requests, or `does_not_start`.
    pub verdict: &'static str,
    /// Whether it starts.
    pub fits: bool,
    /// What is left on the fullest accelerator.
    #[schemars(extend("better" = "larger"))]
    pub free_bytes: Plain<Bytes>,
    /// Requests that memory holds at once.
    #[schemars(extend("better" = "larger"))]
    pub max_concurrency: u64,
    /// Time to the first token.
    pub ttft_s: Option<Estimated<Seconds>>,
    /// Time between two tokens.
    pub tpot_s: Option<Estimated<Seconds>>,
    /// Time to the last token.
    pub e2e_s: Option<Estimated<Seconds>>,
    /// Tokens generated, of the whole deployment.
    #[schemars(extend("better" = "larger"))]
    pub output_tokens_per_s: Option<Estimated<Frequency>>,
    /// Tokens read and generated.
    #[schemars(extend("better" = "larger"))]
    pub total_tokens_per_s: Option<Estimated<Frequency>>,
    /// What most of the time goes into.
    pub bound: Option<&'static str>,
    /// The cloud that was asked for.
    pub cloud: Option<String>,
    /// All of it for an hour.
    pub usd_per_hour: Option<Plain<UsdPerHour>>,
    /// A thousand tokens read.
    pub usd_per_1k_input_tokens: Option<Estimated<Usd>>,
    /// A thousand tokens generated.
    pub usd_per_1k_output_tokens: Option<Estimated<Usd>>,
    /// A million tokens read.
    pub usd_per_million_input_tokens: Option<Estimated<Usd>>,
    /// A million tokens generated.
    pub usd_per_million_output_tokens: Option<Estimated<Usd>>,
    /// A million tokens at the load's mix.
    pub usd_per_million_tokens: Option<Estimated<Usd>>,
    /// Energy of an output token.
    pub joules_per_output_token: Option<Estimated<Energy>>,
    /// Who asks the price.
    pub price_source: Option<String>,
    /// The day it is known for.
    pub price_as_of: Option<String>,
    /// How well the efficiencies are known.
    pub basis: &'static str,
}

/// Hardware of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ComparedAccelerator {
    /// The accelerator's id.
    pub id: String,
    /// How many.
    pub count: u64,
}

/// A combination that cannot be answered.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RefusedRow {
    /// Why.
    pub error: RefusalReport,
    /// The model.
    pub model: String,
    /// The hardware as it was asked for.
    pub on: String,
    /// The format of the weights that was asked for.
    pub quant: Option<String>,
    /// The engine that was asked for.
    pub engine: Option<String>,
    /// The degrees of parallelism that were asked for, as they are typed.
    pub layout: Option<String>,
    /// The requests in flight that were asked for.
    pub concurrency: Option<u64>,
    /// The context that was asked for.
    pub context: Option<u64>,
}

/// A refusal inside a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RefusalReport {
    /// Its stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to type next.
    pub help: Option<String>,
    /// Where it is wrong.
    pub at: Option<String>,
}

impl From<&ApiError> for RefusalReport {
    fn from(error: &ApiError) -> Self {
        Self {
            code: error.code,
            message: error.message.clone(),
            help: error.help.clone(),
            at: error.at.clone(),
        }
    }
}

impl CompareRow {
    /// The estimate, if there is one.
    pub(super) fn answered(&self) -> Option<&AnsweredRow> {
        match self {
            Self::Answered(row) => Some(row),
            Self::Refused(_) => None,
        }
    }

    pub(super) fn of(request: &EstimateRequest, row: Result<AnsweredRow, ApiError>) -> Self {
        match row {
            Ok(row) => Self::Answered(Box::new(row)),
            Err(error) => Self::Refused(Box::new(RefusedRow::of(request, &error))),
        }
    }

    /// Whether it holds its load.
    pub(super) fn holds(&self) -> bool {
        self.answered().is_some_and(AnsweredRow::holds)
    }

    /// Whether it is no choice: such rows stand last.
    pub(super) fn does_not_start(&self) -> bool {
        self.answered().is_some_and(|row| !row.fits)
    }
}

impl RefusedRow {
    fn of(request: &EstimateRequest, error: &ApiError) -> Self {
        let deployment = &request.deployment;
        Self {
            error: error.into(),
            model: deployment.model.clone(),
            on: deployment.on.clone(),
            quant: deployment.quant.clone(),
            engine: deployment.engine.clone(),
            layout: layout(deployment),
            concurrency: request.load.concurrency.map(|count| count.0),
            context: request.load.context.map(|count| count.0),
        }
    }
}

impl AnsweredRow {
    /// Whether it holds its load.
    pub(super) fn holds(&self) -> bool {
        self.verdict == Verdict::Holds.name()
    }

    pub(super) fn of(request: &EstimateRequest, a: &EstimateAnswer) -> Self {
        let (resolved, workload) = (&a.memory.resolved, a.workload());
        let (estimate, sure) = (a.estimate.as_ref(), a.sureness());
        let (service, cost) = (estimate.map(|e| &e.service), estimate.and_then(|e| e.cost.as_ref()));
        Self {
            model: resolved.model.name.clone(),
            on: request.deployment.on.clone(),
            accelerator: ComparedAccelerator::of(a.cluster()),
            engine: resolved.engine_version(),
            weights_format: resolved.formats_name.clone(),
            kv_dtype: format_name(resolved.cache().key),
            layout: a.layout(),
            input_tokens: workload.input(),
            output_tokens: workload.output(),
            concurrency: workload.concurrency(),
            context_tokens: workload.context(),
            at_rate: service.and_then(|s| s.at_rate).map(|at_rate| AtRate::of(&at_rate, sure)),
            verdict: a.memory.verdict.name(),
            fits: a.memory.verdict.starts(),
            free_bytes: a.memory.estimate.rank().free().into(),
            max_concurrency: a.memory.estimate.max_concurrency.count(1 << 32),
            ttft_s: service.and_then(|s| bounded(s.ttft)).map(|time| sure.ttft(time)),
            tpot_s: service.map(|s| sure.tpot(s.tpot, Seconds::s)),
            e2e_s: service.and_then(|s| bounded(s.e2e)).map(|time| sure.tpot(time, Seconds::s)),
            output_tokens_per_s: service.map(|s| sure.rate(s.output_rate)),
            total_tokens_per_s: service.map(|s| sure.rate(s.total_rate)),
            bound: service.map(|s| s.bound.name()),
            cloud: request.prices.cloud.clone(),
            usd_per_hour: cost.and(a.price.as_ref()).map(|price| price.hourly.into()),
            usd_per_1k_input_tokens: cost.map(|cost| sure.usd(cost.input / 1e3)),
            usd_per_1k_output_tokens: cost.map(|cost| sure.usd(cost.output / 1e3)),
            usd_per_million_input_tokens: cost.map(|cost| sure.usd(cost.input)),
            usd_per_million_output_tokens: cost.map(|cost| sure.usd(cost.output)),
            usd_per_million_tokens: cost.map(|cost| sure.usd(cost.blended)),
            joules_per_output_token: estimate.and_then(energy),
            price_source: a.price.as_ref().map(|price| price.source.clone()),
            price_as_of: a.price.as_ref().and_then(|price| price.as_of.clone()),
            basis: resolved.calibration().basis.name(),
        }
    }
}

impl ComparedAccelerator {
    fn of(cluster: &Cluster) -> Self {
        Self { id: cluster.accelerator.id.clone(), count: cluster.accelerators() }
    }
}

/// Ranks of each kind, in a word each.
pub(crate) fn ranks(plan: Plan) -> String {
    format!("tp{} pp{} dp{} ep{}", plan.tp(), plan.pp(), plan.dp(), plan.ep())
}

/// The degrees of parallelism of a request as they are typed, if any is.
fn layout(deployment: &DeploymentRequest) -> Option<String> {
    let DeploymentRequest { tp, pp, dp, ep, .. } = deployment;
    let degrees = [("--tp", tp), ("--pp", pp), ("--dp", dp), ("--ep", ep)];
    let typed: Vec<String> =
        degrees.iter().filter_map(|(flag, degree)| Some(format!("{flag} {}", (**degree)?))).collect();
    (!typed.is_empty()).then(|| typed.join(" "))
}

fn energy(estimate: &Estimate) -> Option<Estimated<Energy>> {
    estimate.energy_per_output_token.map(|energy| Estimated::uncalibrated(energy, Basis::Assumed))
}

impl fmt::Display for ComparedAccelerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.count, self.id)
    }
}

/// What was asked, in words.
impl fmt::Display for RefusedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.model, self.on)?;
        if let Some(quant) = &self.quant {
            write!(f, " as {quant}")?;
        }
        if let Some(layout) = &self.layout {
            write!(f, " {layout}")?;
        }
        Ok(())
    }
}

impl fmt::Display for RefusalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
