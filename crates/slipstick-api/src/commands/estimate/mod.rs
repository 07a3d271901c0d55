//! `slipstick estimate`: how fast, how many, at what cost.

mod at_rate;
mod launch;
mod load;
mod next;
mod pools;
mod price;
mod provenance;
mod report;
mod request;
mod roofline;
mod speculating;
mod sureness;
mod view;

pub use at_rate::AtRate;
pub use pools::{BestSplit, CacheTransfer, PoolReport, PoolsReport};
pub use report::{
    Batching, CalibrationUsed, Cost, EnergyUse, EstimateReport, Intensities, Latency, MeasuredSpread,
    OperatorTime, Served, ServedWorkload, Throughput,
};
pub(crate) use report::{bounded, served};
pub use request::EstimateRequest;
pub use speculating::Speculating;
pub(crate) use sureness::Sureness;

use std::sync::Arc;

use slipstick_catalog::{Catalog, Confidence};
use slipstick_core::{
    estimate::{self as core, Estimate, Money, Verdict, answer as ask, answer::NoPeak},
    hardware::{Cluster, Spreads},
    numeric::Format,
    trace::{Records, Trace},
    workload::Workload,
};

use super::{
    compare::ranks,
    memory::{self, Advised, Market, MemoryAnswer, Typed},
};
use crate::{
    Answered, ApiError, Provenance, World,
    request::PriceRequest,
    resolve::{Resolved, ResolvedModel, Resolver, pools::asked},
};

pub(crate) use launch::Launches;
pub(crate) use load::{USUAL, Usual, because, keeps_prefixes, measured, of_any_model, use_case, workload};
pub(crate) use pools::Pooled;
pub(crate) use price::{Priced, at_clouds, known, price, price_of_pools, utilisation};
pub(crate) use provenance::dated;

/// A deployment with everything estimated about it.
pub(crate) struct EstimateAnswer {
    pub(crate) memory: MemoryAnswer,
    /// How it serves; none of what does not start.
    pub(crate) estimate: Option<Estimate>,
    pub(crate) price: Option<Priced>,
    pub(crate) utilisation: f64,
    /// What to know of the accelerator's figures, where they are of little trust.
    pub(crate) distrust: Option<String>,
    /// How its engine is started; none of what does not start.
    pub(crate) launches: Option<Launches>,
    pub(crate) provenance: Provenance,
    /// The pools, where workers that read are not those that write: then `memory` is that of one that writes.
    pub(crate) pools: Option<Box<Pooled>>,
}

impl EstimateAnswer {
    /// The load.
    pub(crate) fn workload(&self) -> &Workload {
        self.pools.as_ref().map_or(&self.memory.workload, |pools| &pools.workload)
    }

    /// Its ranks, or those of a worker of each pool.
    pub(crate) fn layout(&self) -> String {
        let ranks = || ranks(self.memory.resolved.plan());
        self.pools.as_ref().map_or_else(ranks, |pools| pools.layout())
    }

    /// All accelerators that were asked for; of pools of two kinds those that write.
    pub(crate) fn cluster(&self) -> &Cluster {
        let pooled = self.pools.as_ref().and_then(|pools| pools.resolved.place.clusters().last());
        pooled.map_or_else(|| self.memory.resolved.cluster(), Arc::as_ref)
    }

    /// How far measurements lie from the answers to such a question.
    pub(crate) fn spreads(&self) -> Spreads {
        let pooled = |_| self.memory.resolved.calibration().spreads.pools;
        self.pools.as_ref().map_or_else(|| self.memory.spreads(), pooled)
    }

    /// How sure its numbers are.
    pub(crate) fn sureness(&self) -> Sureness {
        let sure = Sureness::with(&self.memory.resolved, self.spreads());
        self.estimate.as_ref().map_or(sure, |estimate| sure.serving(&estimate.service))
    }
}

