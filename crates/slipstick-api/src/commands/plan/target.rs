//! What a plan must hold: its load, its targets, its limits, and what makes one better than another.

use slipstick_core::units::{Frequency, Seconds, UsdPerHour};

use super::PlanRequest;
use crate::{ApiError, commands::supply, request::Duration, resolve::Assumption};

/// The load of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Demand {
    /// Requests a second, of which replicas are planned for so large a share of full load.
    Rate { rate: Frequency, planned: f64 },
    /// Requests in flight over all replicas.
    InFlight(u64),
    /// None: one replica at the load that is best.
    Open,
}

/// What makes one plan better than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objective {
    UsdPerHour,
    UsdPerToken,
    Accelerators,
    TokensPerAccelerator,
    Latency,
}

impl Objective {
    const ALL: [Self; 5] =
        [Self::UsdPerHour, Self::UsdPerToken, Self::Accelerators, Self::TokensPerAccelerator, Self::Latency];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::UsdPerHour => "usd-per-hour",
            Self::UsdPerToken => "usd-per-token",
            Self::Accelerators => "accelerators",
            Self::TokensPerAccelerator => "tokens-per-accelerator",
            Self::Latency => "latency",
        }
    }

    /// Whether it tells two plans apart without a load: more replicas are always dearer.
    const fn wants_load(self) -> bool {
        matches!(self, Self::UsdPerHour | Self::Accelerators)
    }
}

/// A limit that a plan keeps, and by which it may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Ttft,
    Tpot,
    E2e,
    Budget,
    Accelerators,
}

impl Limit {
    pub(super) const ALL: [Self; 5] = [Self::Ttft, Self::Tpot, Self::E2e, Self::Budget, Self::Accelerators];

    /// The flag that set it.
    pub(super) const fn flag(self) -> &'static str {
        match self {
            Self::Ttft => "--ttft",
            Self::Tpot => "--tpot",
            Self::E2e => "--e2e",
            Self::Budget => "--budget",
            Self::Accelerators => "--max-gpus",
        }
    }
}

/// Everything that a plan must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Target {
    pub(super) demand: Demand,
    pub(super) ttft: Option<Seconds>,
    pub(super) tpot: Option<Seconds>,
    pub(super) e2e: Option<Seconds>,
    pub(super) budget: Option<UsdPerHour>,
    pub(super) most: Option<u64>,
    pub(super) spare: u64,
    /// Whether the ends of bands must meet the targets.
    pub(super) sure: bool,
    pub(super) objective: Objective,
}

impl Target {
    pub(super) fn of(request: &PlanRequest, defaults: &mut Vec<Assumption>) -> Result<Self, ApiError> {
        let demand = demand(request, defaults)?;
        let spare = request.spare.map_or(0, |count| count.0);
        if spare > 1000 {
            return Err(ApiError::input("plan.spare", format!("{spare} spare replicas are out of range"))
                .at("--spare")
                .help("give at most 1000, such as 1"));
        }
        let most = request.max_gpus.map(|count| count.0);
        if most == Some(0) {
            return Err(ApiError::input("plan.max_gpus", "nothing runs on no accelerator")
                .at("--max-gpus")
                .help("give at least 1"));
        }
        Ok(Self {
            demand,
            ttft: time("--ttft", request.ttft)?,
            tpot: time("--tpot", request.tpot)?,
            e2e: time("--e2e", request.e2e)?,
            budget: request.budget.map(|price| price.0),
            most,
            spare,
            sure: sure(request)?,
            objective: objective(request, demand, defaults)?,
        })
    }

    /// The same without one limit.
    pub(super) const fn without(mut self, limit: Limit) -> Self {
        match limit {
            Limit::Ttft => self.ttft = None,
            Limit::Tpot => self.tpot = None,
            Limit::E2e => self.e2e = None,
            Limit::Budget => self.budget = None,
            Limit::Accelerators => self.most = None,
        }
        self
    }

