//! The report of `slipstick plan`.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    basis::{Basis, Known},
    estimate::serving::Service,
    formulas::cost::plans::{monthly, request_price, user_rate},
    units::{Energy, Frequency, Power, Seconds, Usd, UsdPerHour},
};

use super::{
    Answer, Best, PoolsPlan,
    infeasible::Relaxed,
    neighbours::Neighbour,
    percentiles::PercentileRow,
    pools,
    replicas::Deployed,
    report_parts::{OfferedRow, PoolRow, options},
    search::{Point, Tried},
    widened::Widened,
};
use crate::{
    commands::compare::ranks,
    report::{DefaultTaken, Estimated, Plain, Quantity, Report},
    request::format_name,
    resolve::Resolved,
};

/// `slipstick plan`: the best deployments for a load and its targets.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlanReport {
    /// Whether anything keeps all limits.
    pub feasible: bool,
    /// What is best.
    pub objective: &'static str,
    /// Where nothing keeps all limits: the one that would have to move least; `memory` where the model fits on nothing that
    /// is offered, `offers` where nothing is.
    pub binding: Option<&'static str>,
    /// Each limit that is set, and the number that would let a plan in with all others kept.
    pub nearest: Vec<NearestReport>,
    /// Where none of them does it alone: limits that have to move together, so that the one that moves most moves least.
    pub nearest_together: Vec<NearestReport>,
    /// Where the model fits on nothing that is offered: each restriction that keeps every plan out by itself, and the best
    /// plan without it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub widened: Vec<WidenedRow>,
    /// Deployments of a replica that start.
    pub deployments: usize,
    /// Those that do not start.
    pub too_small: usize,
    /// Those that cannot be: a format, an engine or a layout that does not go with the rest.
    pub refused: usize,
    /// Full configurations that were compared.
    pub candidates: usize,
    /// How long the search took; null where there is no clock.
    pub search_s: Option<f64>,
    /// The best of each accelerator, the best of all first.
    pub best: Vec<PlanRow>,
    /// Plans that no other beats in speed for a user and in output of an accelerator, the fastest first.
    pub front: Vec<FrontRow>,
    /// Plans that no other beats in speed for a user and in the price of a token, the fastest first.
    pub cost_front: Vec<FrontRow>,
    /// What the best plan starts, and what a router is told of it.
    pub pools: Vec<PoolRow>,
    /// What the best plan costs at every cloud and under every term that are allowed, the cheapest first.
    pub offers: Vec<OfferedRow>,
    /// The best separate pools, where they are searched and any hold the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separate_pools: Option<PoolsPlan>,
    /// Other deployments on the accelerator of the best, and why they lose.
    pub neighbours: Vec<NeighbourRow>,
    /// What was not said, and what was taken for it.
    pub defaults: Vec<DefaultTaken>,
}

impl Report for PlanReport {
    const COMMAND: &'static str = "plan";
    const ROWS: Option<&'static str> = Some("best");
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlanRow {
    /// The accelerators of a replica.
    pub on: String,
    /// Accelerators in all.
    pub accelerators: f64,
    /// Nodes of a replica.
    pub nodes: u32,
    /// Ranks of each kind.
    pub layout: String,
    /// The format of the weights.
    pub quant: String,
    /// The format of the cache.
    pub kv_dtype: String,
    /// The engine and its version.
    pub engine: String,
    /// What the engine was told beside that, of what was to be tried: drafts and limits of its batches.
    pub options: Option<String>,
    /// Replicas, spare ones too.
    pub replicas: f64,
    /// Requests in flight on a replica.
    pub concurrency: u64,
    /// Time to the first token.
    pub ttft_s: Estimated<Seconds>,
    /// Time between two tokens.
    pub tpot_s: Estimated<Seconds>,
    /// Time to the last token.
    pub e2e_s: Estimated<Seconds>,
    /// What shares of requests do not exceed, where targets are of such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub percentiles: Vec<PercentileRow>,
    /// Requests answered: those that are asked for, or what the replicas answer.
    pub requests_per_s: Estimated<Frequency>,
    /// Output tokens that a user sees.
    pub tokens_per_s_per_user: Estimated<Frequency>,
    /// Output tokens on each accelerator.
    pub tokens_per_s_per_accelerator: Estimated<Frequency>,
    /// Share of its full load that a replica is under.
    pub utilisation: f64,
    /// Share of the time that a replica serves, where machines are taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served_share: Option<f64>,
    /// All of it for an hour.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// All of it for a month.
    pub usd_per_month: Plain<Usd>,
    /// A request.
    pub usd_per_request: Option<Estimated<Usd>>,
    /// A million tokens read.
    pub usd_per_million_input_tokens: Option<Estimated<Usd>>,
    /// A million tokens generated.
    pub usd_per_million_output_tokens: Option<Estimated<Usd>>,
    /// A million tokens at the load's mix.
    pub usd_per_million_tokens: Option<Estimated<Usd>>,
    /// Mean power of all accelerators.
    pub power_w: Option<Estimated<Power>>,
    /// Energy of an output token, that of spare replicas too.
    pub joules_per_token: Option<Estimated<Energy>>,
    /// Who offers it.
    pub price_source: Option<String>,
    /// The day the price is known for.
    pub price_as_of: Option<String>,
    /// The command that starts a replica.
    pub launch: Option<String>,
}

/// A plan on a front, in brief.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FrontRow {
    /// The accelerators of a replica.
    pub on: String,
    /// Ranks of each kind.
    pub layout: String,
    /// The format of the weights.
    pub quant: String,
    /// The format of the cache.
    pub kv_dtype: String,
    /// The engine.
    pub engine: String,
    /// What the engine was told beside that.
    pub options: Option<String>,
    /// Replicas.
    pub replicas: f64,
    /// Requests in flight on a replica.
    pub concurrency: u64,
    /// Output tokens that a user sees.
    pub tokens_per_s_per_user: Plain<Frequency>,
    /// Output tokens on each accelerator.
    pub tokens_per_s_per_accelerator: Plain<Frequency>,
    /// Time to the first token.
    pub ttft_s: Plain<Seconds>,
    /// All of it for an hour.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// A million tokens at the load's mix.
    pub usd_per_million_tokens: Plain<Usd>,
}

