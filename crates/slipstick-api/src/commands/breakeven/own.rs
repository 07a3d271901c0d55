//! The deployment of one's own: on what was named, or the cheapest of all that is offered.

use std::collections::BTreeSet;

use slipstick_catalog::OfferKind;
use slipstick_core::{
    estimate::{
        self as core, Money, Verdict, answer as ask,
        hosted::{Demand, Interruptions, interrupted, own},
    },
    quantity::Quantity as Q,
    trace::Trace,
    units::{Seconds, Usd, UsdPerHour},
};

use super::BreakevenRequest;
use crate::{
    ApiError,
    commands::estimate,
    request::Count,
    resolve::{Resolved, Resolver},
};

/// Accelerators of a replica that are tried where no hardware is named.
const COUNTS: [u64; 4] = [1, 2, 4, 8];

/// More requests in flight than this are one more replica.
const MOST_IN_FLIGHT: u64 = 1 << 14;

/// A deployment at the concurrency that makes its tokens cheapest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) on: String,
    pub(super) accelerators: u64,
    pub(super) concurrency: u64,
    /// A million tokens.
    pub(super) token: Usd,
    /// Replicas that hold the rate, or one.
    pub(super) replicas: f64,
    /// All of them.
    pub(super) hourly: UsdPerHour,
    pub(super) ttft: Seconds,
    pub(super) tpot: Seconds,
}

/// Why something is no candidate.
enum Out {
    /// It cannot be: what it names is unknown, or it does not fit.
    Refused(ApiError),
    /// It misses a target, by this factor at the best.
    TooSlow(f64),
}

/// All that can be deployed and meets the targets, the cheapest token first.
pub(super) fn candidates(
    request: &BreakevenRequest,
    demand: &Demand,
    interruptions: Option<&Interruptions>,
    resolver: &Resolver<'_>,
) -> Result<Vec<Candidate>, ApiError> {
    let places = match &request.on {
        Some(on) => vec![on.clone()],
        None => offered(resolver),
    };
    let (mut found, mut refusal, mut nearest) = (Vec::new(), None, f64::INFINITY);
    for on in &places {
        match candidate(on, request, demand, interruptions, resolver) {
            Ok(candidate) => found.push(candidate),
            Err(Out::TooSlow(factor)) => nearest = nearest.min(factor),
            Err(Out::Refused(error)) => {
                refusal.get_or_insert(error);
            }
        }
    }
    found.sort_by(|a, b| {
        let price = a.token.get().total_cmp(&b.token.get());
        price.then(a.accelerators.cmp(&b.accelerators)).then_with(|| a.on.cmp(&b.on))
    });
    if found.is_empty() {
        return Err(none(nearest, refusal.filter(|_| request.on.is_some())));
    }
    Ok(found)
}

/// Why nothing is left.
fn none(nearest: f64, refusal: Option<ApiError>) -> ApiError {
    if nearest.is_finite() {
        let message = format!("nothing meets the targets: the nearest is {nearest:.2} times too slow");
        return ApiError::input("breakeven.too_slow", message)
            .at("--tpot")
            .help("raise --ttft or --tpot, or name other hardware with --on");
    }
    refusal.unwrap_or_else(|| {
        ApiError::input("breakeven.no_deployment", "the model fits on nothing that is offered")
            .at("MODEL")
            .help("name hardware and its price, such as --on 16xh200 --price '$60/h', or a smaller --quant")
    })
}

/// Everything that stands on a provider's own list, in the counts that are usual. What a marketplace once asked at the
/// least is no price to plan with, unless its hardware is named.
fn offered(resolver: &Resolver<'_>) -> Vec<String> {
    let offers = resolver.catalog().offers();
    let listed = offers.iter().filter(|offer| offer.kind == OfferKind::List);
    let ids: BTreeSet<&str> = listed.map(|offer| offer.accelerator.as_str()).collect();
    ids.into_iter().flat_map(|id| COUNTS.map(|count| format!("{count}x{id}"))).collect()
}

