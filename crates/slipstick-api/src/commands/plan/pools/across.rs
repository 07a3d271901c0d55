//! Pools of two kinds of accelerators: each kind that reads beside each other one that writes.
//!
//! The halves alone say how good two workers can be together at the most, so the most promising are worked out first, and the
//! rest is left when none of it can be better: what is found is the best of all.

use std::collections::{BTreeMap, btree_map::Entry};

use slipstick_core::{
    estimate::pools::{Half, divided_rate},
    formulas::cost::plans::accelerator_rate,
    units::{Seconds, UsdPerHour},
};

use super::{
    super::{
        PlanRequest,
        replicas::Deployed,
        search::Point,
        target::{Demand, Objective, Target},
    },
    Kind,
    numbers::tried,
    points::{Apart, Group, hourly},
    unplaced,
};
use crate::{ApiError, commands::estimate, resolve::Resolver, resolve::pools::between, steps::Steps};

/// What is asked before the price, the lower first, and what a worker costs an hour, at each cloud that offers it.
type Prices = BTreeMap<String, ([u8; 3], UsdPerHour)>;

/// Two workers that may be the best.
struct Candidate {
    /// The kinds of those that read and of those that write.
    kinds: [usize; 2],
    /// The deployments.
    of: [usize; 2],
    halves: [Half; 2],
    prices: Vec<[UsdPerHour; 2]>,
    /// The least that the objective comes to.
    bound: f64,
}

