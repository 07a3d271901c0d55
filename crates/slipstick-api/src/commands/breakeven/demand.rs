//! What is asked of one's own deployment, and what stands in for what was not said.

use slipstick_core::{
    estimate::hosted::{Demand, Interruptions},
    units::{Seconds, UsdPerHour},
    workload::Workload,
};

use super::BreakevenRequest;
use crate::{
    ApiError,
    commands::{estimate, supply},
    resolve::Assumption,
};

/// Hours of a month: a year's, over twelve.
const HOURS_OF_A_MONTH: f64 = 730.0;

/// Time after an interruption where nobody says: another machine, its weights, its engine.
const USUAL_RESTART: Seconds = Seconds::s(900.0);

/// The most replicas that can be meant.
const MOST_REPLICAS: u64 = 1_000_000;

/// The demand of a request for a load.
pub(super) fn demand(
    request: &BreakevenRequest,
    workload: &Workload,
    defaults: &mut Vec<Assumption>,
) -> Result<Demand, ApiError> {
    let rate = request.rate.map(|rate| rate.0);
    if rate.is_some_and(|rate| rate.get() <= 0.0) {
        return Err(ApiError::input("breakeven.rate", "no request arrives at a rate of 0")
            .at("--rate")
            .help("give a rate such as 500/min, or leave it out for full load"));
    }
    let targets = [("--ttft", request.ttft), ("--tpot", request.tpot)];
    if let Some((flag, _)) = targets.iter().find(|(_, time)| time.is_some_and(|time| time.0.get() <= 0.0)) {
        return Err(ApiError::input("breakeven.target", "a time of 0 cannot be met")
            .at(*flag)
            .help("give the slowest that is acceptable, such as --ttft 1s --tpot 50ms"));
    }
    let least = request.min_replicas.map_or(1, |count| count.0);
    if !(1..=MOST_REPLICAS).contains(&least) {
        return Err(ApiError::input("breakeven.replicas", format!("{least} replicas are out of range"))
            .at("--min-replicas")
            .help("give at least 1"));
    }
    Ok(Demand {
        input: workload.input() as f64,
        output: workload.output() as f64,
        rate,
        utilisation: utilisation(request, defaults)?,
        planned: planned(request, defaults)?,
        least: least as f64,
        cached: request.prefix_hit.map_or(0.0, |share| share.0),
        beside: UsdPerHour::dollars_per_hour(
            request.beside.map_or(0.0, |sum| sum.0.get()) / HOURS_OF_A_MONTH,
        ),
    })
}

/// Share of the time under full load. A rate says that itself.
fn utilisation(request: &BreakevenRequest, defaults: &mut Vec<Assumption>) -> Result<f64, ApiError> {
    match (request.prices.utilisation, request.rate) {
        (Some(_), Some(_)) => {
            Err(ApiError::input("breakeven.conflict", "a rate says how busy its replicas are")
                .at("--utilisation")
                .help("leave out --utilisation, or --rate"))
        }
        (None, None) => {
            let why = "full load all the time: what one's own can cost at the least".to_owned();
            defaults.push(Assumption { flag: "--utilisation", value: "1".to_owned(), why });
            Ok(1.0)
        }
        _ => estimate::utilisation(&request.prices),
    }
}

/// Share of full load that is planned for, which only a rate asks.
fn planned(request: &BreakevenRequest, defaults: &mut Vec<Assumption>) -> Result<f64, ApiError> {
    match (request.planned, request.rate) {
        (Some(_), None) => {
            Err(ApiError::input("breakeven.conflict", "replicas are planned for a rate, and there is none")
                .at("--planned")
                .help("add a rate such as --rate 500/min; --utilisation says how busy a replica is"))
        }
        (Some(share), Some(_)) => Ok(share.0),
        (None, Some(_)) => Ok(supply::usual_planned(defaults)),
        (None, None) => Ok(1.0),
    }
}

/// How machines are taken away, if they are.
pub(super) fn interruptions(
    request: &BreakevenRequest,
    defaults: &mut Vec<Assumption>,
) -> Result<Option<Interruptions>, ApiError> {
    let Some(rate) = request.interruptions else {
        let flag = [("--restart", request.restart), ("--lost", request.lost)];
        let Some((flag, _)) = flag.into_iter().find(|(_, time)| time.is_some()) else { return Ok(None) };
        return Err(ApiError::input("breakeven.conflict", "nothing is said of interruptions")
            .at(flag)
            .help("say how often machines are taken away, such as --interruptions 0.05/h"));
    };
    let mut or = |flag: &'static str, stated: Option<Seconds>, usual: Seconds, why: &str| {
        stated.unwrap_or_else(|| {
            defaults.push(Assumption { flag, value: usual.to_string(), why: why.to_owned() });
            usual
        })
    };
    let stated = |time: Option<crate::request::Duration>| time.map(|time| time.0);
    let restart = or(
        "--restart",
        stated(request.restart),
        USUAL_RESTART,
        "another machine, its weights, and the engine's start",
    );
    let lost = or("--lost", stated(request.lost), Seconds::ZERO, "requests are sent again");
    let per_hour = rate.0.get() * 3600.0;
    if per_hour * (restart + lost).as_hours() >= 1.0 {
        let message = format!("{per_hour} interruptions an hour leave no time to serve");
        return Err(ApiError::input("breakeven.interruptions", message)
            .at("--interruptions")
            .help("give fewer, such as 0.05/h, or a shorter --restart and --lost"));
    }
    Ok(Some(Interruptions { per_hour, restart, lost }))
}
