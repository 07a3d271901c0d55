//! The load of a plan: a rate, users, a batch, requests in flight, or none.

use slipstick_core::units::Frequency;

use super::{PlanRequest, target::Demand};
use crate::{ApiError, commands::supply, request::Duration, resolve::Assumption};

/// What the request asks for; contradictions are refused.
pub(super) fn demand(request: &PlanRequest, defaults: &mut Vec<Assumption>) -> Result<Demand, ApiError> {
    one(request)?;
    whole(request)?;
    if let Some(rate) = request.arriving() {
        if request.users.is_some() {
            let why = "what the users send; one who waits longer than --every sends less".to_owned();
            defaults.push(Assumption { flag: "--rate", value: format!("{:.4}/s", rate.get()), why });
        }
        let planned = request.planned.map_or_else(|| supply::usual_planned(defaults), |share| share.0);
        return Ok(Demand::Rate { rate, planned });
    }
    if request.planned.is_some() {
        return refused(
            "replicas are planned for a rate, and there is none",
            "--planned",
            "add a rate such as --rate 500/min, or leave it out",
        );
    }
    if let Some((requests, within)) = request.requests.zip(request.within) {
        return Ok(Demand::Batch(Frequency::per_s(requests.0 as f64 / within.0.get())));
    }
    Ok(request.concurrency.map_or(Demand::Open, |count| Demand::InFlight(count.0)))
}

/// Refuses two loads.
fn one(request: &PlanRequest) -> Result<(), ApiError> {
    let loads = [
        ("--rate", request.rate.is_some()),
        ("--concurrency", request.concurrency.is_some()),
        ("--users", request.users.is_some()),
        ("--requests", request.requests.is_some()),
    ];
    let mut stated = loads.into_iter().filter(|(_, stated)| *stated).map(|(flag, _)| flag);
    match (stated.next(), stated.next()) {
        (Some(first), Some(second)) => refused(
            "a load is a rate of requests, users, a batch or a number in flight, one of them",
            second,
            &format!("leave out {first}, or {second}"),
        ),
        _ => Ok(()),
    }
}

/// Refuses loads of nothing, and halves of a load.
fn whole(request: &PlanRequest) -> Result<(), ApiError> {
    let is_no_time = |time: Option<Duration>| time.is_some_and(|time| time.0.get() <= 0.0);
    let halves = [
        (request.users.is_some(), request.every.is_some(), "--users", "--every", "such as --every 1min"),
        (
            request.requests.is_some(),
            request.within.is_some(),
            "--requests",
            "--within",
            "such as --within 4h",
        ),
    ];
    for (count, time, of_count, of_time, example) in halves {
        if count && !time {
            let help = format!("add the time, {example}");
            return refused(&format!("{of_count} without {of_time} is no load"), of_count, &help);
        }
        if time && !count {
            let help = format!("add {of_count}, or leave it out");
            return refused(&format!("{of_time} belongs to {of_count}"), of_time, &help);
        }
    }
    if request.rate.is_some_and(|rate| rate.0.get() <= 0.0) {
        return refused("no request arrives at a rate of 0", "--rate", "give a rate such as 500/min");
    }
    let counts = [
        ("--concurrency", request.concurrency),
        ("--users", request.users),
        ("--requests", request.requests),
    ];
    if let Some((flag, _)) = counts.into_iter().find(|(_, count)| count.is_some_and(|count| count.0 == 0)) {
        return refused("nobody asks for anything", flag, "give at least 1");
    }
    let times = [("--every", request.every), ("--within", request.within)];
    match times.into_iter().find(|(_, time)| is_no_time(*time)) {
        Some((flag, _)) => refused("no time is too little", flag, "give a time above 0, such as 1min"),
        None => enough(request),
    }
}

/// Refuses more than any workload has: a slip of the hand would be answered with as many replicas.
fn enough(request: &PlanRequest) -> Result<(), ApiError> {
    let sent = request.users.and_then(|_| request.arriving()).map(Frequency::get);
    let loads = [
        ("--concurrency", request.concurrency.map(|count| count.0 as f64)),
        ("--users", sent),
        ("--requests", request.requests.map(|count| count.0 as f64)),
    ];
    let most = crate::request::MOST_REQUESTS;
    match loads.into_iter().find(|(_, load)| load.is_some_and(|load| load > most)) {
        Some((flag, Some(load))) => {
            let message = format!("{load} requests are more than the {most} that any workload has");
            refused(&message, flag, "give fewer, such as 10k")
        }
        _ => Ok(()),
    }
}

fn refused<T>(what: &str, at: &'static str, help: &str) -> Result<T, ApiError> {
    Err(ApiError::input("plan.conflict", what.to_owned()).at(at).help(help))
}
