//! Replicas of one deployment, and every way in which they hold the load.

#[cfg(test)]
mod brute;

use slipstick_core::{
    estimate::{
        answer::Requests,
        cost::{TokenPower, energy},
        serving::{Percentile, Service},
    },
    formulas::cost::{hosted::replicas, plans::accelerator_rate},
    trace::Trace,
    units::{Frequency, Seconds},
    workload::Workload,
};

use super::{
    offers::Paid,
    search::Point,
    target::{Demand, Limit, Target},
};
use crate::{
    commands::{estimate::Sureness, supply},
    report::Estimated,
    request::DeploymentRequest,
    resolve::Resolved,
};

/// A deployment that starts, with its price.
pub(super) struct Deployed {
    pub(super) resolved: Resolved,
    /// As it was asked for.
    pub(super) asked: DeploymentRequest,
    /// How one replica is paid for.
    pub(super) paid: Paid,
    shape: Workload,
    sure: Sureness,
}

/// What a number of replicas serves, beside what it is asked.
struct Load {
    /// Replicas that the load is shared between: all but the spare ones.
    needed: f64,
    /// Requests in flight on each.
    in_flight: u64,
    /// Requests a second that are asked for, or that all answer.
    requests: f64,
    /// Requests a second that one answers when it is full.
    full: f64,
}

/// Doublings of the fewest replicas after which each is as fast as when it is alone.
const MOST_DOUBLINGS: i32 = 24;

impl Deployed {
    pub(super) fn new(
        resolved: Resolved,
        asked: DeploymentRequest,
        paid: Paid,
        (shape, demand): (Workload, Demand),
    ) -> Self {
        // Times of requests that arrive have a band of their own, which the answer shows and bounds are held to.
        let sure = match demand {
            Demand::Rate { rate, .. } => Sureness::at_rate(&resolved, &shape, rate.get()),
            Demand::InFlight(_) | Demand::Batch(_) | Demand::Open => Sureness::of(&resolved, &shape),
        };
        Self { resolved, asked, paid, shape, sure }
    }

    /// The load of one.
    pub(super) const fn shape(&self) -> &Workload {
        &self.shape
    }

    /// Accelerators of one replica.
    pub(super) fn accelerators(&self) -> u64 {
        self.resolved.cluster().accelerators()
    }

    /// Ways in which replicas of it hold the load; none if it does not start.
    pub(super) fn points(&self, of: usize, target: &Target) -> Vec<Point> {
        let requests = self.resolved.prepared.requests(&self.shape);
        if !requests.verdict(1).starts() {
            return Vec::new();
        }
        match target.demand {
            Demand::Rate { rate, planned } => {
                self.sharing(of, &requests, (rate.get(), planned), target).unwrap_or_default()
            }
            Demand::InFlight(_) | Demand::Batch(_) | Demand::Open => self.loaded(of, &requests, target),
        }
    }

    /// Ways to share a rate of arrivals: between the fewest replicas that hold it, doublings of them until each serves a
    /// request at a time, the fewest that keep the targets, and the most that limits allow.
    fn sharing(
        &self,
        of: usize,
        requests: &Requests<'_>,
        (rate, planned): (f64, f64),
        target: &Target,
    ) -> Option<Vec<Point>> {
        let served = self.paid.served;
        let full = requests.serve_at(rate)?.at_rate?.sustained * served;
        let fewest = replicas(rate, lower(self.sure.rate(full), target).get(), planned, 1.0);
        let shared = |needed: f64| {
            // Those that are taken away leave their share to the others.
            let each = rate / (needed * served);
            let service = requests.serve_at(each)?;
            let in_flight = whole(service.at_rate?.in_flight);
            let point = self.point(of, &Load { needed, in_flight, requests: rate, full }, &service, target);
            Some(self.at_percentiles(point, requests, each, target))
        };
        let mut all = vec![shared(fewest).filter(|_| fewest.is_finite())?];
        let mut count = fewest;
        for _ in 0..MOST_DOUBLINGS {
            if all.last().is_none_or(|point| point.in_flight <= 1) {
                break;
            }
            count += count;
            all.extend(shared(count));
        }
        all.extend(between(&all, target, shared));
        let most = self.most(target);
        if most > fewest && most < count {
            all.extend(shared(most));
        }
        Some(all)
    }