/// All pools of two kinds that could be better than those that are `known`.
pub(super) fn points(
    request: &PlanRequest,
    kinds: &[Kind<'_>],
    known: &[Point],
    resolver: &Resolver<'_>,
) -> Result<Vec<Point>, ApiError> {
    let Some(first) = kinds.first() else { return Ok(Vec::new()) };
    let target = first.group.target;
    if !request.on.is_empty() && kinds.iter().all(|kind| kind.chip().id == first.chip().id) {
        return Err(one_kind(&first.chip().name));
    }
    let candidates = candidates(request, kinds, target, resolver)?;
    resolver.world().bounds().admit(candidates.len() as u64)?;
    let mut steps = Steps::new(resolver.world(), "pairs of workers", candidates.len() as u64);
    let value = |points: &[Point]| {
        let kept = points.iter().filter(|point| point.keeps(target));
        kept.map(|point| point.value(target.objective)).fold(f64::INFINITY, f64::min)
    };
    let mut best = value(known);
    let mut found = Vec::new();
    for candidate in candidates {
        steps.advance(1)?;
        // A bound is a sum in another order than the value: the last digits are no difference.
        if candidate.bound > best + best.abs() * f64::EPSILON.sqrt() {
            break;
        }
        let first = found.len();
        candidate.work_out(kinds, &mut found)?;
        let reached = value(&found[first..]);
        debug_assert!(candidate.bound <= reached + reached.abs() * 1e-9, "{} {reached}", candidate.bound);
        best = best.min(reached);
    }
    Ok(found)
}

/// All pools of two kinds, whether they could be the best or not.
#[cfg(test)]
pub(super) fn every(
    request: &PlanRequest,
    kinds: &[Kind<'_>],
    target: &Target,
    resolver: &Resolver<'_>,
) -> Result<Vec<Point>, ApiError> {
    let mut found = Vec::new();
    for candidate in candidates(request, kinds, target, resolver)? {
        candidate.work_out(kinds, &mut found)?;
    }
    Ok(found)
}

/// Refuses pools of two kinds where one is named.
fn one_kind(name: &str) -> ApiError {
    ApiError::input("plan.one_kind", format!("pools of two kinds are asked for, and {name} is one"))
        .at("--pools")
        .help("name a second with --on, such as --on h100,h200, or say --pools auto")
}

/// Every two workers that could keep the limits of time, the most promising first.
fn candidates(
    request: &PlanRequest,
    kinds: &[Kind<'_>],
    target: &Target,
    resolver: &Resolver<'_>,
) -> Result<Vec<Candidate>, ApiError> {
    let mut offered = BTreeMap::new();
    let mut all = Vec::new();
    for (r, reads) in kinds.iter().enumerate() {
        for (w, writes) in kinds.iter().enumerate() {
            if !hands_on(reads, writes) {
                continue;
            }
            for (read, write) in
                reads.readers.iter().flat_map(|read| writes.writers.iter().map(move |write| (*read, *write)))
            {
                let of = [reads.group.of[read], writes.group.of[write]];
                let halves = [reads.halves[0][read], writes.halves[1][write]];
                if !in_time(halves, &writes.group, target) {
                    continue;
                }
                let prices = together(request, writes.group.deployments, of, &mut offered, resolver)?;
                if let Some(bound) = bound(halves, &prices, &writes.group.deployments[of[1]], target) {
                    all.push(Candidate { kinds: [r, w], of, halves, prices, bound });
                }
            }
        }
    }
    all.sort_by(|a, b| a.bound.total_cmp(&b.bound));
    Ok(all)
}

/// Whether workers of the one kind could go on with caches of the other, which is another accelerator of the same maker: what
/// moves caches is built for one maker's accelerators.
fn hands_on(reads: &Kind<'_>, writes: &Kind<'_>) -> bool {
    let [one, other] = [reads, writes].map(|kind| &kind.group.deployments[kind.group.of[0]]);
    let [chip, its] = [reads.chip(), writes.chip()];
    let told = |of: &Deployed| (of.resolved.engine_version(), of.resolved.cache(), of.paid.offer);
    chip.id != its.id
        && chip.vendor == its.vendor
        && told(one) == told(other)
        && unplaced(&one.asked) == unplaced(&other.asked)
}

/// Whether two workers could keep the limits of time: no request takes less than it does alone.
fn in_time([reads, writes]: [Half; 2], group: &Group<'_>, target: &Target) -> bool {
    let limits = [
        (reads.time, group.limit(target.ttft, |sure, time| sure.ttft(time).high)),
        (writes.time, group.limit(target.tpot, |sure, time| sure.tpot(time, Seconds::s).high)),
    ];
    limits.into_iter().all(|(least, limit)| limit.is_none_or(|limit| least <= limit))
}

/// What a worker of each costs at every cloud that offers both as well as any.
fn together(
    request: &PlanRequest,
    deployments: &[Deployed],
    of: [usize; 2],
    offered: &mut BTreeMap<(String, usize), Prices>,
    resolver: &Resolver<'_>,
) -> Result<Vec<[UsdPerHour; 2]>, ApiError> {
    for at in of {
        let deployed = &deployments[at];
        if let Entry::Vacant(new) = offered.entry((deployed.asked.on.clone(), deployed.paid.offer)) {
            new.insert(at_clouds(request, deployed, resolver)?);
        }
    }
    let [one, other] = of.map(|at| {
        let deployed = &deployments[at];
        &offered[&(deployed.asked.on.clone(), deployed.paid.offer)]
    });
    let both = |(cloud, (rank, price)): (&String, &([u8; 3], UsdPerHour))| {
        let (its, its_price) = other.get(cloud)?;
        Some(((*rank).max(*its), [*price, *its_price]))
    };
    let all: Vec<([u8; 3], [UsdPerHour; 2])> = one.iter().filter_map(both).collect();
    let first = all.iter().map(|(rank, _)| *rank).min();
    Ok(all.into_iter().filter(|(rank, _)| Some(*rank) == first).map(|(_, prices)| prices).collect())
}

/// What a worker costs at each cloud that offers it.
fn at_clouds(
    request: &PlanRequest,
    deployed: &Deployed,
    resolver: &Resolver<'_>,
) -> Result<Prices, ApiError> {
    let prices = request.offers().swap_remove(deployed.paid.offer);
    let all = estimate::at_clouds(&prices, deployed.resolved.cluster(), resolver)?;
    Ok(all.into_iter().map(|(cloud, priced)| (cloud, (priced.rank, priced.hourly))).collect())
}

/// The least that the objective comes to of two workers in any numbers; none where no cloud offers both.
fn bound(pair: [Half; 2], prices: &[[UsdPerHour; 2]], writes: &Deployed, target: &Target) -> Option<f64> {
    let load = writes.shape();
    let least = |of: &dyn Fn([UsdPerHour; 2]) -> f64| prices.iter().map(|each| of(*each)).reduce(f64::min);
    let output = load.output().max(1) as f64;
    // The fewest that hold the load come first.
    let fewest = || {
        let first = tried(pair, output, target).into_iter().next();
        let [prefill, decode] =
            first.map_or([1, 1], |first| [first.prefill.first().copied().unwrap_or(1), first.decode]);
        [prefill + target.spare, decode + target.spare]
    };
    let accelerators =
        || fewest().iter().zip(pair).map(|(count, half)| (*count * half.accelerators) as f64).sum::<f64>();
    let million = 1e6 / (3600.0 * load.length() as f64);
    let asked = match target.demand {
        Demand::Rate { rate, .. } | Demand::Batch(rate) => Some(rate.get()),
        Demand::InFlight(_) | Demand::Open => None,
    };
    let hour = |each| hourly(fewest(), each).get();
    let of_request = |each: [UsdPerHour; 2]| each[0].get() / pair[0].rate + each[1].get() / pair[1].rate;
    match (target.objective, asked) {
        (Objective::UsdPerHour, _) => least(&hour),
        (Objective::UsdPerToken, Some(rate)) => least(&|each| million * hour(each) / rate),
        (Objective::UsdPerToken, None) => least(&|each| million * of_request(each)),
        (Objective::Accelerators, _) => least(&|_| accelerators()),
        (Objective::TokensPerAccelerator, Some(rate)) => {
            least(&|_| -accelerator_rate(rate, load.output() as f64, accelerators()))
        }
        (Objective::TokensPerAccelerator, None) => {
            least(&|_| -(load.output() as f64) * divided_rate([&pair[0], &pair[1]]))
        }
        (Objective::Energy | Objective::Latency, _) => least(&|_| f64::NEG_INFINITY),
    }
}

impl Candidate {
    /// The two in every number that is tried of them.
    fn work_out(&self, kinds: &[Kind<'_>], found: &mut Vec<Point>) -> Result<(), ApiError> {
        let writes = &kinds[self.kinds[1]].group;
        let [one, other] = self.of.map(|at| writes.deployments[at].resolved.cluster());
        let apart = Apart { link: between(one, other), prices: self.prices.clone() };
        Group::of_two(writes, self.of, apart).pair(self.halves, self.of, found)
    }
}
