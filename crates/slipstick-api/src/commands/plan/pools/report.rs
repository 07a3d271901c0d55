//! The best pools, as a plan says them.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    estimate::serving::Service,
    formulas::cost::plans::{monthly, request_price, user_rate},
    plan::Degrees,
    units::{Energy, Frequency, Power, Seconds, Usd, UsdPerHour},
};

use super::{
    super::{
        PlanRequest,
        replicas::Deployed,
        report::{drawn, replica_name},
        report_parts::{PoolRow, options},
        search::{Pair, Point, Tried},
        target::{Demand, Target},
    },
    provenance, sureness, unplaced,
};
use crate::{
    ApiError, Provenance,
    commands::estimate::{self, EstimateAnswer, EstimateRequest, Pooled},
    report::{Estimated, Plain},
    request::{
        ArrivalRequest, Count, DeploymentRequest, LoadRequest, PlacedPool, PoolLayout, PoolsRequest, Rate,
        format_name,
    },
    resolve::{Resolver, pools::holding},
    view::{Block, View},
};

/// The best pools for the load.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PoolsPlan {
    /// The accelerators of both pools; of pools of two kinds those that read, and `decode` names the others.
    pub on: String,
    /// How many of them work, spare ones too.
    pub accelerators: u64,
    /// The engine and its version.
    pub engine: String,
    /// The format of the weights.
    pub quant: String,
    /// The format of the cache.
    pub kv_dtype: String,
    /// What the engine is told of what was to be tried.
    pub options: Option<String>,
    /// Workers that read, as `--prefill` takes them.
    pub prefill: String,
    /// Workers that write, as `--decode` takes them.
    pub decode: String,
    /// Requests in flight in both.
    pub concurrency: u64,
    /// Requests answered a second.
    pub requests_per_s: Plain<Frequency>,
    /// Time to the first token.
    pub ttft_s: Estimated<Seconds>,
    /// Time between two tokens.
    pub tpot_s: Estimated<Seconds>,
    /// Time to the last token.
    pub e2e_s: Estimated<Seconds>,
    /// Output tokens that a user sees.
    pub tokens_per_s_per_user: Estimated<Frequency>,
    /// Output tokens on each accelerator.
    pub tokens_per_s_per_accelerator: Plain<Frequency>,
    /// Share of what the slower pool could serve that is asked of it, spare workers too.
    pub utilisation: f64,
    /// All of it for an hour.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// All of it for a month.
    pub usd_per_month: Plain<Usd>,
    /// A request.
    pub usd_per_request: Plain<Usd>,
    /// A million tokens at the load's mix.
    pub usd_per_million_tokens: Plain<Usd>,
    /// A million tokens read, whose share of the price is that of the pool that reads.
    pub usd_per_million_input_tokens: Option<Plain<Usd>>,
    /// A million tokens generated.
    pub usd_per_million_output_tokens: Option<Plain<Usd>>,
    /// Mean power of all accelerators.
    pub power_w: Option<Estimated<Power>>,
    /// Energy of an output token, that of spare workers too.
    pub joules_per_token: Option<Estimated<Energy>>,
    /// Who offers it.
    pub price_source: Option<String>,
    /// The day the price is known for.
    pub price_as_of: Option<String>,
    /// Whether it is better, by what is best of the plan, than every deployment whose workers do both.
    pub better: bool,
    /// What is started of each pool, and the share of its requests that a worker gets.
    pub pools: Vec<PoolRow>,
    /// The commands that start both pools, and what hands requests on to equal workers in turn.
    pub launch: Option<String>,
}