    /// A point with the times of shares of requests where those are what targets hold.
    fn at_percentiles(&self, mut point: Point, requests: &Requests<'_>, rate: f64, target: &Target) -> Point {
        let of = |limit: Limit| {
            let share = target.share(limit)?;
            Some(requests.percentile(rate, share).map(|found| self.upper(limit, &found, target)))
        };
        // What is not held has no percentile.
        let time = |limit| of(limit).map(|time| time.unwrap_or_else(|| Seconds::s(f64::INFINITY)));
        point.ttft = time(Limit::Ttft).unwrap_or(point.ttft);
        point.tpot = time(Limit::Tpot).unwrap_or(point.tpot);
        point.e2e = time(Limit::E2e).unwrap_or(point.e2e);
        point
    }

    /// A time of a share of requests, as targets see it.
    fn upper(&self, limit: Limit, found: &Percentile, target: &Target) -> Seconds {
        upper(self.estimated(limit, found), target)
    }

    /// A time of a share of requests, with its band.
    pub(super) fn estimated(&self, limit: Limit, found: &Percentile) -> Estimated<Seconds> {
        match limit {
            Limit::Ttft => self.sure.ttft(found.ttft),
            Limit::E2e => self.sure.e2e(found.e2e),
            Limit::Tpot | Limit::Budget | Limit::Accelerators | Limit::Power => {
                self.sure.tpot(found.tpot, Seconds::s)
            }
        }
    }

    /// What a share of requests does not exceed on each of so many replicas of it, and what that is made of.
    pub(super) fn percentile(&self, rate: f64, share: f64) -> Option<Percentile> {
        self.resolved.prepared.requests(&self.shape).percentile(rate, share)
    }

    /// Replicas that budget and accelerators allow beside the spare ones.
    fn most(&self, target: &Target) -> f64 {
        let paid = target.budget.map_or(f64::INFINITY, |budget| budget.get() / self.paid.hourly.get());
        let placed = target.most.map_or(f64::INFINITY, |most| most as f64 / self.accelerators() as f64);
        (paid.min(placed) * (1.0 + 1e-12)).floor() - target.spare as f64
    }

    /// Ways in which replicas of it are kept busy: with the loads that are tried, and with the first and the last between them that
    /// keep the limits.
    fn loaded(&self, of: usize, requests: &Requests<'_>, target: &Target) -> Vec<Point> {
        let held =
            requests.reach().count(supply::MOST_IN_FLIGHT).min(self.resolved.prepared.most_sequences());
        let point = |count: u64| {
            let count = shared_out(target.demand, count);
            self.busy(of, count, &requests.serve(count)?, target)
        };
        let mut all: Vec<Point> = counts(target.demand, held.max(1)).into_iter().filter_map(point).collect();
        let edges = all.windows(2).filter_map(|pair| edge([&pair[0], &pair[1]], target, point));
        let edges: Vec<Point> = edges.collect();
        all.extend(edges);
        all
    }

    /// What comes of so many requests in flight on a replica, whose answers are each followed by a new request.
    fn busy(&self, of: usize, in_flight: u64, service: &Service, target: &Target) -> Option<Point> {
        let full = service.request_rate * self.paid.served;
        let capacity = lower(self.sure.rate(full), target).get();
        let (needed, requests) = match target.demand {
            Demand::InFlight(all) => {
                // Little's law: some of the replicas have one less in flight.
                (all.div_ceil(in_flight) as f64, capacity * all as f64 / in_flight as f64)
            }
            Demand::Batch(rate) => (replicas(rate.get(), capacity, 1.0, 1.0), rate.get()),
            Demand::Rate { .. } | Demand::Open => (1.0, capacity),
        };
        let load = Load { needed, in_flight, requests, full };
        needed.is_finite().then(|| self.point(of, &load, service, target))
    }

    /// What one replica draws as busy as that.
    fn power(&self, service: &Service) -> Option<TokenPower> {
        let plan = self.resolved.plan();
        let used = (plan.tp() * plan.pp() * plan.dp()) as f64;
        energy(service, self.resolved.prepared.deployment(), used, Trace::off())
    }

