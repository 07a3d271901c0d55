//! What a plan must hold: its load, its targets, its limits, and what makes one better than another.

use slipstick_catalog::{Catalog, UseCase, offers::Term};
use slipstick_core::{
    estimate::hosted::Interruptions,
    units::{Frequency, Power, Seconds, UsdPerHour},
};

use super::{PlanRequest, demand};
use crate::{
    ApiError,
    commands::{estimate, interruptions::interruptions, supply},
    request::{Count, TimeTarget, Watts},
    resolve::Assumption,
};

/// The load of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Demand {
    /// Requests a second, of which replicas are planned for so large a share of full load.
    Rate { rate: Frequency, planned: f64 },
    /// Requests in flight over all replicas.
    InFlight(u64),
    /// Requests that are all there, and have to be answered at so many a second.
    Batch(Frequency),
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
    Energy,
    Latency,
}

impl Objective {
    const ALL: [Self; 6] = [
        Self::UsdPerHour,
        Self::UsdPerToken,
        Self::Accelerators,
        Self::TokensPerAccelerator,
        Self::Energy,
        Self::Latency,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::UsdPerHour => "usd-per-hour",
            Self::UsdPerToken => "usd-per-token",
            Self::Accelerators => "accelerators",
            Self::TokensPerAccelerator => "tokens-per-accelerator",
            Self::Energy => "energy",
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
    Power,
}

impl Limit {
    pub(super) const ALL: [Self; 6] =
        [Self::Ttft, Self::Tpot, Self::E2e, Self::Budget, Self::Accelerators, Self::Power];

    /// The flag that set it.
    pub(super) const fn flag(self) -> &'static str {
        match self {
            Self::Ttft => "--ttft",
            Self::Tpot => "--tpot",
            Self::E2e => "--e2e",
            Self::Budget => "--budget",
            Self::Accelerators => "--max-gpus",
            Self::Power => "--max-watts",
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
    /// Of which share of requests each of the three times is; of the mean where none is said.
    pub(super) shares: [Option<f64>; 3],
    pub(super) budget: Option<UsdPerHour>,
    pub(super) most: Option<u64>,
    /// Mean watts of all accelerators.
    pub(super) watts: Option<Power>,
    pub(super) spare: u64,
    /// How spot machines are taken away.
    pub(super) interruptions: Option<Interruptions>,
    /// Whether the ends of bands must meet the targets.
    pub(super) sure: bool,
    pub(super) objective: Objective,
}

impl Target {
    pub(super) fn of(
        request: &PlanRequest,
        catalog: &Catalog,
        defaults: &mut Vec<Assumption>,
    ) -> Result<Self, ApiError> {
        let demand = demand::demand(request, defaults)?;
        let used = estimate::use_case(request.use_case.as_deref(), catalog)?;
        let shares = shares(request, demand)?;
        let mut usual =
            |flag: &'static str, stated: Option<TimeTarget>, used_time: fn(&UseCase) -> Seconds| {
                let used = used.map(|used| (used, used_time(used)));
                Ok::<_, ApiError>(supply::target(flag, time(flag, stated)?, used, defaults))
            };
        Ok(Self {
            demand,
            ttft: usual("--ttft", request.ttft, |used| used.ttft)?,
            tpot: usual("--tpot", request.tpot, |used| used.tpot)?,
            e2e: time("--e2e", request.e2e)?,
            shares,
            budget: request.budget.map(|price| price.0),
            most: most(request)?,
            watts: watts(request)?,
            spare: spare(request)?,
            interruptions: interrupted(request, defaults)?,
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
            Limit::Power => self.watts = None,
        }
        self
    }

    /// Of which share of requests a limit of time is, where it is not the mean's.
    pub(super) const fn share(&self, limit: Limit) -> Option<f64> {
        match limit {
            Limit::Ttft => self.shares[0],
            Limit::Tpot => self.shares[1],
            Limit::E2e => self.shares[2],
            Limit::Budget | Limit::Accelerators | Limit::Power => None,
        }
    }