/// The pools that are the best as a plan, asked once more as `slipstick estimate` does.
pub(in super::super) fn plan(
    request: &PlanRequest,
    (tried, target): (&Tried, &Target),
    (point, better): (&Point, bool),
    resolver: &Resolver<'_>,
) -> Result<Option<(PoolsPlan, Provenance)>, ApiError> {
    let Some(pair) = point.pools else { return Ok(None) };
    let [reads, writes] = pair.of.map(|at| &tried.deployments[at]);
    let pools = layouts(tried, &pair);
    let asked = question(request, (writes, target), &pools, (name(tried, &pair), point));
    let answer: EstimateAnswer = estimate::answer(&asked, resolver, resolver.world().explains())?;
    let service = answer.estimate.as_ref().map(|estimate| estimate.service);
    // What the whole hour costs is shared as the estimate shares it.
    let part = |share: f64, tokens: u64| {
        let million = point.requests * tokens as f64 * 3600.0 / 1e6;
        Usd::dollars(point.hourly.get() * share / million).into()
    };
    let (sure, resolved, load) = (sureness(writes), &writes.resolved, writes.shape());
    let times = service.as_ref();
    let time = |of: fn(&Service) -> Seconds| times.map_or(Seconds::ZERO, of);
    let priced = answer.price.as_ref();
    let plan = PoolsPlan {
        on: name(tried, &pair),
        accelerators: pools.iter().map(|pool| pool.layout.accelerators()).sum(),
        engine: resolved.engine_version(),
        quant: resolved.formats_name.clone(),
        kv_dtype: format_name(resolved.cache().key),
        options: options(&writes.asked),
        prefill: pools[0].to_string(),
        decode: pools[1].to_string(),
        concurrency: point.in_flight,
        requests_per_s: Frequency::per_s(point.requests).into(),
        ttft_s: sure.ttft(time(|service| service.ttft)),
        tpot_s: sure.tpot(time(|service| service.tpot), Seconds::s),
        e2e_s: sure.e2e(time(|service| service.e2e)),
        tokens_per_s_per_user: sure.rate(user_rate(time(|service| service.tpot))),
        tokens_per_s_per_accelerator: Frequency::per_s(point.each).into(),
        utilisation: point.utilisation,
        usd_per_hour: point.hourly.into(),
        usd_per_month: monthly(point.hourly).into(),
        usd_per_request: request_price(load.input() as f64, load.output() as f64, Usd::dollars(point.token))
            .into(),
        usd_per_million_tokens: Usd::dollars(point.token).into(),
        usd_per_million_input_tokens: times.map(|service| part(service.prefill_share, load.input())),
        usd_per_million_output_tokens: times.map(|service| part(1.0 - service.prefill_share, load.output())),
        power_w: drawn(point.watts, Power::watts),
        joules_per_token: drawn(point.joules, Energy::joules),
        price_source: priced.map(|price| price.source.clone()),
        price_as_of: priced.and_then(|price| price.as_of.clone()),
        better,
        pools: rows([reads, writes], &pair, answer.pools.as_deref()),
        launch: answer.launches.as_ref().map(|launches| launches.serves.clone()),
    };
    let share = service.map(|service| service.prefill_share);
    let records = provenance::of(&plan, &pair, (load, share), &answer);
    Ok(Some((plan, records)))
}

/// The accelerators of both pools, as `--on` takes them; of pools of two kinds those that read.
pub(in super::super) fn name(tried: &Tried, pair: &Pair) -> String {
    let pools = layouts(tried, pair);
    let accelerators = pools.iter().filter(|pool| pool.on.is_none()).map(|pool| pool.layout.accelerators());
    let accelerator = &tried.deployments[pair.of[0]].resolved.cluster().accelerator;
    holding(&accelerator.id, accelerator.node_size, accelerators.sum())
}

/// The workers of both pools, as `--prefill` and `--decode` take them.
pub(in super::super) fn layouts(tried: &Tried, pair: &Pair) -> [PlacedPool; 2] {
    let layout = |at: usize| {
        let plan = tried.deployments[pair.of[at]].resolved.plan();
        let degrees = Degrees { tp: plan.tp(), pp: plan.pp(), ep: plan.ep(), dp: plan.dp() };
        PoolLayout { workers: pair.workers[at], degrees }
    };
    let [reads, writes] = pair.of.map(|at| tried.deployments[at].resolved.cluster().accelerator.id.clone());
    let on = (reads != writes).then_some(writes);
    [layout(0).into(), PlacedPool { layout: layout(1), on }]
}

