//! `slipstick best`: the top of a sweep over everything, worked out afresh.

mod request;
mod view;

pub use request::BestRequest;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::{Catalog, Purpose, UseCase};
use toml::{Table, Value};

use super::{
    estimate, supply,
    sweep::{GroupRow, SweepReport, SweepRequest, SweptRow, in_order, sweep},
};
use crate::{
    Answered, ApiError, World,
    report::{DefaultTaken, Report},
    request::Count,
    resolve::{Assumption, Resolver},
};

/// `slipstick best`: the best of everything by one figure.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BestReport {
    /// The figure.
    pub by: &'static str,
    /// Combinations that were worked out.
    pub combinations: u64,
    /// Of them, those that hold their load.
    pub holds: u64,
    /// How long it took; null where there is no clock.
    pub search_s: Option<f64>,
    /// The best of all.
    pub best: Vec<SweptRow>,
    /// The best of each value of an axis, the best first.
    pub groups: Vec<GroupRow>,
    /// What was not said, and what was taken for it.
    pub defaults: Vec<DefaultTaken>,
}

impl Report for BestReport {
    const COMMAND: &'static str = "best";
    const ROWS: Option<&'static str> = Some("best");
}

/// Rows of a list where nobody says.
const USUAL_ROWS: u64 = 10;

/// Ranks everything.
///
/// # Errors
/// If anything the request names is unknown.
pub fn best(
    request: &BestRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<BestReport>, ApiError> {
    let mut defaults = Vec::new();
    let limit = supply::rows(request.limit, USUAL_ROWS)? as u64;
    let usual = ["model", "on"].map(str::to_owned);
    let per = if request.per.is_empty() { usual.to_vec() } else { request.per.clone() };
    if let [only] = request.model.as_slice() {
        supply::generates(only, &Resolver::new(catalog, world))?;
    }
    let toml = spec(request, &per, catalog, &mut defaults)?.to_string();
    let asked = SweepRequest {
        toml: Some(toml),
        by: request.by.clone(),
        top: Some(Count(limit)),
        best_per: per,
        ..SweepRequest::default()
    };
    let swept = sweep(&asked, catalog, world).map_err(at_flag)?.report;
    if let Some(reason) = swept.first_refusal.filter(|_| swept.refused == swept.rows) {
        return Err(none(reason));
    }
    let SweepReport { by, rows: combinations, holds, search_s, top, groups, .. } = swept;
    let report = BestReport {
        by,
        combinations,
        holds,
        search_s,
        best: top,
        groups: leading(groups, by, limit),
        defaults: defaults.iter().map(DefaultTaken::from).collect(),
    };
    let view = view::view(&report, &defaults);
    let any = !report.best.is_empty();
    Ok(Answered::new(report, view).answered(any))
}

/// Why nothing can be ranked.
fn none(reason: String) -> ApiError {
    ApiError::input("best.nothing", reason)
        .at("--on")
        .help("name other hardware with --on, or another --count, --quant or --engine")
}

/// A refusal of the sweep at the flag that said it.
fn at_flag(error: ApiError) -> ApiError {
    let at = match error.at.as_deref() {
        Some("--best-per") => "--per".to_owned(),
        Some("SPEC" | "MODEL") => "--model".to_owned(),
        Some(axis) if !axis.is_empty() && !axis.starts_with('-') => format!("--{}", axis.replace('_', "-")),
        _ => return error,
    };
    error.at(at)
}

/// The best groups of each axis.
fn leading(mut groups: Vec<GroupRow>, by: &str, limit: u64) -> Vec<GroupRow> {
    // Axes keep their order: sorting is stable.
    let axes: Vec<String> = groups.iter().map(|group| group.axis.clone()).collect();
    let place = |axis: &str| axes.iter().position(|one| one == axis);
    groups.sort_by(|a, b| place(&a.axis).cmp(&place(&b.axis)).then(in_order(by, a.figure, b.figure)));
    let mut seen: Vec<(String, u64)> = Vec::new();
    groups.retain(|group| {
        if seen.last().is_none_or(|(axis, _)| *axis != group.axis) {
            seen.push((group.axis.clone(), 0));
        }
        seen.last_mut().is_some_and(|(_, count)| {
            *count += 1;
            *count <= limit
        })
    });
    groups
}

/// The sweep that a request asks for.
fn spec(
    request: &BestRequest,
    per: &[String],
    catalog: &Catalog,
    defaults: &mut Vec<Assumption>,
) -> Result<Table, ApiError> {
    let used = estimate::use_case(request.use_case.as_deref(), catalog)?;
    let mut spec = Table::new();
    spec.insert("model".to_owned(), models(request, catalog, defaults));
    let counts = |list: &[Count]| Value::Array(list.iter().map(|count| whole(count.0)).collect());
    let mut or = |flag: &'static str, said: Option<Value>, usual: Value, why: &str| {
        said.unwrap_or_else(|| {
            defaults.push(Assumption { flag, value: usual.to_string(), why: why.to_owned() });
            usual
        })
    };
    let some = |list: &[String]| (!list.is_empty()).then(|| texts(list));
    let few = |list: &[Count]| (!list.is_empty()).then(|| counts(list));
    let usual = |list: &[u64]| Value::Array(list.iter().map(|count| whole(*count)).collect());
    let all = Value::from("all");
    spec.insert("on".to_owned(), or("--on", some(&request.on), all, "what a provider lists"));
    let nodes = usual(&[1, 2, 4, 8]);
    spec.insert("count".to_owned(), or("--count", few(&request.count), nodes, "up to a usual node"));
    let formats = texts(&["checkpoint".to_owned(), "fp8".to_owned()]);
    spec.insert("quant".to_owned(), or("--quant", some(&request.quant), formats, "usual formats"));
    let flights = usual(&[1, 4, 16, 64, 256]);
    let flights = or("--concurrency", few(&request.concurrency), flights, "from one user to many");
    spec.insert("concurrency".to_owned(), flights);
    let count = |count: Option<Count>| count.map(|count| whole(count.0));
    let why = used.map_or_else(|| "nothing else was asked for".to_owned(), estimate::because);
    let (input, output) = used.map_or((1024, 256), |used| (used.input, used.output));
    spec.insert("input".to_owned(), or("--input", count(request.input), whole(input), &why));
    spec.insert("output".to_owned(), or("--output", count(request.output), whole(output), &why));
    if let Some(engines) = some(&request.engine) {
        spec.insert("engine".to_owned(), engines);
    }
    offers(request, per, &mut spec);
    limits(request, used, &mut spec, defaults);
    Ok(spec)
}