    /// The number that a limit allows; none if it is not set.
    pub(super) fn allows(&self, limit: Limit) -> Option<f64> {
        match limit {
            Limit::Ttft => self.ttft.map(Seconds::get),
            Limit::Tpot => self.tpot.map(Seconds::get),
            Limit::E2e => self.e2e.map(Seconds::get),
            Limit::Budget => self.budget.map(UsdPerHour::get),
            Limit::Accelerators => self.most.map(|most| most as f64),
            Limit::Power => self.watts.map(Power::get),
        }
    }
}

/// The most accelerators.
fn most(request: &PlanRequest) -> Result<Option<u64>, ApiError> {
    match request.max_gpus {
        Some(Count(0)) => Err(ApiError::input("plan.max_gpus", "nothing runs on no accelerator")
            .at("--max-gpus")
            .help("give at least 1")),
        other => Ok(other.map(|count| count.0)),
    }
}

/// The most power.
fn watts(request: &PlanRequest) -> Result<Option<Power>, ApiError> {
    match request.max_watts {
        Some(Watts(power)) if power.get() <= 0.0 => {
            Err(ApiError::input("plan.max_watts", "nothing runs without power")
                .at("--max-watts")
                .help("give what all accelerators may draw, such as 10kW"))
        }
        other => Ok(other.map(|watts| watts.0)),
    }
}

fn spare(request: &PlanRequest) -> Result<u64, ApiError> {
    let spare = request.spare.map_or(0, |count| count.0);
    if spare <= 1000 {
        return Ok(spare);
    }
    Err(ApiError::input("plan.spare", format!("{spare} spare replicas are out of range"))
        .at("--spare")
        .help("give at most 1000, such as 1"))
}

/// How spot machines are taken away, if any are asked for.
fn interrupted(
    request: &PlanRequest,
    defaults: &mut Vec<Assumption>,
) -> Result<Option<Interruptions>, ApiError> {
    let Some(found) = interruptions(request.interrupted(), defaults)? else { return Ok(None) };
    let refused = |message: &str, help: &str| {
        Err(ApiError::input("plan.conflict", message).at("--interruptions").help(help))
    };
    if !request.term.iter().any(|term| Term::from_name(term) == Some(Term::Spot)) {
        return refused("spot machines alone are taken away", "add --term spot, or --term spot,on-demand");
    }
    if request.pools.as_deref().is_some_and(|pools| pools != "off") {
        return refused(
            "what an interruption does to separate pools is not known",
            "leave --pools out, or --interruptions",
        );
    }
    Ok(Some(found))
}

/// Of which share of requests each target is; known of requests that arrive at random.
fn shares(request: &PlanRequest, demand: Demand) -> Result<[Option<f64>; 3], ApiError> {
    let targets = [("--ttft", request.ttft), ("--tpot", request.tpot), ("--e2e", request.e2e)];
    let shares = targets.map(|(_, target)| target.and_then(|target| target.0.share));
    let Some((flag, _)) = targets.iter().zip(shares).find(|(_, share)| share.is_some()).map(|(at, _)| at)
    else {
        return Ok(shares);
    };
    let refused =
        |message: &str, help: &str| Err(ApiError::input("plan.percentile", message).at(*flag).help(help));
    if !matches!(demand, Demand::Rate { .. }) {
        let message = "a percentile is of requests that arrive at random, and this load keeps as many in flight as before";
        return refused(message, "give --rate or --users, or say the mean, such as --ttft 1s");
    }
    if request.pools.as_deref().is_some_and(|pools| pools != "off") {
        let message = "nobody knows how the times of separate pools are spread over requests";
        return refused(message, "leave --pools out, or say the mean, such as --ttft 1s");
    }
    Ok(shares)
}

fn time(flag: &'static str, stated: Option<TimeTarget>) -> Result<Option<Seconds>, ApiError> {
    match stated.map(|stated| stated.0.time) {
        Some(time) if time.get() <= 0.0 => Err(ApiError::input("plan.target", "a time of 0 cannot be met")
            .at(flag)
            .help("give the slowest that is acceptable, such as --ttft 1s --tpot 50ms")),
        other => Ok(other),
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

/// The names of objectives.
pub(crate) fn objectives() -> Vec<&'static str> {
    Objective::ALL.map(Objective::name).to_vec()
}

fn objective(
    request: &PlanRequest,
    demand: Demand,
    defaults: &mut Vec<Assumption>,
) -> Result<Objective, ApiError> {
    let Some(name) = request.objective.as_deref() else {
        let (found, why) = match demand {
            Demand::Open => (Objective::UsdPerToken, "without a load tokens are compared"),
            Demand::Rate { .. } | Demand::InFlight(_) | Demand::Batch(_) => {
                (Objective::UsdPerHour, "the load is given")
            }
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
        .help("give one with --rate, --users, --requests or --concurrency, or choose usd-per-token or tokens-per-accelerator"));
    }
    Ok(found)
}
