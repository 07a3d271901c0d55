//! Every deployment under every load, and which are best.

use std::{cmp::Ordering, sync::Arc};

use slipstick_core::{
    estimate::serving::Service,
    formulas::cost::{hosted::replicas, plans::accelerator_rate},
    hardware::Cluster,
    units::{Frequency, Seconds, UsdPerHour},
    workload::Workload,
};

use super::{
    PlanRequest,
    target::{Demand, Limit, Objective, Target},
};
use crate::{
    ApiError,
    commands::{
        estimate::{self, Sureness},
        supply,
    },
    report::Estimated,
    request::DeploymentRequest,
    resolve::{Resolved, ResolvedModel, Resolver},
};

/// A deployment that starts, with its price.
pub(super) struct Deployed {
    pub(super) resolved: Resolved,
    /// One replica.
    pub(super) hourly: UsdPerHour,
    shape: Workload,
    sure: Sureness,
}

/// One way to hold the load: replicas of a deployment with so many requests in flight on each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Which deployment.
    pub(super) of: usize,
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
    /// Share of its full load that a replica is under.
    pub(super) utilisation: f64,
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
        }
    }

    /// Whether all limits are kept.
    pub(super) fn keeps(&self, target: &Target) -> bool {
        Limit::ALL.iter().all(|limit| target.allows(*limit).is_none_or(|most| self.of_limit(*limit) <= most))
    }

    /// Whether the targets of time are kept.
    fn keeps_times(&self, target: &Target) -> bool {
        [Limit::Ttft, Limit::Tpot, Limit::E2e]
            .iter()
            .all(|limit| target.allows(*limit).is_none_or(|most| self.of_limit(*limit) <= most))
    }

    /// What is compared, the lower the better.
    fn value(&self, objective: Objective) -> f64 {
        match objective {
            Objective::UsdPerHour => self.hourly.get(),
            Objective::UsdPerToken => self.token,
            Objective::Accelerators => self.accelerators,
            Objective::TokensPerAccelerator => -self.each,
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
    }
}

/// What was tried.
#[derive(Default)]
pub(super) struct Tried {
    pub(super) deployments: Vec<Deployed>,
    /// Ways to hold the load, whatever the limits.
    pub(super) points: Vec<Point>,
    /// Deployments that cannot be.
    pub(super) refused: usize,
    /// Those that do not start.
    pub(super) too_small: usize,
    /// The first refusal.
    pub(super) refusal: Option<ApiError>,
}

/// All deployments of a request, and all ways in which they hold its load.
pub(super) fn all(
    request: &PlanRequest,
    target: &Target,
    model: &Arc<ResolvedModel>,
    deployments: Vec<DeploymentRequest>,
    resolver: &Resolver<'_>,
) -> Result<Tried, ApiError> {
    let prices = request.prices(None);
    let mut tried = Tried::default();
    let mut last: Option<(String, Arc<Cluster>, Option<UsdPerHour>)> = None;
    for deployment in deployments {
        if last.as_ref().is_none_or(|(on, ..)| *on != deployment.on) {
            let cluster = match resolver.cluster(&deployment.on) {
                Ok(cluster) => cluster,
                Err(error) if !request.on.is_empty() => return Err(error),
                // Sixteen are no whole nodes of twelve.
                Err(_) => continue,
            };
            let price = estimate::price(&prices, &cluster, resolver)?;
            last = Some((deployment.on.clone(), cluster, price.map(|price| price.hourly)));
        }
        let Some((_, cluster, Some(hourly))) = &last else { continue };
        match resolver.resolve_on(Arc::clone(model), Arc::clone(cluster), &deployment) {
            Ok(resolved) => tried.add(request, target, (resolved, *hourly))?,
            Err(error) => {
                tried.refused += 1;
                tried.refusal.get_or_insert(error);
            }
        }
    }
    Ok(tried)
}

