//! `slipstick memory`: does it fit, and how far could it go.

mod advice;
pub(super) mod provenance;
mod request;
pub(super) mod view;

pub use request::MemoryRequest;

use serde_json::{Map, Value, json};
use slipstick_catalog::Catalog;
use slipstick_core::{
    basis::Known,
    estimate::memory::{MemoryEstimate, Reach},
    units::Bytes,
    workload::Workload,
};

use advice::{Advised, Market};

use crate::{
    ApiError, Output, World,
    request::{Count, format_name},
    resolve::{Default, Scenario},
};

/// The context that is asked for where nobody says: long enough to matter, short enough for every model.
const USUAL_CONTEXT: u64 = 8192;

/// Counts that memory does not bound are shown as this.
const UNBOUNDED: u64 = 1 << 32;

/// A scenario with its memory.
pub(crate) struct MemoryAnswer {
    pub(super) scenario: Scenario,
    pub(super) workload: Workload,
    pub(super) estimate: MemoryEstimate,
}

/// Whether a deployment fits, itemised, with the largest context and concurrency.
///
/// # Errors
/// If anything the request names is unknown, or its parts contradict each other.
pub fn memory(request: &MemoryRequest, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    let answer = resolved(request, catalog, world)?;
    let fits = answer.estimate.fits();
    let market = Market { catalog, today: world.today() };
    let advised = Advised::on(&answer, &request.deployment.on, market)?;
    let mut document = document(&answer);
    document.insert("advice".to_owned(), advised.document());
    let mut provenance = provenance::record(&answer, "");
    advised.record(&answer, &mut provenance);
    let output = Output::new("memory", Value::Object(document), view::view(&answer, &advised));
    Ok(output.explained(provenance).answered(fits))
}

/// The answer to a request, without advice.
pub(super) fn resolved(
    request: &MemoryRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<MemoryAnswer, ApiError> {
    let mut scenario = Scenario::resolve(&request.deployment, catalog, world)?;
    let context = context(request.context, &mut scenario)?;
    let concurrency = request.concurrency.map_or(1, |count| count.0);
    Ok(answer(scenario, Workload::full(context, concurrency)?))
}

pub(super) fn answer(scenario: Scenario, workload: Workload) -> MemoryAnswer {
    let estimate = scenario.memory_model().estimate(&workload);
    MemoryAnswer { scenario, workload, estimate }
}

fn context(stated: Option<Count>, scenario: &mut Scenario) -> Result<u64, ApiError> {
    if let Some(context) = stated {
        if context.0 == 0 {
            return Err(ApiError::input("context.range", "a context of 0 tokens holds nothing")
                .at("--context")
                .help("give at least 1 token, such as 8k"));
        }
        let limit = scenario.model.model.max_context;
        if limit.is_some_and(|limit| context.0 > limit.saturating_mul(64)) {
            return Err(ApiError::input(
                "context.range",
                format!("a context of {} tokens is out of range", context.0),
            )
            .at("--context")
            .help(format!("the model states {} tokens", limit.unwrap_or_default())));
        }
        return Ok(context.0);
    }
    let context = scenario.model.model.max_context.unwrap_or(USUAL_CONTEXT).clamp(1, USUAL_CONTEXT);
    let why = "no context was asked for".to_owned();
    scenario.defaults.push(Default { flag: "--context", value: context.to_string(), why });
    Ok(context)
}

/// A band as the contract writes an estimate.
pub(super) fn known(known: Known<Bytes>) -> Value {
    json!({"value": known.value.get(), "low": known.low.get(), "high": known.high.get()})
}

/// The longest context that memory holds; the model's own limit where memory sets none.
fn max_context(a: &MemoryAnswer) -> u64 {
    match (a.estimate.max_context, a.scenario.model.model.max_context) {
        (Reach::Unbounded, Some(limit)) => limit,
        (other, _) => reach(other),
    }
}

const fn reach(reach: Reach) -> u64 {
    reach.count(UNBOUNDED)
}

/// The memory object of the contract.
pub(super) fn document(a: &MemoryAnswer) -> Map<String, Value> {
    let scenario = &a.scenario;
    let rank = a.estimate.rank();
    let value = json!({
        "fits": a.estimate.fits(),
        "model": {
            "name": scenario.model.name,
            "model_type": scenario.model.model.model_type,
            "basis": if scenario.model.assumed_architecture { "assumed" } else { "exact" },
        },
        "accelerator": {
            "id": scenario.cluster.accelerator.id,
            "count": scenario.cluster.accelerators(),
            "capacity_bytes": scenario.cluster.accelerator.memory.get(),
        },
        "engine": {"name": scenario.profile.engine().name(), "version": scenario.profile.version},
        "plan": plan(scenario),
        "weights_format": scenario.formats_name,
        "kv_dtype": format_name(scenario.cache.key),
        "workload": {"context_tokens": a.workload.context(), "concurrency": a.workload.concurrency()},
        "per_accelerator": {
            "stage": rank.stage,
            "weights_bytes": rank.weights.value.get(),
            "kv_cache_bytes": rank.kv_cache.value.get(),
            "state_bytes": rank.state.value.get(),
            "activations_bytes": known(rank.activations),
            "overhead_bytes": known(rank.overhead.total()),
            "total_bytes": known(rank.total()),
            "free_bytes": rank.free().get(),
        },
        "overhead": {
            "context_bytes": known(rank.overhead.context),
            "graphs_bytes": known(rank.overhead.graphs),
            "tables_bytes": known(rank.overhead.tables),
            "reserve_bytes": known(rank.overhead.reserve),
        },
        "pool": pool(a),
        "max_concurrency": reach(a.estimate.max_concurrency),
        "max_context_tokens": max_context(a),
        "defaults": defaults(scenario),
    });
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

pub(super) fn plan(scenario: &Scenario) -> Value {
    let plan = scenario.plan;
    json!({"tp": plan.tp(), "pp": plan.pp(), "dp": plan.dp(), "ep": plan.ep()})
}

pub(super) fn defaults(scenario: &Scenario) -> Vec<Value> {
    let one = |default: &Default| json!({"flag": default.flag, "value": default.value, "why": default.why});
    let keys = scenario.model.assumed.iter().map(|assumed| {
        json!({"flag": format!("config.json: {}", assumed.key), "value": assumed.value, "why": "default of the architecture"})
    });
    scenario.defaults.iter().map(one).chain(keys).collect()
}

fn pool(a: &MemoryAnswer) -> Value {
    match &a.estimate.pool {
        Some(pool) => json!({
            "bytes": pool.bytes.get(),
            "blocks": pool.blocks,
            "blocks_per_request": pool.blocks_per_request,
            "printed_tokens": pool.printed_tokens,
            "concurrency": pool.concurrency(),
        }),
        None => Value::Null,
    }
}
