//! Every deployment under every load, and which are best.

use std::{cmp::Ordering, sync::Arc};

use slipstick_core::{
    hardware::Cluster,
    units::{Seconds, UsdPerHour},
};

use super::{
    PlanRequest,
    offers::{self, Paid},
    replicas::Deployed,
    space,
    target::{Limit, Objective, Target},
};
use crate::{
    ApiError,
    commands::estimate,
    request::DeploymentRequest,
    resolve::{ResolvedModel, Resolver},
    steps::Steps,
};

/// Two pools: whose workers read and whose write, how many of each, spare ones too, and what one of each costs an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub(super) of: [usize; 2],
    pub(super) workers: [u64; 2],
    pub(super) prices: [UsdPerHour; 2],
}

/// One way to hold the load: replicas of a deployment with so many requests in flight on each, or two pools.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Which deployment; of pools that of a worker that writes.
    pub(super) of: usize,
    /// The pools, where workers that read are not those that write.
    pub(super) pools: Option<Pair>,
    pub(super) in_flight: u64,
    pub(super) replicas: f64,
    pub(super) accelerators: f64,
    pub(super) hourly: UsdPerHour,
    /// Requests answered a second: those that are asked for, or what all replicas answer.
    pub(super) requests: f64,
    /// As targets see them: at the ends of their bands where that is asked.
    pub(super) ttft: Seconds,
    pub(super) tpot: Seconds,
    pub(super) e2e: Seconds,
    /// Output tokens a second for each user.
    pub(super) user: f64,
    /// Output tokens a second on each accelerator.
    pub(super) each: f64,
    /// Dollars a million tokens, as they are used.
    pub(super) token: f64,
    /// Share of its full load that a replica is under, the spare ones too.
    pub(super) utilisation: f64,
    /// What of a replica's output at its load is asked for: what it answers beyond is paid for in vain, as spare ones are.
    pub(super) paid: f64,
    /// Mean power of all accelerators; without bound where nobody states what one draws.
    pub(super) watts: f64,
    /// Energy of an output token, that of spare replicas too; without bound where nobody states it.
    pub(super) joules: f64,
}

impl Point {
    /// What a limit is held against.
    pub(super) const fn of_limit(&self, limit: Limit) -> f64 {
        match limit {
            Limit::Ttft => self.ttft.get(),
            Limit::Tpot => self.tpot.get(),
            Limit::E2e => self.e2e.get(),
            Limit::Budget => self.hourly.get(),
            Limit::Accelerators => self.accelerators,
            Limit::Power => self.watts,
        }
    }

    /// Whether all limits are kept.
    pub(super) fn keeps(&self, target: &Target) -> bool {
        Limit::ALL.iter().all(|limit| target.allows(*limit).is_none_or(|most| self.of_limit(*limit) <= most))
    }

    /// Whether the targets of time are kept.
    pub(super) fn keeps_times(&self, target: &Target) -> bool {
        [Limit::Ttft, Limit::Tpot, Limit::E2e]
            .iter()
            .all(|limit| target.allows(*limit).is_none_or(|most| self.of_limit(*limit) <= most))
    }

    /// What is compared, the lower the better.
    pub(super) fn value(&self, objective: Objective) -> f64 {
        match objective {
            Objective::UsdPerHour => self.hourly.get(),
            Objective::UsdPerToken => self.token,
            Objective::Accelerators => self.accelerators,
            Objective::TokensPerAccelerator => -self.each,
            Objective::Energy => self.joules,
            Objective::Latency => self.e2e.get(),
        }
    }

    /// The better first; where two are as good, the cheaper, then the fewer accelerators, then the earlier deployment.
    pub(super) fn order(&self, other: &Self, objective: Objective) -> Ordering {
        let value = self.value(objective).total_cmp(&other.value(objective));
        value
            .then(self.hourly.get().total_cmp(&other.hourly.get()))
            .then(self.accelerators.total_cmp(&other.accelerators))
            .then(self.tpot.get().total_cmp(&other.tpot.get()))
            .then(self.of.cmp(&other.of))
            .then(self.pools.map(|pools| pools.of).cmp(&other.pools.map(|pools| pools.of)))
    }
}