/// The cheapest load of a replica that meets the targets.
fn candidate(
    on: &str,
    request: &BreakevenRequest,
    demand: &Demand,
    interruptions: Option<&Interruptions>,
    resolver: &Resolver<'_>,
) -> Result<Candidate, Out> {
    let replica = Replica::of(on, request, interruptions, resolver).map_err(Out::Refused)?;
    let (mut best, mut nearest): (Option<Candidate>, f64) = (None, f64::INFINITY);
    for count in replica.loads(request).map_err(Out::Refused)? {
        let found = replica.under(count, request).map_err(Out::Refused)?;
        let serves = found.verdict == Verdict::Holds || request.concurrency.is_some();
        let Some(estimate) = found.estimate.filter(|_| serves) else { continue };
        let service = &estimate.service;
        let factor = missed(request, service.ttft, service.tpot);
        nearest = nearest.min(factor);
        if factor > 1.0 {
            continue;
        }
        let own = own(demand, service.request_rate, (replica.hourly, Q::Price), Trace::off());
        if best.as_ref().is_none_or(|best| own.token.get() < best.token.get()) {
            best = Some(Candidate {
                on: on.to_owned(),
                accelerators: replica.resolved.cluster().accelerators(),
                concurrency: count,
                token: own.token,
                replicas: own.replicas,
                hourly: own.hourly,
                ttft: service.ttft,
                tpot: service.tpot,
            });
        }
    }
    best.ok_or(Out::TooSlow(nearest))
}

/// A deployment with its price.
struct Replica<'a> {
    on: &'a str,
    resolved: Resolved,
    /// With what interruptions lose.
    hourly: UsdPerHour,
}

impl<'a> Replica<'a> {
    fn of(
        on: &'a str,
        request: &BreakevenRequest,
        interruptions: Option<&Interruptions>,
        resolver: &Resolver<'_>,
    ) -> Result<Self, ApiError> {
        let resolved = resolver.resolve(&request.deployment(on))?;
        let Some(price) = estimate::price(&request.prices, resolved.cluster(), resolver)? else {
            let message = format!("nobody in the catalogue offers {on}");
            return Err(ApiError::input("breakeven.no_offer", message)
                .at("--on")
                .help("give its price, such as --price '$2.50/h'"));
        };
        Ok(Self { on, resolved, hourly: after(price.hourly, interruptions, Trace::off()) })
    }

    /// The answer under a load of so many requests in flight.
    fn under(&self, count: u64, request: &BreakevenRequest) -> Result<core::Answer, ApiError> {
        let load = request.load(Count(count));
        let workload = estimate::workload(&load, &self.resolved.model.model, &mut Vec::new())?;
        let money = Money { price: None, utilisation: 1.0 };
        ask(&self.resolved.prepared, &workload, &money, Trace::off()).map_err(|error| {
            ApiError::input("gpu.no_peak", format!("{}: {error}", self.on))
                .at("--on")
                .help("describe it in a .toml file with its bf16, fp16 or fp32 peak")
        })
    }

    /// The loads to try: what was asked for, or doublings up to what memory holds.
    fn loads(&self, request: &BreakevenRequest) -> Result<Vec<u64>, ApiError> {
        let first = self.under(request.concurrency.map_or(1, |count| count.0), request)?;
        if !first.verdict.starts() {
            let message = format!("the model does not fit on {}", self.on);
            let help =
                format!("slipstick memory {} --on {} says what would make it fit", request.model, self.on);
            return Err(ApiError::input("breakeven.no_deployment", message).at("--on").help(help));
        }
        if let Some(count) = request.concurrency {
            return Ok(vec![count.0]);
        }
        let most = first.memory.max_concurrency.count(MOST_IN_FLIGHT).max(1);
        let doublings = (0..u64::BITS).map(|power| 1_u64 << power).take_while(|count| *count < most);
        Ok(doublings.chain([most]).collect())
    }
}

/// By what factor the worst target is missed; at most 1 where all are met.
fn missed(request: &BreakevenRequest, ttft: Seconds, tpot: Seconds) -> f64 {
    let of =
        |time: Seconds, target: Option<crate::request::Duration>| target.map_or(0.0, |most| time / most.0);
    of(ttft, request.ttft).max(of(tpot, request.tpot))
}

/// A price with what interruptions lose.
pub(super) fn after(price: UsdPerHour, by: Option<&Interruptions>, trace: Trace<'_>) -> UsdPerHour {
    by.map_or(price, |by| interrupted(price, by, trace))
}