/// Another deployment on the same accelerator.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct NeighbourRow {
    /// The plan at its best.
    #[serde(flatten)]
    pub plan: FrontRow,
    /// Why it loses.
    pub why: String,
}

/// A limit that keeps plans out.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct NearestReport {
    /// The flag that set it.
    pub limit: &'static str,
    /// What was asked for.
    pub asked: f64,
    /// The nearest number with which a plan keeps all other limits; null if there is none.
    pub nearest: Option<f64>,
    /// The plan that does.
    pub plan: Option<FrontRow>,
}

/// What would let a plan be.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct WidenedRow {
    /// The flag that restricts.
    pub flag: &'static str,
    /// Whether the plan keeps every other limit.
    pub keeps: bool,
    /// The best plan without it; of `--quant`, in another format.
    pub plan: FrontRow,
}

impl From<&Widened> for WidenedRow {
    fn from(found: &Widened) -> Self {
        Self { flag: found.flag, keeps: found.keeps, plan: found.row() }
    }
}

impl PlanReport {
    pub(super) fn of(a: &Answer) -> Self {
        let rows = |points: &[Point]| points.iter().map(|point| FrontRow::of(&a.tried, point)).collect();
        Self {
            feasible: !a.best.is_empty() || a.pools.is_some(),
            objective: a.target.objective.name(),
            binding: a.binding(),
            nearest: a.relaxed.iter().map(|relaxed| NearestReport::of(a, relaxed)).collect(),
            nearest_together: a.together.iter().map(|relaxed| NearestReport::of(a, relaxed)).collect(),
            widened: a.widened.iter().map(WidenedRow::from).collect(),
            deployments: a.tried.deployments.len(),
            too_small: a.tried.too_small,
            refused: a.tried.refused,
            candidates: a.tried.every().count(),
            search_s: a.seconds,
            best: a.best.iter().map(PlanRow::from).collect(),
            front: rows(&a.front),
            cost_front: rows(&a.cost_front),
            pools: PoolRow::of(a),
            offers: a.elsewhere.iter().map(OfferedRow::from).collect(),
            separate_pools: a.pools.as_ref().map(|(plan, _)| plan.clone()),
            neighbours: a.neighbours.iter().map(|neighbour| NeighbourRow::of(a, neighbour)).collect(),
            defaults: a.defaults.iter().map(DefaultTaken::from).collect(),
        }
    }
}

/// What is drawn, where anybody states what an accelerator draws.
pub(super) fn drawn<T: Quantity>(value: f64, of: fn(f64) -> T) -> Option<Estimated<T>> {
    value.is_finite().then(|| Estimated::uncalibrated(of(value), Basis::Assumed))
}

/// The accelerators of a replica, as they are typed.
pub(super) fn replica_name(resolved: &Resolved) -> String {
    format!("{}x{}", resolved.cluster().accelerators(), resolved.cluster().accelerator.id)
}

/// The accelerators of a replica or of both pools, and their layout.
pub(super) fn placed(tried: &Tried, point: &Point) -> (String, String) {
    let Some(pair) = &point.pools else {
        let resolved = &tried.deployments[point.of].resolved;
        return (replica_name(resolved), ranks(resolved.plan()));
    };
    let [prefill, decode] = pools::layouts(tried, pair);
    (pools::name(tried, pair), format!("prefill {prefill}, decode {decode}"))
}

