//! Separate pools for the load of a plan: every worker that reads beside every one that writes, in the numbers that hold it.

mod across;
#[cfg(test)]
mod brute;
mod numbers;
mod points;
mod provenance;
mod report;

pub use report::PoolsPlan;
pub(super) use report::{layouts, name, plan, show};

use slipstick_core::{
    estimate::pools::{Half, Pool, front},
    hardware::Accelerator,
    units::Seconds,
};

use super::{
    PlanRequest,
    replicas::Deployed,
    search::Point,
    target::{Demand, Objective, Target},
};
use crate::{ApiError, commands::estimate::Sureness, request::DeploymentRequest, resolve::Resolver};
use points::Group;

/// Whether separate pools are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Searched {
    /// They are not.
    No,
    /// Beside workers that do both.
    Too,
    /// Nothing else is.
    Only,
    /// Beside workers that do both, and of two kinds of accelerators as well.
    Across,
}

/// What the request asks of pools.
pub(super) fn searched(request: &PlanRequest) -> Result<Searched, ApiError> {
    match request.pools.as_deref() {
        None | Some("off") => Ok(Searched::No),
        Some("auto") => Ok(Searched::Too),
        Some("on") => Ok(Searched::Only),
        Some("across") => Ok(Searched::Across),
        Some(other) => {
            let known = ["off", "auto", "on", "across"];
            Err(ApiError::unknown("plan.pools", "way to search pools", other, known).at("--pools"))
        }
    }
}

/// What was tried of pools, and what was not.
pub(super) fn tried(searched: Searched, objective: Objective) -> Option<String> {
    match searched {
        Searched::No => None,
        Searched::Too | Searched::Only => Some(
            "both pools are of one kind of accelerators; --pools across tries two kinds as well".to_owned(),
        ),
        Searched::Across => Some(format!(
            "pools of two kinds of accelerators are tried of every kind beside every other of its maker that one cloud \
             offers too; those that could be no better by {} are left out",
            objective.name()
        )),
    }
}

/// All ways in which pools hold the load, whatever the limits; of pools of two kinds of accelerators, if those are searched,
/// all that could be the best.
pub(super) fn points(
    request: &PlanRequest,
    (deployments, target): (&[Deployed], &Target),
    searched: Searched,
    resolver: &Resolver<'_>,
) -> Result<Vec<Point>, ApiError> {
    let mut found = Vec::new();
    let mut kinds = Vec::new();
    for of in groups(deployments) {
        let mut kind = Kind::new(Group::new(deployments, target, resolver, of));
        for read in kind.readers.clone() {
            for write in kind.writers.clone() {
                let of = [kind.group.of[read], kind.group.of[write]];
                kind.group.pair([kind.halves[0][read], kind.halves[1][write]], of, &mut found)?;
            }
        }
        kinds.push(kind);
    }
    if searched == Searched::Across {
        found.extend(across::points(request, &kinds, &found, resolver)?);
    }
    Ok(found)
}

/// The workers of one kind of accelerator that may be chosen.
struct Kind<'a> {
    group: Group<'a>,
    /// As those that read, and as those that write.
    halves: [Vec<Half>; 2],
    /// The places of those that no other beats.
    readers: Vec<usize>,
    writers: Vec<usize>,
}

impl<'a> Kind<'a> {
    fn new(group: Group<'a>) -> Self {
        let halves = halves(&group);
        let within = |halves: &[Half], limit: Option<Seconds>| {
            let quick = front(halves, limit);
            // Where none is quick enough, how near they come is still a question.
            if quick.is_empty() { front(halves, None) } else { quick }
        };
        let readers = within(&halves[0], group.limit(group.target.ttft, |sure, time| sure.ttft(time).high));
        let writers = within(&halves[1], None);
        Self { group, halves, readers, writers }
    }

    fn chip(&self) -> &Accelerator {
        &self.group.deployments[self.group.of[0]].resolved.cluster().accelerator
    }
}

/// Why pools alone are no answer.
pub(super) fn none() -> ApiError {
    ApiError::input("plan.no_pools", "nothing that is tried here starts separate pools").at("--pools").help(
        "name an engine that hands caches on (--engines vllm, sglang or tensorrt-llm), or say --pools off",
    )
}

/// What is asked of a deployment, wherever its ranks are.
fn unplaced(asked: &DeploymentRequest) -> DeploymentRequest {
    let (on, none) = (String::new(), None);
    DeploymentRequest { on, tp: none, pp: none, ep: none, dp: none, ..asked.clone() }
}

/// Deployments whose workers could hand caches on to each other: one accelerator, engine and formats.
fn groups(deployments: &[Deployed]) -> Vec<Vec<usize>> {
    let key = |at: usize| {
        let deployed = &deployments[at];
        (deployed.resolved.cluster().accelerator.id.as_str(), deployed.paid.offer, unplaced(&deployed.asked))
    };
    let could = |at: &usize| deployments[*at].resolved.engine().has_pools();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for at in (0..deployments.len()).filter(could) {
        match groups.iter_mut().find(|group| key(group[0]) == key(at)) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups
}

/// A worker of a deployment.
fn worker(deployments: &[Deployed], at: usize) -> Pool<'_> {
    Pool { workers: 1, worker: &deployments[at].resolved.prepared }
}

/// How sure the times of pools are whose workers are those of a deployment.
fn sureness(deployed: &Deployed) -> Sureness {
    Sureness::with(&deployed.resolved, deployed.resolved.calibration().spreads.pools)
}

/// The workers of a group as those that read, and as those that write within the target.
fn halves(group: &Group<'_>) -> [Vec<Half>; 2] {
    let deployments = group.deployments;
    let first = &deployments[group.of[0]];
    let (load, assumed) = (first.shape(), &first.resolved.calibration().assumed);
    let limit = group.limit(group.target.tpot, |sure, time| sure.tpot(time, Seconds::s).high);
    let none =
        |at: usize| Half { accelerators: deployments[at].accelerators(), rate: 0.0, time: Seconds::ZERO };
    let each = |half: &dyn Fn(&Pool<'_>) -> Option<Half>| {
        group.of.iter().map(|at| half(&worker(deployments, *at)).unwrap_or_else(|| none(*at))).collect()
    };
    [each(&|pool| Half::reading(pool, load)), each(&|pool| Half::writing(pool, assumed, load, limit))]
}

/// Whether it is more workers that are looked for rather than fewer.
fn wants_more(target: &Target) -> bool {
    target.objective == Objective::Latency && target.demand != Demand::Open
}
