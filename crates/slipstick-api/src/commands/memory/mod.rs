//! `slipstick memory`: does it fit, and how far could it go.

mod advice;
mod plot;
pub(crate) mod provenance;
mod report;
mod request;
pub(super) mod view;

pub use report::{
    Advice, AdvisedChange, DeployedModel, DeployedOn, DeploymentMemory, EngineVersion, FewestAccelerators,
    HeldWorkload, MemoryReport, OverheadSizes, PlanDegrees, PoolSizes, RankSizes,
};
pub(crate) use report::{architecture_basis, defaults};
pub use request::MemoryRequest;

use slipstick_catalog::Catalog;
use slipstick_core::{
    estimate::{
        Verdict,
        memory::{MemoryEstimate, Reach},
    },
    hardware::Spreads,
    units::Bytes,
    workload::Workload,
};

pub(crate) use advice::{Advised, Market, Typed};
pub(crate) use plot::{doublings, empty as empty_plot, line as memory_line};

use crate::{
    Answered, ApiError, World,
    commands::estimate::Sureness,
    request::Count,
    resolve::{Assumption, Resolved, Resolver},
};

/// The context that is asked for where nobody says: long enough to matter, short enough for every model.
const USUAL_CONTEXT: u64 = 8192;

/// Counts that memory does not bound are shown as this.
const UNBOUNDED: u64 = 1 << 32;

/// A deployment with its memory.
pub(crate) struct MemoryAnswer {
    pub(super) resolved: Resolved,
    pub(super) workload: Workload,
    pub(super) verdict: Verdict,
    pub(super) estimate: MemoryEstimate,
}

impl MemoryAnswer {
    /// How far measurements lie from the answers to such a question.
    pub(super) fn spreads(&self) -> Spreads {
        self.workload.spreads(&self.resolved.calibration().spreads)
    }

    /// How sure the times of such a question are.
    pub(crate) fn sureness(&self) -> Sureness {
        Sureness::of(&self.resolved, &self.workload)
    }

    /// Sequences of the load that run at once.
    pub(super) fn places(&self) -> u64 {
        let most = self.resolved.prepared.most_sequences();
        self.estimate.max_concurrency.count(UNBOUNDED).min(most)
    }

    /// What the fullest accelerator lacks for a single sequence.
    pub(super) fn missing(&self) -> Bytes {
        let (length, context) = (self.workload.length(), self.workload.context());
        let one = self.workload.with_concurrency(1).unwrap_or(self.workload);
        let one = if context > length { Workload::full(context, 1).unwrap_or(one) } else { one };
        let ranks = self.resolved.memory_model().estimate(&one);
        ranks.rank().shortfall()
    }
}

/// Whether a deployment fits, itemised, with the largest context and concurrency.
///
/// # Errors
/// If anything the request names is unknown, or its parts contradict each other.
pub fn memory(
    request: &MemoryRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<MemoryReport>, ApiError> {
    let answer = resolved(request, catalog, world)?;
    let yes = answer.verdict == Verdict::Holds;
    let market = Market { catalog, today: world.today() };
    let typed = Typed { on: &request.deployment.on, output: None };
    let advised = Advised::on(&answer, typed, market)?;
    let report = MemoryReport { memory: DeploymentMemory::of(&answer), advice: advised.report() };
    let mut provenance = provenance::record(&answer);
    advised.record(&answer, &mut provenance);
    Ok(Answered::new(report, view::view(&answer, &advised)).explained(provenance).answered(yes))
}

/// The answer to a request, without advice.
pub(super) fn resolved(
    request: &MemoryRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<MemoryAnswer, ApiError> {
    let mut resolved = Resolver::new(catalog, world).resolve(&request.deployment)?;
    let context = context(request.context, &mut resolved)?;
    let concurrency = request.concurrency.map_or(1, |count| count.0);
    Ok(answer(resolved, Workload::full(context, concurrency)?))
}

pub(super) fn answer(resolved: Resolved, workload: Workload) -> MemoryAnswer {
    let estimate = resolved.memory_model().estimate(&workload);
    let verdict = resolved.prepared.verdict(&workload, estimate.max_concurrency);
    MemoryAnswer { resolved, workload, verdict, estimate }
}

fn context(stated: Option<Count>, resolved: &mut Resolved) -> Result<u64, ApiError> {
    if let Some(context) = stated {
        if context.0 == 0 {
            return Err(ApiError::input("context.range", "a context of 0 tokens holds nothing")
                .at("--context")
                .help("give at least 1 token, such as 8k"));
        }
        let limit = resolved.model.model.max_context;
        if limit.is_some_and(|limit| context.0 > limit.saturating_mul(64)) {
            return Err(ApiError::input(
                "context.range",
                format!("a context of {} tokens is out of range", context.0),
            )
            .at("--context")
            .help(format!("the model states {} tokens", limit.unwrap_or_default())));
        }
        return Ok(context.0);
    }
    let context = resolved.model.model.max_context.unwrap_or(USUAL_CONTEXT).clamp(1, USUAL_CONTEXT);
    let why = "no context was asked for".to_owned();
    resolved.defaults.push(Assumption { flag: "--context", value: context.to_string(), why });
    Ok(context)
}

/// The longest context that memory holds; the model's own limit where memory sets none.
fn max_context(a: &MemoryAnswer) -> u64 {
    match (a.estimate.max_context, a.resolved.model.model.max_context) {
        (Reach::Unbounded, Some(limit)) => limit,
        (other, _) => reach(other),
    }
}

const fn reach(reach: Reach) -> u64 {
    reach.count(UNBOUNDED)
}