/// Latency, throughput, cost and energy of a deployment under a load.
///
/// # Errors
/// If anything the request names is unknown, or its parts contradict each other.
pub fn estimate(
    request: &EstimateRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<EstimateReport>, ApiError> {
    estimate_with(request, &Resolver::new(catalog, world), world.explains())
}

/// The same with what `resolver` knows already, as a server asks it; where the numbers come from is recorded only if
/// `explain`.
///
/// # Errors
/// As [`estimate`].
pub fn estimate_with(
    request: &EstimateRequest,
    resolver: &Resolver<'_>,
    explain: bool,
) -> Result<Answered<EstimateReport>, ApiError> {
    let mut answer = answer(request, resolver, explain)?;
    let yes = answer.memory.verdict == Verdict::Holds;
    let market = Market { catalog: resolver.catalog(), today: resolver.world().today() };
    // Advice moves one deployment; what does not start of two pools is said of each.
    let alone = answer.pools.is_none().then_some(&answer.memory);
    let advised = alone.map(|memory| advised(memory, &request.deployment.on, market)).transpose()?.flatten();
    if let Some(advised) = advised.as_ref().filter(|_| explain) {
        advised.record(&answer.memory, &mut answer.provenance);
    }
    let report = EstimateReport::of(&answer, advised.as_ref());
    let answered =
        Answered::new(report, view::view(&answer, advised.as_ref(), &next::lines(&answer, request)));
    Ok(answered.explained(answer.provenance).answered(yes))
}

/// What would make it fit, of what does not start.
fn advised(memory: &MemoryAnswer, on: &str, market: Market<'_>) -> Result<Option<Advised>, ApiError> {
    let workload = &memory.workload;
    let output = (workload.context() == workload.length()).then_some(workload.output());
    let typed = Typed { on, output };
    (!memory.verdict.starts()).then(|| Advised::on(memory, typed, market)).transpose()
}

/// The answer itself; what its numbers come from is recorded only if `explain`.
pub(crate) fn answer(
    request: &EstimateRequest,
    resolver: &Resolver<'_>,
    explain: bool,
) -> Result<EstimateAnswer, ApiError> {
    if let Some(layouts) = asked(&request.deployment, &request.pools)? {
        return pools::answer(request, &layouts, resolver, explain);
    }
    let mut resolved = resolver.resolve(&request.deployment)?;
    let workload =
        load::workload(&request.load, &resolved.model.model, resolver.catalog(), &mut resolved.defaults)?;
    let prices = request.prices.of(&request.deployment.on, resolver.catalog());
    of_resolved(resolved, workload, &prices, resolver, explain)
}

/// The answer for a deployment that is already resolved.
pub(crate) fn of_resolved(
    resolved: Resolved,
    workload: Workload,
    prices: &PriceRequest,
    resolver: &Resolver<'_>,
    explain: bool,
) -> Result<EstimateAnswer, ApiError> {
    generates(&resolved.model)?;
    keeps_prefixes(&resolved, &workload)?;
    let price = price(prices, resolved.cluster(), resolver)?;
    let utilisation = price::utilisation(prices)?;
    let money = Money { price: price.as_ref().map(|price| price.hourly), utilisation };
    let records = Records::default();
    let trace = if explain { records.trace() } else { Trace::off() };
    let found = ask(&resolved.prepared, &workload, &money, trace)
        .map_err(|error| no_peak(&resolved.cluster().accelerator.id, error))?;
    let core::Answer { verdict, workload, memory, estimate, .. } = found;
    let memory = MemoryAnswer { resolved, workload, verdict, estimate: memory };
    let mut provenance = Provenance::default();
    if explain {
        let names = memory::provenance::names(&memory)
            .priced(price.as_ref().map(provenance::dated).unwrap_or_default());
        provenance = Provenance::recorded(records.into_nodes(), "/memory", &names);
        if estimate.is_some() {
            provenance::stated(&memory, memory.spreads(), price.as_ref(), &mut provenance);
        }
        memory::provenance::searched(&memory, "/memory", &mut provenance);
    }
    let distrust = distrust(&memory.resolved.cluster().accelerator.id, resolver.catalog());
    let launches = Launches::of(&memory).filter(|_| verdict.starts());
    Ok(EstimateAnswer { memory, estimate, price, utilisation, distrust, launches, provenance, pools: None })
}

/// The refusal of an accelerator that states no rate to compute at.
fn no_peak(id: &str, error: NoPeak) -> ApiError {
    ApiError::input("gpu.no_peak", format!("{id}: {error}"))
        .at("--on")
        .help("describe it in a .toml file with its bf16, fp16 or fp32 peak")
}

/// What the catalogue says of an accelerator whose figures are of low trust.
fn distrust(accelerator: &str, catalog: &Catalog) -> Option<String> {
    let entry = catalog.accelerator_by_id(accelerator)?;
    let low = entry.origin.confidence == Confidence::Low && !entry.note.is_empty();
    low.then(|| format!("figures of {} are of low trust: {}", entry.accelerator.name, entry.note))
}

/// Refuses models that keep nothing of a sequence: encoders see their input at once and have no next token.
pub(crate) fn generates(model: &ResolvedModel) -> Result<(), ApiError> {
    let cache = model.model.cache(Format::BF16);
    let kept = cache.bytes_per_token + cache.sliding_bytes_per_token + cache.state_elements;
    if kept > 0 {
        return Ok(());
    }
    let message = format!(
        "{} keeps no cache and no state, as encoders do: it generates no tokens whose rate could be estimated",
        model.name
    );
    Err(ApiError::input("model.no_decode", message)
        .at("MODEL")
        .help("ask slipstick memory whether it fits and slipstick model for its FLOPs"))
}
