//! What is asked of one's own deployment, and what stands in for what was not said.

use slipstick_core::{estimate::hosted::Demand, units::UsdPerHour, workload::Workload};

use super::BreakevenRequest;
use crate::{
    ApiError,
    commands::{estimate, supply},
    resolve::Assumption,
};

/// Hours of a month: a year's, over twelve.
const HOURS_OF_A_MONTH: f64 = 730.0;

/// The most replicas that can be meant.
const MOST_REPLICAS: u64 = 1_000_000;

/// The demand of a request for a load, over hours that may differ.
pub(super) fn demand<'h>(
    request: &BreakevenRequest,
    workload: &Workload,
    hours: &'h [f64],
    defaults: &mut Vec<Assumption>,
) -> Result<Demand<'h>, ApiError> {
    let rate = request.rate.map(|rate| rate.0);
    if rate.is_some_and(|rate| rate.get() <= 0.0) {
        return Err(ApiError::input("breakeven.rate", "no request arrives at a rate of 0")
            .at("--rate")
            .help("give a rate such as 500/min, or leave it out for full load"));
    }
    Ok(Demand {
        input: workload.input() as f64,
        output: workload.output() as f64,
        rate,
        utilisation: utilisation(request, hours, defaults)?,
        planned: planned(request, defaults)?,
        least: least(request)?,
        cached: request.prefix_hit.map_or(0.0, |share| share.0),
        beside: UsdPerHour::dollars_per_hour(
            request.beside.map_or(0.0, |sum| sum.0.get()) / HOURS_OF_A_MONTH,
        ),
        hours,
        follows: follows(request)?,
    })
}

/// The least number of replicas: 0 only where they stop.
fn least(request: &BreakevenRequest) -> Result<f64, ApiError> {
    let least = request.min_replicas.map_or(1, |count| count.0);
    let fewest = u64::from(!request.follow);
    if (fewest..=MOST_REPLICAS).contains(&least) {
        return Ok(least as f64);
    }
    Err(ApiError::input("breakeven.replicas", format!("{least} replicas are out of range"))
        .at("--min-replicas")
        .help("give at least 1, or 0 with --profile and --follow, which let them stop"))
}

/// Whether replicas start and stop with the hours of a rate.
fn follows(request: &BreakevenRequest) -> Result<bool, ApiError> {
    let lacks = |flag: &str, help: &str| {
        let message = format!("{flag} is of replicas that start and stop with the hours");
        Err(ApiError::input("breakeven.conflict", message).at(flag).help(help.to_owned()))
    };
    if request.follow && (request.rate.is_none() || request.profile.is_none()) {
        return lacks(
            "--follow",
            "add the rate of the busiest hour and the hours, such as --rate 500/min --profile business-hours",
        );
    }
    if request.start.is_some() && !request.follow {
        return lacks("--start", "add --follow, or leave it out");
    }
    Ok(request.follow)
}

/// Share of the time under full load. A rate says that itself, and hours of which the busiest is full load.
fn utilisation(
    request: &BreakevenRequest,
    hours: &[f64],
    defaults: &mut Vec<Assumption>,
) -> Result<f64, ApiError> {
    match (request.prices.utilisation, request.rate) {
        (Some(_), _) if !hours.is_empty() => {
            Err(ApiError::input("breakeven.conflict", "a profile says how busy replicas are")
                .at("--utilisation")
                .help("leave out --utilisation, or --profile"))
        }
        (None, None) if !hours.is_empty() => Ok(hours.iter().sum::<f64>() / hours.len() as f64),
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