/// What is started of each pool.
fn rows(workers: [&Deployed; 2], pair: &Pair, pooled: Option<&Pooled>) -> Vec<PoolRow> {
    let lines = pooled.map(Pooled::lines).unwrap_or_default();
    let named = [("prefill", workers[0]), ("decode", workers[1])];
    let row =
        |((role, deployed), (count, launch)): ((&'static str, &Deployed), (u64, Option<String>))| PoolRow {
            role,
            on: replica_name(&deployed.resolved),
            replicas: count as f64,
            router_weight: 1.0 / count as f64,
            launch,
        };
    named.into_iter().zip(pair.workers.into_iter().zip(lines)).map(row).collect()
}

/// The pools as a question of their own, under the rate or with so many requests in flight as the plan keeps.
fn question(
    request: &PlanRequest,
    (worker, target): (&Deployed, &Target),
    [prefill, decode]: &[PlacedPool; 2],
    (on, point): (String, &Point),
) -> EstimateRequest {
    let kept = matches!(target.demand, Demand::InFlight(_));
    // What they are under, of which bands may count less.
    let rate = (!kept).then(|| Rate(Frequency::per_s(point.requests / point.paid)));
    EstimateRequest {
        deployment: DeploymentRequest { on, ..unplaced(&worker.asked) },
        pools: PoolsRequest { prefill: Some(prefill.clone()), decode: Some(decode.clone()) },
        load: LoadRequest {
            arrival: ArrivalRequest { rate, ..ArrivalRequest::default() },
            concurrency: kept.then_some(Count(point.in_flight)),
            ..request.shape()
        },
        prices: request.offers().swap_remove(worker.paid.offer),
    }
}

/// The pools beside the plan.
pub(in super::super) fn show(view: &mut View, plan: &PoolsPlan, alone: bool) {
    let better = match (alone, plan.better) {
        (true, _) => "",
        (false, true) => "better than workers that do both: ",
        (false, false) => "no better than workers that do both: ",
    };
    let text = format!(
        "{better}--on {} --prefill {} --decode {}, {} for {:.2} requests/s, first token after {}, then one every {}",
        plan.on,
        plan.prefill,
        plan.decode,
        plan.usd_per_hour.0,
        plan.requests_per_s.0.get(),
        plan.ttft_s.marked(|time| time.to_string()),
        plan.tpot_s.marked(|time| time.to_string()),
    );
    view.pairs([("separate pools", text)]);
    if alone {
        view.pairs(of_winner(plan));
    }
    if let Some(launch) = plan.launch.as_ref().filter(|_| plan.better) {
        view.push(Block::Code { language: "sh", text: launch.clone() });
    }
}

/// What is said of pools that are the plan.
fn of_winner(plan: &PoolsPlan) -> Vec<(&'static str, String)> {
    let time = |time: Seconds| time.to_string();
    let power = plan.power_w.map_or_else(
        || "nobody states what the accelerator draws".to_owned(),
        |power| power.marked(|power| power.to_string()),
    );
    let told = plan.options.as_ref().map_or_else(String::new, |options| format!(", {options}"));
    let each = format!(
        "{:.1} tokens/s for a user, {:.0} on each of {} accelerators, {:.0} % of what the slower pool could serve",
        plan.tokens_per_s_per_user.value.get(),
        plan.tokens_per_s_per_accelerator.0.get(),
        plan.accelerators,
        100.0 * plan.utilisation
    );
    let cost = format!(
        "{} a month; {} a request, {} per 1M tokens",
        plan.usd_per_month.0, plan.usd_per_request.0, plan.usd_per_million_tokens.0
    );
    vec![
        ("deployment", format!("as {}, {}, cache {}{told}", plan.quant, plan.engine, plan.kv_dtype)),
        ("time to first token", plan.ttft_s.banded(time)),
        ("time per output token", plan.tpot_s.banded(time)),
        ("output", each),
        ("cost", cost),
        ("power", power),
    ]
}
