//! `slipstick plan`: the best deployment for a load and its targets.

mod infeasible;
mod neighbours;
mod provenance;
mod replicas;
mod report;
mod request;
mod search;
mod space;
mod target;
mod view;

pub use report::{FrontRow, NearestReport, NeighbourRow, PlanReport, PlanRow};
pub use request::PlanRequest;

use slipstick_catalog::Catalog;

use crate::{
    Answered, ApiError, World,
    commands::estimate::{self, EstimateAnswer},
    resolve::{Assumption, Resolver},
};
use infeasible::Relaxed;
use search::{Point, Tried};
use target::Target;

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
    /// Why nothing keeps all limits.
    relaxed: Vec<Relaxed>,
    seconds: Option<f64>,
    defaults: Vec<Assumption>,
}

/// A plan with everything estimated about one of its replicas.
pub(crate) struct Best {
    point: Point,
    replica: EstimateAnswer,
    /// Whether a rate was asked for, which is held whatever the speed.
    asked: bool,
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
    let target = Target::of(request, &mut defaults)?;
    estimate::workload(&request.shape(), &model.model, &mut defaults)?;
    defaults.retain(|default| default.flag != "--concurrency");
    let has_experts = model.parameters.active < model.parameters.total;
    let deployments = space::deployments(request, has_experts, &resolver)?;
    let tried = search::all(request, &target, &model, deployments, &resolver)?;
    if tried.points.is_empty() {
        return Err(nothing(request, tried.refusal));
    }
    let kept = tried.kept(&target);
    let best = best(request, (&tried, &target), &kept, &resolver)?;
    let front = search::front(&kept, |point| (point.user, point.each));
    let cost_front = search::front(&kept, |point| (point.user, -point.token));
    let relaxed = if kept.is_empty() { infeasible::relaxed(&tried, &target) } else { Vec::new() };
    let neighbours = kept.first().map(|winner| neighbours::of(winner, &tried, &target)).unwrap_or_default();
    let seconds = world.elapsed().zip(started).map(|(now, then)| now.saturating_sub(then).as_secs_f64());
    let answer = Answer { target, tried, best, front, cost_front, neighbours, relaxed, seconds, defaults };
    let feasible = !answer.best.is_empty();
    let provenance = provenance::of(&answer);
    let answered = Answered::new(PlanReport::of(&answer), view::view(&answer));
    Ok(answered.explained(provenance).answered(feasible))
}

/// Why nothing could be tried at all.
fn nothing(request: &PlanRequest, refusal: Option<ApiError>) -> ApiError {
    if let Some(refusal) = refusal.filter(|_| !request.on.is_empty()) {
        return refusal;
    }
    ApiError::input("plan.no_deployment", "the model fits on nothing that is offered here")
        .at("MODEL")
        .help("name larger hardware with --on, such as --on 32xh200, a smaller --quant, or another --cloud; slipstick memory says what it needs")
}

/// The best plan of each accelerator, whole.
fn best(
    request: &PlanRequest,
    (tried, target): (&Tried, &Target),
    kept: &[Point],
    resolver: &Resolver<'_>,
) -> Result<Vec<Best>, ApiError> {
    let rows = usize::try_from(request.limit.map_or(USUAL_ROWS, |count| count.0)).unwrap_or(usize::MAX);
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
            asked: request.rate.is_some(),
            point: *point,
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
    let load = request.load(point.in_flight, point.replicas - target.spare as f64);
    let workload = estimate::workload(&load, &resolved.model.model, &mut resolved.defaults)?;
    let prices = request.prices(Some(point.paid));
    estimate::of_resolved(resolved, workload, &prices, resolver, explain)
}