/// The models that are tried: those that are named, else those that are made for chat, and a user's own.
fn models(request: &BestRequest, catalog: &Catalog, defaults: &mut Vec<Assumption>) -> Value {
    match request.model.as_slice() {
        [one] if one == "all" => Value::from("all"),
        [] => {
            let why = "of the catalogue, what is made for chat".to_owned();
            defaults.push(Assumption { flag: "--model", value: "chat".to_owned(), why });
            let names = catalog.models();
            texts(
                &names
                    .iter()
                    .filter(|entry| entry.is_for(Purpose::Chat))
                    .map(|entry| entry.name.clone())
                    .collect::<Vec<_>>(),
            )
        }
        named => texts(named),
    }
}

/// A list of texts.
fn texts(list: &[String]) -> Value {
    Value::Array(list.iter().cloned().map(Value::String).collect())
}

/// A count.
fn whole(count: u64) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Which offers are tried.
fn offers(request: &BestRequest, per: &[String], spec: &mut Table) {
    let every = match request.cloud.as_slice() {
        [one] => one == "all",
        [] => per.iter().any(|axis| axis == "cloud"),
        _ => false,
    };
    if every {
        spec.insert("cloud".to_owned(), Value::from("all"));
    } else if !request.cloud.is_empty() {
        spec.insert("cloud".to_owned(), texts(&request.cloud));
    }
    if let Some(term) = &request.term {
        spec.insert("term".to_owned(), Value::from(term.as_str()));
    }
}

/// What every combination has to keep.
fn limits(request: &BestRequest, used: Option<&UseCase>, spec: &mut Table, defaults: &mut Vec<Assumption>) {
    let mut filter = Table::new();
    let [ttft, tpot] = [request.ttft, request.tpot].map(|time| time.map(|time| time.0));
    let ttft = supply::target("--ttft", ttft, used.map(|used| (used, used.ttft)), defaults);
    let tpot = supply::target("--tpot", tpot, used.map(|used| (used, used.tpot)), defaults);
    for (name, most) in [("ttft_s", ttft), ("tpot_s", tpot)] {
        if let Some(most) = most {
            let most = Table::from_iter([("max".to_owned(), Value::Float(most.get()))]);
            filter.insert(name.to_owned(), Value::Table(most));
        }
    }
    if !filter.is_empty() {
        spec.insert("filter".to_owned(), Value::Table(filter));
    }
}