    fn point(&self, of: usize, load: &Load, service: &Service, target: &Target) -> Point {
        let all = load.needed + target.spare as f64;
        let workload = &self.shape;
        let tokens = load.requests * (workload.input() + workload.output()) as f64;
        let hourly = self.paid.hourly * all;
        let accelerators = all * self.accelerators() as f64;
        let power = self.power(service);
        let tpot = upper(self.sure.tpot(service.tpot, Seconds::s), target);
        Point {
            of,
            pools: None,
            in_flight: load.in_flight,
            replicas: all,
            accelerators,
            hourly,
            requests: load.requests,
            ttft: upper(self.sure.ttft(service.ttft), target),
            tpot,
            e2e: upper(self.sure.e2e(service.e2e), target),
            user: 1.0 / tpot.get(),
            each: accelerator_rate(load.requests, workload.output() as f64, accelerators),
            token: 1e6 * hourly.get() / (3600.0 * tokens),
            utilisation: (load.requests / (all * load.full)).min(1.0),
            paid: (load.requests / (all * service.request_rate)).min(1.0),
            watts: power.map_or(f64::INFINITY, |power| power.all.get() * all),
            joules: power.map_or(f64::INFINITY, |power| power.token.get() * all / load.needed),
        }
    }
}

/// Between two numbers of replicas lies the fewest that keep the targets: what is tried there.
fn between(tried: &[Point], target: &Target, shared: impl Fn(f64) -> Option<Point>) -> Vec<Point> {
    let needed = |point: &Point| point.replicas - target.spare as f64;
    let slow = tried.iter().rev().find(|point| !point.keeps_times(target)).map(needed);
    let quick = tried.iter().find(|point| point.keeps_times(target)).map(needed);
    let Some((mut slow, mut quick)) = slow.zip(quick) else { return Vec::new() };
    let mut found = Vec::new();
    while quick - slow > 1.0 {
        let middle = f64::midpoint(slow, quick).floor();
        let Some(point) = shared(middle) else { break };
        if point.keeps_times(target) {
            quick = middle;
        } else {
            slow = middle;
        }
        found.push(point);
    }
    found
}

/// Different numbers of requests on a replica that are all tried.
const MOST_SHARES: usize = 64;

/// Requests in flight on a replica to try, of as many as it holds, in ascending order: each way to share a number between
/// replicas where there are few, else doublings.
fn counts(demand: Demand, held: u64) -> Vec<u64> {
    let Demand::InFlight(all) = demand else { return supply::loads(held).collect() };
    let most = held.min(all);
    let fewer = |share: &u64| (*share > 1).then(|| all.div_ceil(all.div_ceil(share - 1)));
    let largest = all.div_ceil(all.div_ceil(most));
    let mut shares: Vec<u64> = core::iter::successors(Some(largest), fewer).take(MOST_SHARES + 1).collect();
    if shares.len() > MOST_SHARES {
        return supply::loads(most).collect();
    }
    shares.reverse();
    shares
}

/// Between a load that keeps the limits and one that does not: the last that does. Where both or neither do, the same of the
/// times alone.
fn edge([few, many]: [&Point; 2], target: &Target, point: impl Fn(u64) -> Option<Point>) -> Option<Point> {
    let all = |point: &Point| point.keeps(target);
    let times = |point: &Point| point.keeps_times(target);
    let keeps: &dyn Fn(&Point) -> bool = if all(few) == all(many) { &times } else { &all };
    if keeps(few) == keeps(many) {
        return None;
    }
    let (kept, missed) = if keeps(few) { (few, many) } else { (many, few) };
    let (mut kept, mut missed, mut found) = (kept.in_flight, missed.in_flight, None);
    while kept.abs_diff(missed) > 1 {
        let middle = kept.midpoint(missed);
        match point(middle).filter(keeps) {
            Some(point) => (kept, found) = (middle, Some(point)),
            None => missed = middle,
        }
    }
    found
}

/// What is in flight on each of the fewest replicas of which none has more than so many: a router shares evenly.
fn shared_out(demand: Demand, most: u64) -> u64 {
    match demand {
        Demand::InFlight(all) => all.div_ceil(all.div_ceil(most)),
        Demand::Rate { .. } | Demand::Batch(_) | Demand::Open => most,
    }
}

/// A mean number of requests in flight as a number that can be in flight.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive count, which saturates"
)]
pub(super) fn whole(mean: f64) -> u64 {
    (mean.ceil() as u64).max(1)
}

/// A time as targets see it.
pub(super) fn upper(time: Estimated<Seconds>, target: &Target) -> Seconds {
    if target.sure { time.high.unwrap_or(time.value) } else { time.value }
}

/// A rate as targets see it; nothing where it must be sure and is not.
pub(super) fn lower(rate: Estimated<Frequency>, target: &Target) -> Frequency {
    if target.sure { rate.low.unwrap_or(Frequency::per_s(0.0)) } else { rate.value }
}
