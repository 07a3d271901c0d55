//! `slipstick plan`: the best deployment for a load and its targets.

mod demand;
mod infeasible;
#[cfg(test)]
mod instances;
mod neighbours;
mod offers;
mod percentiles;
mod pools;
mod provenance;
mod replicas;
mod report;
mod report_parts;
mod request;
mod search;
mod space;
mod target;
mod trace;
mod view;
mod widened;

pub use percentiles::PercentileRow;
pub use pools::PoolsPlan;
pub use report::{FrontRow, NearestReport, NeighbourRow, PlanReport, PlanRow, WidenedRow};
pub use report_parts::{OfferedRow, PoolRow};
pub use request::PlanRequest;
pub(crate) use target::objectives;

use slipstick_catalog::Catalog;
use slipstick_core::{estimate::hosted::Interruptions, units::Seconds};

use crate::{
    Answered, ApiError, Provenance, World,
    commands::{
        estimate::{self, EstimateAnswer},
        supply,
    },
    request::PriceRequest,
    resolve::{Assumption, Resolver},
};
use infeasible::Relaxed;
use offers::Elsewhere;
use search::{Point, Tried};
use target::{Demand, Target};
use widened::Widened;

/// Everything an answer shows.
pub(crate) struct Answer {
    target: Target,
    tried: Tried,
    /// The best of each accelerator, the best of all first.
    best: Vec<Best>,
    /// Speed for a user against output of an accelerator.
    front: Vec<Point>,
    /// Speed for a user against the price of a token.
    cost_front: Vec<Point>,
    neighbours: Vec<neighbours::Neighbour>,
    /// The best plan at other clouds and under other terms.
    elsewhere: Vec<Elsewhere>,
    /// The time in which a batch is answered.
    within: Option<Seconds>,
    /// Why nothing keeps all limits.
    relaxed: Vec<Relaxed>,
    /// Limits that have to move together, where none does it alone.
    together: Vec<Relaxed>,
    /// Where nothing that is offered starts: what would.
    widened: Vec<Widened>,
    /// Separate pools, where they are searched and any hold the load.
    pools: Option<(PoolsPlan, Provenance)>,
    searched: pools::Searched,
    seconds: Option<f64>,
    defaults: Vec<Assumption>,
}

impl Answer {
    /// What keeps every plan out: the limit that would have to move least, or that nothing holds the model.
    fn binding(&self) -> Option<&'static str> {
        let missing = if self.tried.too_small > 0 { "memory" } else { "offers" };
        let nothing = self.tried.every().next().is_none().then_some(missing);
        nothing.or_else(|| self.relaxed.first().map(|relaxed| relaxed.limit.flag()))
    }
}

/// A plan with everything estimated about one of its replicas.
pub(crate) struct Best {
    point: Point,
    replica: EstimateAnswer,
    /// What the engine was told of what was to be tried.
    options: Option<String>,
    /// Whether a rate was asked for, which is held whatever the speed.
    asked: bool,
    /// How machines are taken away, and the share of the time that a replica serves.
    served: Option<(Interruptions, f64)>,
    /// What shares of requests do not exceed, where that is what targets hold.
    percentiles: Vec<percentiles::Held>,
}

/// Plans that are shown where nobody says.
const USUAL_ROWS: u64 = 5;

/// The best deployments for a load and its targets, and why others lose.
///
/// # Errors
/// If anything the request names is unknown, its parts contradict each other, or no deployment can be priced.
pub fn plan(
    request: &PlanRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<PlanReport>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let started = world.elapsed();
    let model = resolver.model(&request.model, false)?;
    let mut defaults = Vec::new();
    let request = &trace::filled(request, world, &mut defaults)?;
    let target = Target::of(request, catalog, &mut defaults)?;
    estimate::workload(&request.shape(), &model.model, catalog, &mut defaults)?;
    defaults.retain(|default| default.flag != "--concurrency");
    let rows = supply::rows(request.limit, USUAL_ROWS)?;
    let searched = pools::searched(request)?;
    let mut tried = search::within(request, &target, &model, &resolver)?;
    if let Some(refusal) = refusal(request, &mut tried) {
        return Err(refusal);
    }
    if searched != pools::Searched::No {
        tried.pooled = pools::points(request, (&tried.deployments, &target), searched, &resolver)?;
    }
    if searched == pools::Searched::Only && !tried.points.is_empty() {
        tried.points.clear();
        if tried.pooled.is_empty() {
            return Err(pools::none());
        }
    }
    let seconds = world.elapsed().zip(started).map(|(now, then)| now.saturating_sub(then).as_secs_f64());
    let offered = !tried.points.is_empty() || !tried.pooled.is_empty();
    let widened = if offered { Vec::new() } else { widened::widened(request, &target, &model, &resolver) };
    let answer = answer((request, rows), (target, tried), &resolver)?;
    let answer = Answer { widened, searched, seconds, defaults, ..answer };
    let feasible = !answer.best.is_empty() || answer.pools.is_some();
    let provenance = provenance::of(&answer);
    let answered = Answered::new(PlanReport::of(&answer), view::view(&answer));
    Ok(answered.explained(provenance).answered(feasible))
}

