//! The deployment of one's own: on what was named, or the cheapest of all that is offered.

use slipstick_core::{
    estimate::{
        Verdict,
        answer::NoPeak,
        hosted::{Demand, Interruptions, Own, own},
        serving::Service,
    },
    trace::Trace,
    units::{Seconds, Usd, UsdPerHour},
};

use super::{BreakevenRequest, paid::paid, targets::Targets};
use crate::{
    ApiError,
    commands::{estimate, supply},
    request::Count,
    resolve::{Resolved, Resolver},
    steps::Steps,
};

/// Accelerators of a replica that are tried where no hardware is named.
const COUNTS: [u64; 4] = [1, 2, 4, 8];

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

impl Candidate {
    fn of((on, accelerators): (&str, u64), concurrency: u64, service: &Service, own: &Own) -> Self {
        Self {
            on: on.to_owned(),
            accelerators,
            concurrency,
            token: own.token,
            replicas: own.replicas,
            hourly: own.hourly,
            ttft: service.ttft,
            tpot: service.tpot,
        }
    }
}

/// Why something is no candidate.
enum Out {
    /// It cannot be: what it names is unknown, or it does not fit.
    Refused(ApiError),
    /// It misses a target, by this factor at the best.
    TooSlow(f64),
}

impl From<ApiError> for Out {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

/// All that can be deployed and meets the targets, the cheapest token first.
pub(super) fn candidates(
    request: &BreakevenRequest,
    (demand, targets): (&Demand<'_>, &Targets),
    interruptions: Option<&Interruptions>,
    resolver: &Resolver<'_>,
) -> Result<Vec<Candidate>, ApiError> {
    let places = match &request.on {
        Some(on) => vec![on.clone()],
        None => offered(resolver),
    };
    let (mut found, mut refusal, mut nearest) = (Vec::new(), None, f64::INFINITY);
    let mut steps = Steps::new(resolver.world(), "deployments", places.len() as u64);
    for on in &places {
        steps.advance(1)?;
        match candidate(on, request, (demand, targets), interruptions, resolver) {
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

/// Everything that stands on a provider's own list, in the counts that are usual.
fn offered(resolver: &Resolver<'_>) -> Vec<String> {
    let ids = supply::listed(resolver.catalog()).into_iter();
    ids.flat_map(|id| COUNTS.map(|count| format!("{count}x{id}"))).collect()
}

/// The cheapest load of a replica that meets the targets.
fn candidate(
    on: &str,
    request: &BreakevenRequest,
    (demand, targets): (&Demand<'_>, &Targets),
    interruptions: Option<&Interruptions>,
    resolver: &Resolver<'_>,
) -> Result<Candidate, Out> {
    let resolved = resolver.resolve(&request.deployment(on))?;
    let price = price(on, request, (&resolved, resolver))?;
    let asked = request.concurrency;
    let load = request.load(asked.unwrap_or(Count(1)));
    let shape = estimate::workload(&load, &resolved.model.model, resolver.catalog(), &mut Vec::new())?;
    let requests = resolved.prepared.requests(&shape);
    let served = |count: u64| requests.serve(count).ok_or_else(|| Out::Refused(no_peak(on)));
    served(shape.concurrency())?;
    if !requests.verdict(shape.concurrency()).starts() {
        return Err(too_small(on, request).into());
    }
    let known = (&resolved, resolver);
    let (paid, _) = paid(request, (demand, &shape), (price, interruptions), known, Trace::off())?;
    let held = requests.reach().count(supply::MOST_IN_FLIGHT).max(1);
    let loads: Vec<u64> = asked.map_or_else(|| supply::loads(held).collect(), |count| vec![count.0]);
    let (mut best, mut nearest): (Option<Candidate>, f64) = (None, f64::INFINITY);
    let held = |count: &u64| asked.is_some() || requests.verdict(*count) == Verdict::Holds;
    for count in loads.into_iter().filter(held) {
        let service = served(count)?;
        let factor = targets.missed(service.ttft, service.tpot);
        nearest = nearest.min(factor);
        if factor > 1.0 {
            continue;
        }
        let own = own(demand, service.request_rate, &paid, Trace::off());
        if best.as_ref().is_none_or(|best| own.token.get() < best.token.get()) {
            let accelerators = resolved.cluster().accelerators();
            best = Some(Candidate::of((on, accelerators), count, &service, &own));
        }
    }
    best.ok_or(Out::TooSlow(nearest))
}

/// What a replica costs.
fn price(
    on: &str,
    request: &BreakevenRequest,
    (resolved, resolver): (&Resolved, &Resolver<'_>),
) -> Result<UsdPerHour, ApiError> {
    let prices = request.prices.of(on, resolver.catalog());
    let price = estimate::price(&prices, resolved.cluster(), resolver)?.ok_or_else(|| {
        ApiError::input("breakeven.no_offer", format!("nobody in the catalogue offers {on}"))
            .at("--on")
            .help("give its price, such as --price '$2.50/h'")
    })?;
    Ok(price.hourly)
}

fn too_small(on: &str, request: &BreakevenRequest) -> ApiError {
    ApiError::input("breakeven.no_deployment", format!("the model does not fit on {on}"))
        .at("--on")
        .help(format!("slipstick memory {} --on {on} says what would make it fit", request.model))
}

fn no_peak(on: &str) -> ApiError {
    ApiError::input("gpu.no_peak", format!("{on}: {NoPeak}"))
        .at("--on")
        .help("describe it in a .toml file with its bf16, fp16 or fp32 peak")
}