/// What was tried.
#[derive(Default)]
pub(super) struct Tried {
    pub(super) deployments: Vec<Deployed>,
    /// Ways to hold the load, whatever the limits.
    pub(super) points: Vec<Point>,
    /// The same of separate pools.
    pub(super) pooled: Vec<Point>,
    /// Deployments that cannot be.
    pub(super) refused: usize,
    /// Those that do not start.
    pub(super) too_small: usize,
    /// The first refusal.
    pub(super) refusal: Option<ApiError>,
}

/// Hardware of a replica, and the cheapest way to pay for it.
struct Placed {
    on: String,
    cluster: Arc<Cluster>,
    offer: Option<Paid>,
}

/// All ways in which what may be tried holds the load; where none keeps the limits, with more accelerators than are allowed
/// too, which say how many would do.
pub(super) fn within(
    request: &PlanRequest,
    target: &Target,
    model: &Arc<ResolvedModel>,
    resolver: &Resolver<'_>,
) -> Result<Tried, ApiError> {
    let tried = of(request, target, model, resolver)?;
    if request.max_gpus.is_none() || !tried.kept(target).is_empty() {
        return Ok(tried);
    }
    of(&PlanRequest { max_gpus: None, ..request.clone() }, target, model, resolver)
}

/// All ways in which the deployments of a request hold its load.
pub(super) fn of(
    request: &PlanRequest,
    target: &Target,
    model: &Arc<ResolvedModel>,
    resolver: &Resolver<'_>,
) -> Result<Tried, ApiError> {
    let has_experts = model.parameters.active < model.parameters.total;
    let deployments = space::deployments(request, has_experts, resolver)?;
    all(request, target, model, deployments, resolver)
}

fn all(
    request: &PlanRequest,
    target: &Target,
    model: &Arc<ResolvedModel>,
    deployments: Vec<DeploymentRequest>,
    resolver: &Resolver<'_>,
) -> Result<Tried, ApiError> {
    let mut tried = Tried::default();
    let mut last: Option<Placed> = None;
    let mut steps = Steps::new(resolver.world(), "deployments", deployments.len() as u64);
    for deployment in deployments {
        steps.advance(1)?;
        if last.as_ref().is_none_or(|last| last.on != deployment.on) {
            let cluster = match resolver.cluster(&deployment.on) {
                Ok(cluster) => cluster,
                Err(error) if !request.on.is_empty() => return Err(error),
                // Sixteen are no whole nodes of twelve.
                Err(_) => continue,
            };
            let offer = offers::cheapest((request, target), &cluster, resolver)?;
            last = Some(Placed { on: deployment.on.clone(), cluster, offer });
        }
        let Some(Placed { cluster, offer, .. }) = &last else { continue };
        let Some(paid) = offer else {
            if !request.on.is_empty() {
                tried.refusal.get_or_insert_with(|| unpriced(cluster));
            }
            continue;
        };
        let resolved = resolver.resolve_on(Arc::clone(model), Arc::clone(cluster), &deployment);
        if let Err(error) = resolved.and_then(|resolved| {
            let shape = request.shape();
            let shape =
                estimate::workload(&shape, &resolved.model.model, resolver.catalog(), &mut Vec::new())?;
            estimate::keeps_prefixes(&resolved, &shape)?;
            tried.add(Deployed::new(resolved, deployment, *paid, (shape, target.demand)), target);
            Ok(())
        }) {
            tried.refused += 1;
            tried.refusal.get_or_insert(error);
        }
    }
    Ok(tried)
}

/// Refuses hardware that was asked for and has no price.
fn unpriced(cluster: &Cluster) -> ApiError {
    let name = &cluster.accelerator.name;
    ApiError::input("plan.no_price", format!("no price of {name} is known that is asked for")).at("--on").help(
        "write what it costs into prices.csv of a directory that --catalog names, allow other clouds and terms, or ask slipstick estimate with --price '$2/h'",
    )
}

impl Tried {
    pub(super) fn add(&mut self, deployed: Deployed, target: &Target) {
        let points = deployed.points(self.deployments.len(), target);
        if points.is_empty() {
            self.too_small += 1;
            return;
        }
        self.points.extend(points);
        self.deployments.push(deployed);
    }

