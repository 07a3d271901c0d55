//! Separate pools for the load of a plan: every worker that reads beside every one that writes, in the numbers that hold it.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    estimate::pools::{Choice, Half, Held, Pool, Pools, front, most},
    plan::Degrees,
    units::{Frequency, Seconds, UsdPerHour},
};

use super::{
    PlanRequest,
    replicas::Deployed,
    search::Tried,
    target::{Demand, Objective, Target},
};
use crate::{
    ApiError,
    commands::estimate::{self, EstimateAnswer, EstimateRequest, Sureness},
    report::{Estimated, Plain},
    request::{ArrivalRequest, Count, DeploymentRequest, LoadRequest, PoolLayout, PoolsRequest},
    resolve::{Resolver, pools::holding},
    view::{Block, View},
};

/// Accelerators within which the most is looked for where nobody says.
const USUAL_ROOM: u64 = 16;

/// A pool that reads is made larger until prompts wait short enough, so many times at most.
const MOST_WIDER: u64 = 64;

/// The best pools for the load.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PoolsPlan {
    /// The accelerators of both pools.
    pub on: String,
    /// How many of them work.
    pub accelerators: u64,
    /// The engine and its version.
    pub engine: String,
    /// The format of the weights.
    pub quant: String,
    /// Workers that read, as `--prefill` takes them.
    pub prefill: String,
    /// Workers that write, as `--decode` takes them.
    pub decode: String,
    /// Requests answered a second.
    pub requests_per_s: Plain<Frequency>,
    /// Time to the first token.
    pub ttft_s: Estimated<Seconds>,
    /// Time between two tokens.
    pub tpot_s: Estimated<Seconds>,
    /// Output tokens on each accelerator.
    pub tokens_per_s_per_accelerator: Plain<Frequency>,
    /// All of it for an hour.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// Whether it is better, by what is best of the plan, than every deployment whose workers do both.
    pub better: bool,
    /// The commands that start both pools, and what hands requests on to equal workers in turn.
    pub launch: Option<String>,
}

/// Pools that hold the load.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// Which deployments their workers are.
    of: [usize; 2],
    workers: [u64; 2],
    accelerators: u64,
    hourly: f64,
    rate: f64,
    held: Held,
}

impl Candidate {
    /// What is compared, the lower the better; none where pools are not searched for it.
    fn value(&self, objective: Objective) -> f64 {
        match objective {
            Objective::UsdPerHour => self.hourly,
            Objective::Accelerators => self.accelerators as f64,
            Objective::UsdPerToken => self.hourly / self.rate,
            Objective::TokensPerAccelerator => self.accelerators as f64 / self.rate,
            Objective::Energy | Objective::Latency => self.held.e2e.get(),
        }
    }
}

/// The pools that are best for the load of a plan, if it asks for them and any hold it.
pub(super) fn best(
    request: &PlanRequest,
    (tried, target): (&Tried, &Target),
    resolver: &Resolver<'_>,
) -> Result<Option<PoolsPlan>, ApiError> {
    if !asked(request, target)? {
        return Ok(None);
    }
    let mut found: Option<Candidate> = None;
    for group in groups(&tried.deployments) {
        for candidate in candidates(&tried.deployments, &group, target, resolver)? {
            let order = |a: &Candidate, b: &Candidate| {
                let value = a.value(target.objective).total_cmp(&b.value(target.objective));
                value.then(a.accelerators.cmp(&b.accelerators)).then(a.of.cmp(&b.of))
            };
            if found.as_ref().is_none_or(|best| order(&candidate, best).is_lt()) {
                found = Some(candidate);
            }
        }
    }
    found.map(|candidate| plan(request, (tried, target), &candidate, resolver)).transpose()
}

/// Whether pools are asked for.
fn asked(request: &PlanRequest, target: &Target) -> Result<bool, ApiError> {
    match request.pools.as_deref() {
        None | Some("off") => return Ok(false),
        Some("auto") => {}
        Some(other) => {
            return Err(
                ApiError::unknown("plan.pools", "way to search pools", other, ["off", "auto"]).at("--pools")
            );
        }
    }
    let refused = |what: &str, at: &'static str, help: &str| {
        let help = format!("{help}, or leave --pools out");
        Err(ApiError::input("plan.pools_search", format!("pools are not searched {what}")).at(at).help(help))
    };
    if matches!(target.demand, Demand::InFlight(_) | Demand::Batch(_)) {
        return refused(
            "for a number in flight or a batch",
            "--concurrency",
            "give --rate such as 20/s in its place",
        );
    }
    if matches!(target.objective, Objective::Latency | Objective::Energy) {
        return refused(
            "for the least latency or energy",
            "--objective",
            "give targets such as --ttft 1s --tpot 30ms",
        );
    }
    if target.watts.is_some() {
        return refused("within watts", "--max-watts", "leave --max-watts out");
    }
    if target.spare > 0 {
        return refused("with spare workers", "--spare", "leave --spare out");
    }
    Ok(true)
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
    let could = |at: &usize| {
        let resolved = &deployments[*at].resolved;
        resolved.engine().has_pools() && resolved.deployment().speculation.is_none()
    };
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