impl Best {
    /// A rate that the replicas hold: as it was asked for, or as sure as their speed.
    fn answered(&self, per_s: f64) -> Estimated<Frequency> {
        if !self.asked {
            return self.replica.memory.sureness().rate(per_s);
        }
        let rate = Frequency::per_s(per_s);
        Known { value: rate, low: rate, high: rate, basis: Basis::Exact }.into()
    }

    pub(super) fn tpot(&self) -> Estimated<Seconds> {
        let time = self.replica.estimate.as_ref().map_or(Seconds::ZERO, |estimate| estimate.service.tpot);
        self.replica.memory.sureness().tpot(time, Seconds::s)
    }

    /// A million tokens at the load's mix.
    pub(super) fn token(&self) -> Option<Estimated<Usd>> {
        let cost = self.replica.estimate.as_ref()?.cost.as_ref()?;
        Some(self.replica.memory.sureness().usd(cost.blended))
    }
}

impl From<&Best> for PlanRow {
    fn from(best: &Best) -> Self {
        let (point, memory) = (&best.point, &best.replica.memory);
        let (resolved, workload, sure) = (&memory.resolved, &memory.workload, memory.sureness());
        let estimate = best.replica.estimate.as_ref();
        let cost = estimate.and_then(|estimate| estimate.cost.as_ref());
        let time = |of: fn(&Service) -> Seconds| estimate.map_or(Seconds::ZERO, |found| of(&found.service));
        let request = |token| request_price(workload.input() as f64, workload.output() as f64, token);
        Self {
            on: replica_name(resolved),
            accelerators: point.accelerators,
            nodes: resolved.cluster().nodes,
            layout: ranks(resolved.plan()),
            quant: resolved.formats_name.clone(),
            kv_dtype: format_name(resolved.cache().key),
            engine: resolved.engine_version(),
            options: best.options.clone(),
            replicas: point.replicas,
            concurrency: point.in_flight,
            ttft_s: sure.ttft(time(|service| service.ttft)),
            tpot_s: best.tpot(),
            e2e_s: sure.e2e(time(|service| service.e2e)),
            percentiles: best.percentiles.iter().map(PercentileRow::from).collect(),
            requests_per_s: best.answered(point.requests),
            tokens_per_s_per_user: sure.rate(user_rate(best.tpot().value)),
            tokens_per_s_per_accelerator: best.answered(point.each),
            utilisation: point.utilisation,
            served_share: best.served.map(|(_, share)| share),
            usd_per_hour: point.hourly.into(),
            usd_per_month: monthly(point.hourly).into(),
            usd_per_request: best.token().map(|token| token.map(request)),
            usd_per_million_input_tokens: cost.map(|cost| sure.usd(cost.input)),
            usd_per_million_output_tokens: cost.map(|cost| sure.usd(cost.output)),
            usd_per_million_tokens: best.token(),
            power_w: drawn(point.watts, Power::watts),
            joules_per_token: drawn(point.joules, Energy::joules),
            price_source: best.replica.price.as_ref().map(|price| price.source.clone()),
            price_as_of: best.replica.price.as_ref().and_then(|price| price.as_of.clone()),
            launch: best.replica.launches.as_ref().map(|launches| launches.serves.clone()),
        }
    }
}

impl FrontRow {
    pub(super) fn of(tried: &Tried, point: &Point) -> Self {
        let Deployed { resolved, asked, .. } = &tried.deployments[point.of];
        let (on, layout) = placed(tried, point);
        Self {
            on,
            layout,
            quant: resolved.formats_name.clone(),
            kv_dtype: format_name(resolved.cache().key),
            engine: resolved.engine_name().to_owned(),
            options: options(asked),
            replicas: point.replicas,
            concurrency: point.in_flight,
            tokens_per_s_per_user: Frequency::per_s(point.user).into(),
            tokens_per_s_per_accelerator: Frequency::per_s(point.each).into(),
            ttft_s: point.ttft.into(),
            usd_per_hour: point.hourly.into(),
            usd_per_million_tokens: Usd::dollars(point.token).into(),
        }
    }
}

impl NeighbourRow {
    fn of(a: &Answer, neighbour: &Neighbour) -> Self {
        Self { plan: FrontRow::of(&a.tried, &neighbour.point), why: neighbour.why.clone() }
    }
}

impl NearestReport {
    fn of(a: &Answer, relaxed: &Relaxed) -> Self {
        Self {
            limit: relaxed.limit.flag(),
            asked: relaxed.asked,
            nearest: relaxed.nearest.map(|point| point.of_limit(relaxed.limit)),
            plan: relaxed.nearest.map(|point| FrontRow::of(&a.tried, &point)),
        }
    }
}