    /// The points that keep all limits, the best first.
    pub(super) fn kept(&self, target: &Target) -> Vec<Point> {
        best_first(&self.points, target)
    }

    /// The same of separate pools.
    pub(super) fn kept_pools(&self, target: &Target) -> Vec<Point> {
        best_first(&self.pooled, target)
    }

    /// All ways to hold the load, whatever the limits.
    pub(super) fn every(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().chain(&self.pooled)
    }
}

/// Those that keep all limits, the best first.
fn best_first(points: &[Point], target: &Target) -> Vec<Point> {
    let mut kept: Vec<Point> = points.iter().filter(|point| point.keeps(target)).copied().collect();
    kept.sort_by(|a, b| a.order(b, target.objective));
    kept
}

/// The points that no other beats in both of two numbers, from the largest first number to the smallest; of equal ones the
/// first.
pub(super) fn front(points: &[Point], of: impl Fn(&Point) -> (f64, f64)) -> Vec<Point> {
    let mut sorted: Vec<&Point> = points.iter().collect();
    sorted.sort_by(|a, b| {
        let ((x, y), (other_x, other_y)) = (of(a), of(b));
        other_x
            .total_cmp(&x)
            .then(other_y.total_cmp(&y))
            .then(a.accelerators.total_cmp(&b.accelerators))
            .then(a.of.cmp(&b.of))
    });
    let mut best = f64::NEG_INFINITY;
    let mut front = Vec::new();
    for point in sorted {
        if of(point).1 > best {
            best = of(point).1;
            front.push(*point);
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use slipstick_core::units::{Seconds, UsdPerHour};

    use super::{Point, front};

    fn point(of: usize, user: f64, each: f64) -> Point {
        Point {
            of,
            pools: None,
            in_flight: 1,
            replicas: 1.0,
            accelerators: 1.0,
            hourly: UsdPerHour::dollars_per_hour(1.0),
            requests: 1.0,
            ttft: Seconds::s(1.0),
            tpot: Seconds::s(1.0),
            e2e: Seconds::s(1.0),
            user,
            each,
            token: 1.0,
            utilisation: 1.0,
            paid: 1.0,
            watts: 1.0,
            joules: 1.0,
        }
    }

    /// a(20,100) b(30,90) c(30,95) d(40,60) e(50,60) f(10,100) g(55,10): b and f lose on one axis at equality, d to e.
    #[test]
    fn what_is_beaten_at_equality_is_not_on_the_front() {
        let all = [(20., 100.), (30., 90.), (30., 95.), (40., 60.), (50., 60.), (10., 100.), (55., 10.)];
        let points: Vec<Point> =
            all.iter().enumerate().map(|(of, (user, each))| point(of, *user, *each)).collect();
        let found: Vec<usize> =
            front(&points, |point| (point.user, point.each)).iter().map(|point| point.of).collect();
        assert_eq!(found, [6, 4, 2, 0]);
    }

    /// The front is that of every pair compared, in whatever order the points come.
    #[test]
    fn the_front_is_what_comparing_all_pairs_leaves() {
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 60).unwrap())
        };
        for _ in 0..1000 {
            let points: Vec<Point> = (0..12).map(|of| point(of, draw(), draw())).collect();
            let beats = |a: &Point, b: &Point| {
                a.user >= b.user && a.each >= b.each && (a.user > b.user || a.each > b.each)
            };
            let mut all: Vec<(u64, u64)> = points
                .iter()
                .filter(|point| !points.iter().any(|other| beats(other, point)))
                .map(|point| (point.user.to_bits(), point.each.to_bits()))
                .collect();
            all.sort_unstable();
            all.dedup();
            let of = |points: &[Point]| {
                let mut found: Vec<(u64, u64)> = front(points, |point| (point.user, point.each))
                    .iter()
                    .map(|point| (point.user.to_bits(), point.each.to_bits()))
                    .collect();
                found.sort_unstable();
                found
            };
            let reversed: Vec<Point> = points.iter().rev().copied().collect();
            assert_eq!((of(&points), of(&reversed)), (all.clone(), all));
        }
    }
}