impl Tried {
    fn add(
        &mut self,
        request: &PlanRequest,
        target: &Target,
        (resolved, hourly): (Resolved, UsdPerHour),
    ) -> Result<(), ApiError> {
        let shape = estimate::workload(&request.load(1), &resolved.model.model, &mut Vec::new())?;
        let sure = Sureness::of(&resolved, &shape);
        let deployed = Deployed { resolved, hourly, shape, sure };
        let points = deployed.points(self.deployments.len(), target);
        if points.is_empty() {
            self.too_small += 1;
            return Ok(());
        }
        self.points.extend(points);
        self.deployments.push(deployed);
        Ok(())
    }

    /// The points that keep all limits, the best first.
    pub(super) fn kept(&self, target: &Target) -> Vec<Point> {
        let mut kept: Vec<Point> = self.points.iter().filter(|point| point.keeps(target)).copied().collect();
        kept.sort_by(|a, b| a.order(b, target.objective));
        kept
    }
}

impl Deployed {
    /// Accelerators of one replica.
    pub(super) fn accelerators(&self) -> u64 {
        self.resolved.cluster().accelerators()
    }

    /// Ways in which replicas of it hold the load: with doublings of the requests in flight, with as many as memory holds,
    /// and with the most that keep the targets.
    fn points(&self, of: usize, target: &Target) -> Vec<Point> {
        let requests = self.resolved.prepared.requests(&self.shape);
        if !requests.verdict(1).starts() {
            return Vec::new();
        }
        let held =
            requests.reach().count(supply::MOST_IN_FLIGHT).min(self.resolved.prepared.most_sequences());
        let most = match target.demand {
            Demand::InFlight(all) => held.min(all),
            Demand::Rate { .. } | Demand::Open => held,
        };
        let point = |count: u64| self.point(of, count, &requests.serve(count)?, target);
        let mut all: Vec<Point> = supply::loads(most.max(1)).filter_map(point).collect();
        // Between two doublings lies the most that keeps the targets; the same loads once more are no harm.
        let kept = |count: u64| point(count).is_some_and(|point| point.keeps_times(target));
        let below = all.iter().rev().find(|point| point.keeps_times(target)).map(|point| point.in_flight);
        if let Some(mut low) = below {
            let mut high = (2 * low).min(most) + 1;
            while high - low > 1 {
                let middle = low.midpoint(high);
                if kept(middle) { low = middle } else { high = middle }
            }
            all.extend(point(low));
        }
        all
    }

    /// What comes of so many requests in flight on a replica; none where the load takes no whole replicas.
    fn point(&self, of: usize, count: u64, service: &Service, target: &Target) -> Option<Point> {
        let capacity = lower(self.sure.rate(service.request_rate), target).get();
        let (needed, requests) = match target.demand {
            Demand::Rate { rate, planned } => (replicas(rate.get(), capacity, planned, 1.0), rate.get()),
            Demand::InFlight(all) => {
                let needed = all.div_ceil(count) as f64;
                (needed, needed * capacity)
            }
            Demand::Open => (1.0, capacity),
        };
        if !needed.is_finite() {
            return None;
        }
        let all = needed + target.spare as f64;
        let workload = &self.shape;
        let tokens = requests * (workload.input() + workload.output()) as f64;
        let hourly = self.hourly * all;
        let accelerators = all * self.accelerators() as f64;
        let tpot = upper(self.sure.tpot(service.tpot, Seconds::s), target);
        Some(Point {
            of,
            in_flight: count,
            replicas: all,
            accelerators,
            hourly,
            requests,
            ttft: upper(self.sure.ttft(service.ttft), target),
            tpot,
            e2e: upper(self.sure.tpot(service.e2e, Seconds::s), target),
            user: 1.0 / tpot.get(),
            each: accelerator_rate(requests, workload.output() as f64, accelerators),
            token: 1e6 * hourly.get() / (3600.0 * tokens),
            utilisation: (requests / (all * service.request_rate)).min(1.0),
        })
    }
}

/// A time as targets see it.
fn upper(time: Estimated<Seconds>, target: &Target) -> Seconds {
    if target.sure { time.high.unwrap_or(time.value) } else { time.value }
}

/// A rate as targets see it; nothing where it must be sure and is not.
fn lower(rate: Estimated<Frequency>, target: &Target) -> Frequency {
    if target.sure { rate.low.unwrap_or(Frequency::per_s(0.0)) } else { rate.value }
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