    /// The number that a limit allows; none if it is not set.
    pub(super) fn allows(&self, limit: Limit) -> Option<f64> {
        match limit {
            Limit::Ttft => self.ttft.map(Seconds::get),
            Limit::Tpot => self.tpot.map(Seconds::get),
            Limit::E2e => self.e2e.map(Seconds::get),
            Limit::Budget => self.budget.map(UsdPerHour::get),
            Limit::Accelerators => self.most.map(|most| most as f64),
        }
    }
}

fn time(flag: &'static str, stated: Option<Duration>) -> Result<Option<Seconds>, ApiError> {
    match stated {
        Some(time) if time.0.get() <= 0.0 => Err(ApiError::input("plan.target", "a time of 0 cannot be met")
            .at(flag)
            .help("give the slowest that is acceptable, such as --ttft 1s --tpot 50ms")),
        other => Ok(other.map(|time| time.0)),
    }
}

fn sure(request: &PlanRequest) -> Result<bool, ApiError> {
    let share = request.confidence.map_or(0.5, |share| share.0);
    if (share - 0.5).abs() < 1e-9 || (share - 0.9).abs() < 1e-9 {
        return Ok(share > 0.7);
    }
    Err(ApiError::input(
        "plan.confidence",
        format!("a confidence of {share} is none that bands are known for"),
    )
    .at("--confidence")
    .help("0.9 asks that the ends of the 80 % bands meet the targets, 0.5 that the estimates do"))
}

fn demand(request: &PlanRequest, defaults: &mut Vec<Assumption>) -> Result<Demand, ApiError> {
    let conflict = |what: &str, at: &'static str, help: &str| {
        Err(ApiError::input("plan.conflict", what.to_owned()).at(at).help(help))
    };
    match (request.rate, request.concurrency) {
        (Some(_), Some(_)) => conflict(
            "a load is a rate of requests or a number in flight, not both",
            "--concurrency",
            "leave out --rate, or --concurrency",
        ),
        (Some(rate), None) if rate.0.get() <= 0.0 => {
            conflict("no request arrives at a rate of 0", "--rate", "give a rate such as 500/min")
        }
        (Some(rate), None) => {
            let planned = request.planned.map_or_else(|| supply::usual_planned(defaults), |share| share.0);
            Ok(Demand::Rate { rate: rate.0, planned })
        }
        (None, _) if request.planned.is_some() => conflict(
            "replicas are planned for a rate, and there is none",
            "--planned",
            "add a rate such as --rate 500/min, or leave it out",
        ),
        (None, Some(count)) if count.0 == 0 => {
            conflict("no request is in flight", "--concurrency", "give at least 1")
        }
        (None, Some(count)) => Ok(Demand::InFlight(count.0)),
        (None, None) => Ok(Demand::Open),
    }
}

fn objective(
    request: &PlanRequest,
    demand: Demand,
    defaults: &mut Vec<Assumption>,
) -> Result<Objective, ApiError> {
    let Some(name) = request.objective.as_deref() else {
        let (found, why) = match demand {
            Demand::Open => (Objective::UsdPerToken, "without a load tokens are compared"),
            Demand::Rate { .. } | Demand::InFlight(_) => (Objective::UsdPerHour, "the load is given"),
        };
        defaults.push(Assumption {
            flag: "--objective",
            value: found.name().to_owned(),
            why: why.to_owned(),
        });
        return Ok(found);
    };
    let known = Objective::ALL.into_iter().find(|objective| objective.name() == name);
    let Some(found) = known else {
        let names = Objective::ALL.map(Objective::name);
        return Err(ApiError::unknown("objective.unknown", "objective", name, names).at("--objective"));
    };
    if found.wants_load() && demand == Demand::Open {
        return Err(ApiError::input(
            "plan.no_load",
            format!("{name} compares plans for a load, and none is given"),
        )
        .at("--objective")
        .help("give one with --rate or --concurrency, or choose usd-per-token or tokens-per-accelerator"));
    }
    Ok(found)
}
