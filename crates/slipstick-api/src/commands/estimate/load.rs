//! The load that a request asks about: what is stated, and usual figures for the rest.

use slipstick_catalog::{Catalog, UseCase};
use slipstick_core::{
    engine::PrefixCaching,
    model::Model,
    workload::{Arrival, Workload},
};

use crate::{
    ApiError,
    request::{ArrivalKind, ArrivalRequest, CachedRequest, Count, LoadRequest},
    resolve::{Assumption, Resolved},
};

/// Tokens of a request where nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usual {
    pub(crate) input: u64,
    pub(crate) output: u64,
}

/// A question with some context, an answer of a page.
pub(crate) const USUAL: Usual = Usual { input: 1024, output: 256 };

/// What `request` asks of a model; what stood in for something goes to `defaults`.
pub(crate) fn workload(
    request: &LoadRequest,
    model: &Model,
    catalog: &Catalog,
    defaults: &mut Vec<Assumption>,
) -> Result<Workload, ApiError> {
    let workload = of_any(request, USUAL, catalog, defaults)?;
    // A batch that no engine serves runs beyond the model's limit all the same; the answer warns.
    within(workload, request.context, model.max_context.filter(|_| workload.arrival() != Arrival::Static))
}

/// What a run was asked that was measured: the engine was told to take sequences beyond what the model's file states,
/// unless the model has no place for them.
pub(crate) fn measured(
    request: &LoadRequest,
    model: &Model,
    catalog: &Catalog,
) -> Result<Workload, ApiError> {
    let limit = model.max_context.filter(|limit| model.stores_positions(*limit));
    within(of_any(request, USUAL, catalog, &mut Vec::new())?, request.context, limit)
}

/// The same of a model whose limit is not known yet.
pub(crate) fn of_any_model(
    request: &LoadRequest,
    usual: Usual,
    catalog: &Catalog,
    defaults: &mut Vec<Assumption>,
) -> Result<Workload, ApiError> {
    within(of_any(request, usual, catalog, defaults)?, request.context, None)
}

fn of_any(
    request: &LoadRequest,
    usual: Usual,
    catalog: &Catalog,
    defaults: &mut Vec<Assumption>,
) -> Result<Workload, ApiError> {
    let used = use_case(request.use_case.as_deref(), catalog)?;
    let used_for = used.map_or_else(String::new, because);
    let mut or = |flag: &'static str, stated: Option<Count>, used: Option<u64>, usual: u64| {
        let mut taken = |why: String, value: u64| {
            defaults.push(Assumption { flag, value: value.to_string(), why });
            value
        };
        match (stated, used) {
            (Some(count), _) => count.0,
            (None, Some(value)) => taken(used_for.clone(), value),
            (None, None) => taken("nothing else was asked for".to_owned(), usual),
        }
    };
    let input = or("--input", request.input, used.map(|used| used.input), usual.input);
    let output = or("--output", request.output, used.map(|used| used.output), usual.output);
    // What is in flight of requests that arrive at a rate follows from it.
    let concurrency =
        if request.arrival.is_open() { 1 } else { or("--concurrency", request.concurrency, None, 1) };
    let arrival = arrival(request, defaults)?;
    let workload = match (input, arrival) {
        (0, Arrival::Static) => Workload::generation(output, concurrency)?,
        _ => Workload::new(input, output, concurrency)?.with_arrival(arrival)?,
    };
    cached(workload, &request.cached)
}

/// The use of a name.
pub(crate) fn use_case<'a>(
    name: Option<&str>,
    catalog: &'a Catalog,
) -> Result<Option<&'a UseCase>, ApiError> {
    let Some(name) = name else { return Ok(None) };
    let all = catalog.use_cases();
    let found = all.iter().find(|known| known.name.eq_ignore_ascii_case(name.trim()));
    found.copied().map(Some).ok_or_else(|| {
        let names = all.iter().map(|known| known.name.as_str());
        ApiError::unknown("use_case.unknown", "use", name, names).at("--use-case")
    })
}

/// Why the figures of a use are taken.
pub(crate) fn because(used: &UseCase) -> String {
    format!("{}, {}; {}", used.name, used.meaning, used.note)
}

/// The load with what of its prompts is in a cache.
fn cached(workload: Workload, request: &CachedRequest) -> Result<Workload, ApiError> {
    let workload = match request.shared_prefix {
        Some(Count(tokens)) => workload.with_prefix(tokens)?,
        None => workload,
    };
    Ok(match request.prefix_hit {
        Some(share) => workload.with_hit(share.0)?,
        None => workload,
    })
}