/// What is shown of what was tried.
fn answer(
    (request, rows): (&PlanRequest, usize),
    (target, tried): (Target, Tried),
    resolver: &Resolver<'_>,
) -> Result<Answer, ApiError> {
    let (kept, pooled) = (tried.kept(&target), tried.kept_pools(&target));
    let all = [kept.as_slice(), &pooled].concat();
    let elsewhere = kept.first().map(|winner| {
        let deployed = &tried.deployments[winner.of];
        let cluster = deployed.resolved.cluster();
        offers::elsewhere((request, &target), (winner, &deployed.paid), cluster, resolver)
    });
    let relaxed = if all.is_empty() { infeasible::relaxed(&tried, &target) } else { Vec::new() };
    let together =
        if relaxed.is_empty() { Vec::new() } else { infeasible::together(&relaxed, &tried, &target) };
    Ok(Answer {
        best: best((request, rows), (&tried, &target), &kept, resolver)?,
        front: search::front(&all, |point| (point.user, point.each)),
        cost_front: search::front(&all, |point| (point.user, -point.token)),
        neighbours: kept.first().map(|winner| neighbours::of(winner, &tried, &target)).unwrap_or_default(),
        elsewhere: elsewhere.transpose()?.unwrap_or_default(),
        pools: best_pools(request, (&tried, &target), [&kept, &pooled], resolver)?,
        searched: pools::Searched::No,
        within: request.within.map(|time| time.0),
        relaxed,
        together,
        widened: Vec::new(),
        seconds: None,
        defaults: Vec::new(),
        target,
        tried,
    })
}

/// The best pools that hold the load, beside the best of all others.
fn best_pools(
    request: &PlanRequest,
    (tried, target): (&Tried, &Target),
    [kept, pooled]: [&[Point]; 2],
    resolver: &Resolver<'_>,
) -> Result<Option<(PoolsPlan, Provenance)>, ApiError> {
    let Some(best) = pooled.first() else { return Ok(None) };
    let value = |point: &Point| point.value(target.objective);
    let better = kept.first().is_none_or(|other| value(best) < value(other));
    pools::plan(request, (tried, target), (best, better), resolver)
}

/// Why nothing could be tried at all, where that is no lack of memory.
fn refusal(request: &PlanRequest, tried: &mut Tried) -> Option<ApiError> {
    let is_asked = tried.points.is_empty() && (!request.on.is_empty() || tried.too_small == 0);
    tried.refusal.take_if(|_| is_asked)
}

/// The best plan of each accelerator, whole.
fn best(
    (request, rows): (&PlanRequest, usize),
    (tried, target): (&Tried, &Target),
    kept: &[Point],
    resolver: &Resolver<'_>,
) -> Result<Vec<Best>, ApiError> {
    let mut seen: Vec<&str> = Vec::new();
    let mut all = Vec::new();
    for point in kept {
        let deployed = &tried.deployments[point.of];
        let id = deployed.resolved.cluster().accelerator.id.as_str();
        if all.len() >= rows || seen.contains(&id) {
            continue;
        }
        seen.push(id);
        all.push(Best {
            asked: matches!(target.demand, Demand::Rate { .. } | Demand::Batch(_)),
            point: *point,
            options: report_parts::options(&deployed.asked),
            percentiles: percentiles::of(deployed, point, target),
            served: target.interruptions.map(|by| (by, deployed.paid.served)),
            replica: replica(request, (point, target), deployed, all.is_empty(), resolver)?,
        });
    }
    Ok(all)
}

/// The estimate of one replica, as busy as the load keeps it.
fn replica(
    request: &PlanRequest,
    (point, target): (&Point, &Target),
    deployed: &replicas::Deployed,
    explain: bool,
    resolver: &Resolver<'_>,
) -> Result<EstimateAnswer, ApiError> {
    let mut resolved = deployed.resolved.clone();
    // Those that are taken away leave their share to the others.
    let serving = (point.replicas - target.spare as f64) * deployed.paid.served;
    let load = request.load(point.in_flight, serving);
    let workload =
        estimate::workload(&load, &resolved.model.model, resolver.catalog(), &mut resolved.defaults)?;
    let prices = request.offers().swap_remove(deployed.paid.offer);
    let prices = PriceRequest { utilisation: Some(point.paid), ..prices };
    estimate::of_resolved(resolved, workload, &prices, resolver, explain)
}
