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
    estimate::{
        Verdict,
        memory::{MemoryEstimate, Reach},
    },
    hardware::Spreads,
    units::Bytes,
    workload::Workload,
};

use advice::{Advised, Market};

use crate::{
    ApiError, Output, World,
    request::{Count, format_name},
    resolve::{Assumption, Resolved, Resolver},
};

/// The context that is asked for where nobody says: long enough to matter, short enough for every model.
const USUAL_CONTEXT: u64 = 8192;

/// Counts that memory does not bound are shown as this.
const UNBOUNDED: u64 = 1 << 32;

/// A deployment with its memory.
pub(crate) struct MemoryAnswer {
    pub(super) resolved: Resolved,
    pub(super) workload: Workload,
    pub(super) verdict: Verdict,
    pub(super) estimate: MemoryEstimate,
}

impl MemoryAnswer {
    /// How far measurements lie from the answers to such a question.
    pub(super) fn spreads(&self) -> Spreads {
        self.workload.arrival().spreads(&self.resolved.calibration().spreads)
    }

    /// Sequences of the load that run at once.
    pub(super) fn places(&self) -> u64 {
        let most = self.resolved.prepared.most_sequences();
        self.estimate.max_concurrency.count(UNBOUNDED).min(most)
    }

    /// What the fullest accelerator lacks for a single sequence.
    pub(super) fn missing(&self) -> Bytes {
        let one = self.workload.with_concurrency(1).unwrap_or(self.workload);
        let ranks = self.resolved.memory_model().estimate(&one);
        ranks.rank().shortfall()
    }
}

/// Whether a deployment fits, itemised, with the largest context and concurrency.
///
/// # Errors
/// If anything the request names is unknown, or its parts contradict each other.
pub fn memory(request: &MemoryRequest, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    let answer = resolved(request, catalog, world)?;
    let yes = answer.verdict == Verdict::Holds;
    let market = Market { catalog, today: world.today() };
    let advised = Advised::on(&answer, &request.deployment.on, market)?;
    let mut document = document(&answer);
    document.insert("advice".to_owned(), advised.document());
    let mut provenance = provenance::record(&answer, "");
    advised.record(&answer, &mut provenance);
    let output = Output::new("memory", Value::Object(document), view::view(&answer, &advised));
    Ok(output.explained(provenance).answered(yes))
}

/// The answer to a request, without advice.
pub(super) fn resolved(
    request: &MemoryRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<MemoryAnswer, ApiError> {
    let mut resolved = Resolver::new(catalog, world).resolve(&request.deployment)?;
    let context = context(request.context, &mut resolved)?;
    let concurrency = request.concurrency.map_or(1, |count| count.0);
    Ok(answer(resolved, Workload::full(context, concurrency)?))
}

pub(super) fn answer(resolved: Resolved, workload: Workload) -> MemoryAnswer {
    let estimate = resolved.memory_model().estimate(&workload);
    let verdict = resolved.prepared.verdict(&workload, estimate.max_concurrency);
    MemoryAnswer { resolved, workload, verdict, estimate }
}

fn context(stated: Option<Count>, resolved: &mut Resolved) -> Result<u64, ApiError> {
    if let Some(context) = stated {
        if context.0 == 0 {
            return Err(ApiError::input("context.range", "a context of 0 tokens holds nothing")
                .at("--context")
                .help("give at least 1 token, such as 8k"));
        }
        let limit = resolved.model.model.max_context;
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
    let context = resolved.model.model.max_context.unwrap_or(USUAL_CONTEXT).clamp(1, USUAL_CONTEXT);
    let why = "no context was asked for".to_owned();
    resolved.defaults.push(Assumption { flag: "--context", value: context.to_string(), why });
    Ok(context)
}

/// A band as the contract writes an estimate.
pub(super) fn known(known: Known<Bytes>) -> Value {
    json!({"value": known.value.get(), "low": known.low.get(), "high": known.high.get()})
}

/// The longest context that memory holds; the model's own limit where memory sets none.
fn max_context(a: &MemoryAnswer) -> u64 {
    match (a.estimate.max_context, a.resolved.model.model.max_context) {
        (Reach::Unbounded, Some(limit)) => limit,
        (other, _) => reach(other),
    }
}

const fn reach(reach: Reach) -> u64 {
    reach.count(UNBOUNDED)
}

/// The memory object of the contract.
pub(super) fn document(a: &MemoryAnswer) -> Map<String, Value> {
    let resolved = &a.resolved;
    let rank = a.estimate.rank();
    let value = json!({
        "verdict": a.verdict.name(),
        "fits": a.verdict.starts(),
        "model": {
            "name": resolved.model.name,
            "model_type": resolved.model.model.model_type,
            "basis": if resolved.model.assumed_architecture { "assumed" } else { "exact" },
        },
        "accelerator": {
            "id": resolved.cluster().accelerator.id,
            "count": resolved.cluster().accelerators(),
            "capacity_bytes": resolved.cluster().accelerator.memory.get(),
        },
        "engine": engine(resolved),
        "plan": plan(resolved),
        "weights_format": resolved.formats_name,
        "kv_dtype": format_name(resolved.cache().key),
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
        "defaults": defaults(resolved),
        "warnings": warnings(a),
    });
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

/// The engine and the version whose rules hold.
pub(super) fn engine(resolved: &Resolved) -> Value {
    json!({"name": resolved.engine_name(), "version": resolved.engine().version})
}

/// What a reader should know before relying on the answer.
pub(super) fn warnings(a: &MemoryAnswer) -> Vec<String> {
    view::warnings(a)
}

pub(super) fn plan(resolved: &Resolved) -> Value {
    let plan = resolved.plan();
    json!({"tp": plan.tp(), "pp": plan.pp(), "dp": plan.dp(), "ep": plan.ep()})
}

pub(super) fn defaults(resolved: &Resolved) -> Vec<Value> {
    let one =
        |default: &Assumption| json!({"flag": default.flag, "value": default.value, "why": default.why});
    let keys = resolved.model.assumed.iter().map(|assumed| {
        json!({"flag": format!("config.json: {}", assumed.key), "value": assumed.value, "why": "default of the architecture"})
    });
    resolved.defaults.iter().map(one).chain(keys).collect()
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