/// Refuses prompts in a cache that the engine does not keep.
///
/// # Errors
/// If it keeps none, or none unless it is told to.
pub(crate) fn keeps_prefixes(resolved: &Resolved, workload: &Workload) -> Result<(), ApiError> {
    let flag = match (workload.hit() > 0.0, workload.prefix() > 0) {
        (true, _) => "--prefix-hit",
        (false, true) => "--shared-prefix",
        (false, false) => return Ok(()),
    };
    let (engine, version) = (resolved.engine_name(), &resolved.engine().version);
    let refused = |message: String, help: &str| {
        Err(ApiError::input("engine.no_prefix_cache", message).at(flag).help(help.to_owned()))
    };
    match resolved.memory_model().prefix_caching() {
        PrefixCaching::On | PrefixCaching::Slots => Ok(()),
        PrefixCaching::Off if resolved.options().prefix_caching == Some(false) => refused(
            "no prompt is found in a prefix cache that is off".to_owned(),
            "leave out --prefix-caching off, or what is found in it",
        ),
        PrefixCaching::Off => refused(
            format!("{engine} {version} keeps no prompts of such a model unless it is told to"),
            "add --prefix-caching on",
        ),
        PrefixCaching::Never => refused(
            format!("{engine} {version} keeps no caches of earlier prompts"),
            "leave it out, or choose --engine vllm or sglang",
        ),
    }
}

/// The load with the context that is asked for, if the model takes both.
fn within(workload: Workload, context: Option<Count>, limit: Option<u64>) -> Result<Workload, ApiError> {
    match (limit, context) {
        (Some(limit), _) if workload.length() > limit => {
            let (input, output) = (workload.input(), workload.output());
            let message = format!(
                "{input} input and {output} output tokens are more than the {limit} that the model takes"
            );
            Err(beyond("--input", message, "lower --input or --output"))
        }
        (Some(limit), Some(Count(context))) if context > limit => {
            let message =
                format!("a context of {context} tokens is more than the {limit} that the model takes");
            Err(beyond("--context", message, &format!("give at most {limit}")))
        }
        (_, Some(Count(context))) => Ok(workload.with_context(context)?),
        (_, None) => Ok(workload),
    }
}

fn beyond(at: &str, message: String, cure: &str) -> ApiError {
    let help = format!("{cure}, or choose a model with a longer context");
    ApiError::input("context.beyond_model", message).at(at).help(help)
}

/// How requests arrive: a closed loop in steady state unless something else is said.
fn arrival(request: &LoadRequest, defaults: &mut Vec<Assumption>) -> Result<Arrival, ApiError> {
    let ArrivalRequest { arrival, requests_per_slot, .. } = request.arrival;
    if request.arrival.is_open() {
        return open(request);
    }
    if arrival.is_none() && requests_per_slot.is_none() {
        let why = "steady state: each answer is followed by a new request".to_owned();
        defaults.push(Assumption { flag: "--arrival", value: "closed".to_owned(), why });
    }
    match (arrival.unwrap_or_default(), requests_per_slot) {
        (ArrivalKind::Closed, None) => Ok(Arrival::Steady),
        (ArrivalKind::Closed, Some(requests_per_slot)) => Ok(Arrival::Benchmark { requests_per_slot }),
        (ArrivalKind::Burst, None) => Ok(Arrival::Burst),
        (ArrivalKind::Static, None) => Ok(Arrival::Static),
        (kind, _) => {
            let message = format!("requests per slot are of a closed loop, and {kind} arrivals are none");
            Err(ApiError::input("arrival.conflict", message)
                .at("--requests-per-slot")
                .help("leave it out, or say --arrival closed"))
        }
    }
}

/// Requests that arrive at a rate, and nothing that contradicts it.
fn open(request: &LoadRequest) -> Result<Arrival, ApiError> {
    let ArrivalRequest { arrival, requests_per_slot, rate } = request.arrival;
    let conflict = |message: &str, at: &str, cure: &str| {
        Err(ApiError::input("arrival.conflict", message).at(at).help(cure))
    };
    if arrival.is_some_and(|kind| kind != ArrivalKind::Open) {
        return conflict(
            "requests that arrive at a rate are an open loop",
            "--arrival",
            "leave out --arrival, or --rate",
        );
    }
    if requests_per_slot.is_some() {
        return conflict(
            "requests per slot are of a closed loop, and requests that arrive at a rate are none",
            "--requests-per-slot",
            "leave it out, or --rate",
        );
    }
    if request.concurrency.is_some() {
        return conflict(
            "a load is a rate of requests or a number in flight, not both",
            "--concurrency",
            "leave out --rate, or --concurrency",
        );
    }
    match rate {
        Some(rate) if rate.0.get() > 0.0 => Ok(Arrival::Open { rate: rate.0.get() }),
        Some(_) => conflict("no request arrives at a rate of 0", "--rate", "give a rate such as 5/s"),
        None => {
            conflict("an open loop has a rate, and none is given", "--rate", "add a rate such as --rate 5/s")
        }
    }
}