/// The workers of a group as those that read, and as those that write within the target.
fn halves(deployments: &[Deployed], group: &[usize], target: &Target) -> [Vec<Half>; 2] {
    let load = deployments[group[0]].shape();
    let assumed = &deployments[group[0]].resolved.calibration().assumed;
    let none =
        |at: usize| Half { accelerators: deployments[at].accelerators(), rate: 0.0, time: Seconds::ZERO };
    let each = |half: &dyn Fn(&Pool<'_>) -> Option<Half>| {
        group.iter().map(|at| half(&worker(deployments, *at)).unwrap_or_else(|| none(*at))).collect()
    };
    [each(&|pool| Half::reading(pool, load)), each(&|pool| Half::writing(pool, assumed, load, target.tpot))]
}

/// The best pools of each pair of workers of a group that no other beats.
fn candidates(
    deployments: &[Deployed],
    group: &[usize],
    target: &Target,
    resolver: &Resolver<'_>,
) -> Result<Vec<Candidate>, ApiError> {
    let [reads, writes] = halves(deployments, group, target);
    let room = target.most.unwrap_or(USUAL_ROOM);
    let mut found = Vec::new();
    for read in front(&reads, target.ttft) {
        for write in front(&writes, None) {
            let (pair, of) = ([reads[read], writes[write]], [group[read], group[write]]);
            let choices = match target.demand {
                Demand::Rate { rate, planned } => sharing(pair, rate.get() / planned, target),
                _ => fullest(pair, room),
            };
            for choice in choices {
                let Some(candidate) = candidate(deployments, of, &choice, target, resolver)? else {
                    continue;
                };
                if keeps(&candidate, deployments, target) {
                    found.push(candidate);
                    break;
                }
            }
        }
    }
    Ok(found)
}

/// Two workers in some numbers under the load; none where they do not hold it.
fn candidate(
    deployments: &[Deployed],
    of: [usize; 2],
    choice: &Choice,
    target: &Target,
    resolver: &Resolver<'_>,
) -> Result<Option<Candidate>, ApiError> {
    let Choice { workers, accelerators, .. } = *choice;
    let resolved = &deployments[of[1]].resolved;
    let accelerator = &resolved.cluster().accelerator;
    let cluster = resolver.cluster(&holding(&accelerator.id, accelerator.node_size, accelerators))?;
    let pool = |at: usize| Pool { workers: workers[at], ..worker(deployments, of[at]) };
    let pools = Pools {
        prefill: pool(0),
        decode: pool(1),
        link: cluster.link_for(accelerators),
        assumed: resolved.calibration().assumed,
    };
    let rate = match target.demand {
        Demand::Rate { rate, .. } => rate.get(),
        _ => choice.rate * FULL,
    };
    let held = pools.hold(deployments[of[1]].shape(), rate);
    let hourly = hourly(deployments, of, workers);
    Ok(held.map(|held| Candidate { of, workers, accelerators, hourly, rate, held }))
}

/// Share of what the slower pool could serve that it is asked where no load is given: beyond it prompts queue without bound.
const FULL: f64 = 0.9;

/// Two workers in the fewest numbers that serve a rate, and with more that read where prompts have to wait less.
fn sharing(pair: [Half; 2], rate: f64, target: &Target) -> Vec<Choice> {
    let [reads, writes] = pair;
    let (prefill, decode) = (reads.serving(rate), writes.serving(rate));
    let wider = if target.ttft.is_some() || target.e2e.is_some() { MOST_WIDER } else { 1 };
    let with = |more: u64| {
        let workers = [prefill + more, decode];
        let accelerators = workers[0] * reads.accelerators + decode * writes.accelerators;
        Choice { of: [0, 0], workers, rate, accelerators }
    };
    (0..wider).map(with).collect()
}

/// Two workers in the numbers that serve most for each accelerator, the best first.
fn fullest(pair: [Half; 2], room: u64) -> Vec<Choice> {
    let mut all: Vec<Choice> =
        (2..=room).filter_map(|room| most([&pair[..1], &pair[1..]], [None; 2], room)).collect();
    let each = |choice: &Choice| choice.rate / choice.accelerators as f64;
    all.sort_by(|a, b| each(b).total_cmp(&each(a)).then(a.accelerators.cmp(&b.accelerators)));
    all.dedup_by_key(|choice| choice.workers);
    all
}

/// Both pools for an hour.
fn hourly(deployments: &[Deployed], of: [usize; 2], workers: [u64; 2]) -> f64 {
    of.iter().zip(workers).map(|(at, workers)| deployments[*at].paid.hourly.get() * workers as f64).sum()
}

/// How sure the times of pools are whose workers are those of a deployment.
fn sureness(deployed: &Deployed) -> Sureness {
    Sureness::with(&deployed.resolved, deployed.resolved.calibration().spreads.pools)
}

