//! Two pools in some numbers, as a way to hold the load that is compared with every other.

use std::collections::BTreeMap;

use slipstick_core::{
    estimate::pools::{Half, Held, Pool, Pools},
    formulas::cost::plans::accelerator_rate,
    hardware::Link,
    units::{Seconds, UsdPerHour},
};

use super::{
    super::{
        replicas::{Deployed, lower, upper, whole},
        search::{Pair, Point},
        target::{Demand, Target},
    },
    numbers::{Beside, tried},
    sureness, worker,
};
use crate::{
    ApiError,
    commands::estimate::Sureness,
    resolve::{Resolver, pools::holding},
};

/// Deployments whose workers hand caches on to each other.
pub(super) struct Group<'a> {
    pub(super) deployments: &'a [Deployed],
    pub(super) target: &'a Target,
    resolver: &'a Resolver<'a>,
    /// Which of the deployments.
    pub(super) of: Vec<usize>,
    sure: Sureness,
    /// What joins so many accelerators.
    links: BTreeMap<u64, Link>,
    /// Of two kinds of accelerators.
    apart: Option<Apart>,
}

/// Two kinds of accelerators.
pub(super) struct Apart {
    /// What joins them.
    pub(super) link: Link,
    /// What a worker of each costs at every cloud that offers both.
    pub(super) prices: Vec<[UsdPerHour; 2]>,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        deployments: &'a [Deployed],
        target: &'a Target,
        resolver: &'a Resolver<'a>,
        of: Vec<usize>,
    ) -> Self {
        let sure = sureness(&deployments[of[0]]);
        Self { deployments, target, resolver, of, sure, links: BTreeMap::new(), apart: None }
    }

    /// Workers of two kinds, whose band is that of those that write.
    pub(super) fn of_two(writes: &Self, of: [usize; 2], apart: Apart) -> Self {
        let group = Self::new(writes.deployments, writes.target, writes.resolver, vec![of[1], of[0]]);
        Self { apart: Some(apart), ..group }
    }

    /// A limit of time as what is estimated has to keep it: less where the end of the band must.
    pub(super) fn limit(
        &self,
        limit: Option<Seconds>,
        high: fn(Sureness, Seconds) -> Option<Seconds>,
    ) -> Option<Seconds> {
        let end = if self.target.sure { high(self.sure, Seconds::s(1.0)) } else { None };
        limit.map(|limit| limit / end.map_or(1.0, Seconds::get))
    }

    /// Two workers in every number that is tried of them.
    pub(super) fn pair(
        &mut self,
        pair: [Half; 2],
        of: [usize; 2],
        found: &mut Vec<Point>,
    ) -> Result<(), ApiError> {
        let output = self.deployments[of[1]].shape().output().max(1) as f64;
        for Beside { decode, prefill, rate, all } in tried(pair, output, self.target) {
            for prefill in prefill {
                let Some(point) = self.point(of, [prefill, decode], rate)? else { continue };
                found.push(point);
                if point.keeps_times(self.target) && !all {
                    break;
                }
            }
        }
        Ok(())
    }

    fn link(&mut self, of: usize, accelerators: u64) -> Result<Link, ApiError> {
        if let Some(apart) = &self.apart {
            return Ok(apart.link);
        }
        if let Some(link) = self.links.get(&accelerators) {
            return Ok(*link);
        }
        let accelerator = &self.deployments[of].resolved.cluster().accelerator;
        let cluster =
            self.resolver.cluster(&holding(&accelerator.id, accelerator.node_size, accelerators))?;
        let link = cluster.link_for(accelerators);
        self.links.insert(accelerators, link);
        Ok(link)
    }

    /// So many workers of each under the load; none where they do not hold it.
    fn point(&mut self, of: [usize; 2], workers: [u64; 2], rate: f64) -> Result<Option<Point>, ApiError> {
        let deployments = self.deployments;
        let sizes = of.map(|at| deployments[at].accelerators());
        let accelerators = workers[0] * sizes[0] + workers[1] * sizes[1];
        let link = self.link(of[1], accelerators)?;
        let pool = |at: usize| Pool { workers: workers[at], ..worker(deployments, of[at]) };
        let assumed = deployments[of[1]].resolved.calibration().assumed;
        let pools = Pools { prefill: pool(0), decode: pool(1), link, assumed, prices: None };
        let load = deployments[of[1]].shape();
        let held = match self.target.demand {
            Demand::Rate { rate, .. } | Demand::Batch(rate) => pools.hold(load, rate.get()),
            Demand::InFlight(count) => pools.keep(load, count),
            Demand::Open => pools.hold(load, rate),
        };
        let all = workers.map(|count| count + self.target.spare);
        let pair = Pair { of, workers: all, prices: self.prices(of, all) };
        Ok(held.map(|held| self.of_held(pair, accelerators as f64, &held)))
    }

    /// What a worker of each costs: as it was offered, or of two kinds where so many of both cost least.
    fn prices(&self, of: [usize; 2], workers: [u64; 2]) -> [UsdPerHour; 2] {
        let offered = of.map(|at| self.deployments[at].paid.hourly);
        let sum = |each: &&[UsdPerHour; 2]| hourly(workers, **each).get();
        let cheapest = |apart: &Apart| apart.prices.iter().min_by(|a, b| sum(a).total_cmp(&sum(b))).copied();
        self.apart.as_ref().and_then(cheapest).unwrap_or(offered)
    }

    fn of_held(&self, pair: Pair, needed: f64, held: &Held) -> Point {
        let (target, sure) = (self.target, self.sure);
        let of = |value: fn(&Deployed) -> f64| {
            pair.of
                .iter()
                .zip(pair.workers)
                .map(move |(at, workers)| value(&self.deployments[*at]) * workers as f64)
        };
        let accelerators: f64 = of(|deployed| deployed.accelerators() as f64).sum();
        let hourly = hourly(pair.workers, pair.prices).get();
        let load = self.deployments[pair.of[1]].shape();
        let requests = match target.demand {
            Demand::Rate { rate, .. } | Demand::Batch(rate) => rate.get(),
            Demand::InFlight(_) | Demand::Open => lower(sure.rate(held.rate), target).get(),
        };
        let tpot = upper(sure.tpot(held.tpot, Seconds::s), target);
        let spare = accelerators / needed;
        Point {
            of: pair.of[1],
            pools: Some(pair),
            in_flight: whole(held.in_flight),
            replicas: 1.0,
            accelerators,
            hourly: UsdPerHour::dollars_per_hour(hourly),
            requests,
            ttft: upper(sure.ttft(held.ttft), target),
            tpot,
            e2e: upper(sure.e2e(held.e2e), target),
            user: 1.0 / tpot.get(),
            each: accelerator_rate(requests, load.output() as f64, accelerators),
            token: 1e6 * hourly / (3600.0 * requests * load.length() as f64),
            utilisation: (requests / (held.most * spare)).min(1.0),
            paid: requests / held.rate,
            watts: held.power.map_or(f64::INFINITY, |power| power.all.get() * spare),
            joules: held.power.map_or(f64::INFINITY, |power| power.token.get() * spare),
        }
    }
}

/// What so many workers of each cost an hour.
pub(super) fn hourly(workers: [u64; 2], prices: [UsdPerHour; 2]) -> UsdPerHour {
    prices[0] * workers[0] as f64 + prices[1] * workers[1] as f64
}