/// Whether all limits are kept.
fn keeps(candidate: &Candidate, deployments: &[Deployed], target: &Target) -> bool {
    let sure = sureness(&deployments[candidate.of[1]]);
    let seen =
        |time: Estimated<Seconds>| if target.sure { time.high.unwrap_or(time.value) } else { time.value };
    let Held { ttft, tpot, e2e, .. } = candidate.held;
    let within = |time: Seconds, limit: Option<Seconds>| limit.is_none_or(|limit| time <= limit);
    within(seen(sure.ttft(ttft)), target.ttft)
        && within(seen(sure.tpot(tpot, Seconds::s)), target.tpot)
        && within(seen(sure.tpot(e2e, Seconds::s)), target.e2e)
        && target.most.is_none_or(|most| candidate.accelerators <= most)
        && target.budget.is_none_or(|budget| candidate.hourly <= budget.get())
}

/// The pools as a plan, asked once more as `slipstick estimate` does.
fn plan(
    request: &PlanRequest,
    (tried, target): (&Tried, &Target),
    candidate: &Candidate,
    resolver: &Resolver<'_>,
) -> Result<PoolsPlan, ApiError> {
    let [reads, writes] = candidate.of.map(|at| &tried.deployments[at]);
    let layout = |deployed: &Deployed, workers: u64| {
        let plan = deployed.resolved.plan();
        let degrees = Degrees { tp: plan.tp(), pp: plan.pp(), ep: plan.ep(), dp: plan.dp() };
        PoolLayout { workers, degrees }
    };
    let layouts = [layout(reads, candidate.workers[0]), layout(writes, candidate.workers[1])];
    let asked = question(request, writes, layouts, candidate);
    let answer: EstimateAnswer = estimate::answer(&asked, resolver, false)?;
    let (sure, resolved) = (sureness(writes), &writes.resolved);
    let output = writes.shape().output() as f64 * candidate.rate;
    let best = tried.kept(target).first().map(|point| point.value(target.objective));
    let own = own_value(candidate, writes, target.objective);
    Ok(PoolsPlan {
        on: asked.deployment.on.clone(),
        accelerators: candidate.accelerators,
        engine: resolved.engine_version(),
        quant: resolved.formats_name.clone(),
        prefill: layouts[0].to_string(),
        decode: layouts[1].to_string(),
        requests_per_s: Frequency::per_s(candidate.rate).into(),
        ttft_s: sure.ttft(candidate.held.ttft),
        tpot_s: sure.tpot(candidate.held.tpot, Seconds::s),
        tokens_per_s_per_accelerator: Frequency::per_s(output / candidate.accelerators as f64).into(),
        usd_per_hour: UsdPerHour::dollars_per_hour(candidate.hourly).into(),
        better: best.is_none_or(|best| own < best),
        launch: answer.launches.map(|launches| launches.serves),
    })
}

/// What is compared of the pools, the lower the better.
fn own_value(candidate: &Candidate, writes: &Deployed, objective: Objective) -> f64 {
    match objective {
        Objective::UsdPerToken => {
            let tokens = writes.shape().length() as f64 * candidate.rate;
            1e6 * candidate.hourly / (3600.0 * tokens)
        }
        Objective::TokensPerAccelerator => {
            -(writes.shape().output() as f64 * candidate.rate) / candidate.accelerators as f64
        }
        other => candidate.value(other),
    }
}

/// The pools as a question of their own, with so many requests in flight as the rate keeps.
fn question(
    request: &PlanRequest,
    worker: &Deployed,
    [prefill, decode]: [PoolLayout; 2],
    candidate: &Candidate,
) -> EstimateRequest {
    let resolved = &worker.resolved;
    let accelerator = &resolved.cluster().accelerator;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive count, which saturates"
    )]
    let in_flight = candidate.held.in_flight.ceil().max(1.0) as u64;
    EstimateRequest {
        deployment: DeploymentRequest {
            on: holding(&accelerator.id, accelerator.node_size, candidate.accelerators),
            ..unplaced(&worker.asked)
        },
        pools: PoolsRequest { prefill: Some(prefill), decode: Some(decode) },
        load: LoadRequest {
            arrival: ArrivalRequest::default(),
            concurrency: Some(Count(in_flight)),
            ..request.shape()
        },
        prices: request.offers().swap_remove(worker.paid.offer),
    }
}

/// The pools beside the plan.
pub(super) fn show(view: &mut View, plan: &PoolsPlan) {
    let better = if plan.better { "better" } else { "no better" };
    let text = format!(
        "{better} than workers that do both: --on {} --prefill {} --decode {}, {} for {:.2} requests/s, first token after {}, \
         then one every {}",
        plan.on,
        plan.prefill,
        plan.decode,
        plan.usd_per_hour.0,
        plan.requests_per_s.0.get(),
        plan.ttft_s.marked(|time| time.to_string()),
        plan.tpot_s.marked(|time| time.to_string()),
    );
    view.pairs([("separate pools", text)]);
    if let Some(launch) = plan.launch.as_ref().filter(|_| plan.better) {
        view.push(Block::Code { language: "sh", text: launch.clone() });
    }
}
