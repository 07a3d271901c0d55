//! One row's prediction, read from the answer to the request that it is.

use slipstick_core::{
    basis::{Basis, Known},
    engine::{CacheKind, Engine, EngineRules},
    estimate::memory::{MemoryEstimate, RankMemory},
    hardware::MemoryUse,
    plan::StageWeights,
    units::Bytes,
};

use super::{
    MemoryTerm,
    request::{Described, Found, Needs},
    size::unit,
};
use crate::{
    report::Estimated,
    validate::{
        Models,
        asked::Answers,
        request::{accelerators, profile},
        table::Cells,
    },
};

/// A predicted value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prediction {
    pub in_unit: f64,
    pub bytes: Estimated<f64>,
    pub given: Option<&'static str>,
}

/// The context of terms that any context shows.
const ANY_CONTEXT: u64 = 2048;

/// Predicts a row, or says why not; `known` are deployments that other rows describe.
pub(super) fn predict(
    cells: &Cells<'_>,
    pool: Option<Bytes>,
    models: &Models<'_>,
    known: &mut Answers<Found>,
) -> Result<Prediction, String> {
    let name = cells.get("measured_what");
    let term = MemoryTerm::of(name).ok_or_else(|| format!("{name:?} is not a term of the model"))?;
    readable(cells, term)?;
    let counts = matches!(term, MemoryTerm::Tokens | MemoryTerm::Blocks | MemoryTerm::Concurrency);
    if matches!(term, MemoryTerm::NonTorch | MemoryTerm::Context | MemoryTerm::Graphs) {
        return sized(cells, spread(constant(cells, term, models)?));
    }
    let needs = Needs { cache: needs_format(term), pool: pool.filter(|_| counts) };
    let described = Described::read(cells, needs, models, known)?;
    if counts {
        return count(cells, term, &described, pool);
    }
    if term == MemoryTerm::CacheBudget {
        return sized(cells, budget(&described)?);
    }
    sized(cells, spread(bytes(cells, term, &described)?))
}

/// Refuses rows that measure what no request describes.
fn readable(cells: &Cells<'_>, term: MemoryTerm) -> Result<(), String> {
    if cells.get("mode") == "training" {
        return Err("it was measured in training, which the training table covers".to_owned());
    }
    if term == MemoryTerm::Activations && cells.get("image_encoder") == "yes" {
        return Err("an image encoder's graph is included, which is not modelled".to_owned());
    }
    if cells.get("drafter") == "dflash" {
        return Err("its draft model is not stated".to_owned());
    }
    if cells.get("term_window") == "one group" {
        return Err("which of the cache's groups it is cannot be told".to_owned());
    }
    Ok(())
}

/// Whether a term depends on the format of the cache.
const fn needs_format(term: MemoryTerm) -> bool {
    matches!(
        term,
        MemoryTerm::Cache
            | MemoryTerm::WindowCache
            | MemoryTerm::CacheAndState
            | MemoryTerm::CacheNeeded
            | MemoryTerm::Tokens
            | MemoryTerm::Blocks
            | MemoryTerm::Concurrency
            | MemoryTerm::Activations
            | MemoryTerm::Accounted
            | MemoryTerm::Allocated
            | MemoryTerm::Process
    )
}

fn spread(known: Known<Bytes>) -> Estimated<f64> {
    Estimated::from(known).map(Bytes::as_f64)
}

fn sized(cells: &Cells<'_>, bytes: Estimated<f64>) -> Result<Prediction, String> {
    let name = cells.get("unit");
    let unit = unit(name).ok_or_else(|| format!("{name:?} is no unit of memory"))?;
    Ok(Prediction { in_unit: bytes.value / unit, bytes, given: None })
}

/// Terms that are sizes.
fn bytes(cells: &Cells<'_>, term: MemoryTerm, d: &Described) -> Result<Known<Bytes>, String> {
    let context = || d.context.ok_or_else(|| "the context is not stated".to_owned());
    let any = d.context.unwrap_or(ANY_CONTEXT);
    let at = |tokens: u64| -> Result<MemoryEstimate, String> {
        Ok(d.resolved.memory_model().estimate(&d.workload(tokens)?))
    };
    let on_vllm = d.resolved.engine().engine() == Engine::Vllm;
    Ok(match term {
        MemoryTerm::Weights | MemoryTerm::File | MemoryTerm::HostWeights => weights(cells, term, d)?,
        MemoryTerm::Cache | MemoryTerm::WindowCache => {
            needs_cache(d)?;
            cache(cells, d, context()?)?
        }
        MemoryTerm::State => sum(&at(context()?)?, |rank| rank.state),
        MemoryTerm::CacheAndState | MemoryTerm::CacheNeeded => {
            needs_cache(d)?;
            sum(&at(context()?)?, |rank| rank.kv_cache + rank.state)
        }
        MemoryTerm::Activations if on_vllm => {
            needs_device(d)?;
            at(any)?.rank().activations
        }
        MemoryTerm::Activations => {
            all_on_device(cells)?;
            let estimate = at(context()?)?;
            if of_all(cells) { sum(&estimate, |rank| rank.activations) } else { estimate.rank().activations }
        }
        MemoryTerm::WeightsAndActivations => {
            weights_on_device(cells, d)?;
            let estimate = at(any)?;
            let rank = estimate.rank();
            rank.weights + rank.overhead.tables + rank.activations
        }
        MemoryTerm::HostBuffer => {
            all_on_device(cells)?;
            Known::exact(at(context()?)?.host.compute)
        }
        MemoryTerm::OutputBuffer => Known::exact(at(1)?.host.output),
        MemoryTerm::Accounted | MemoryTerm::Allocated | MemoryTerm::Process => total(cells, term, d)?,
        MemoryTerm::NonTorch
        | MemoryTerm::Context
        | MemoryTerm::Graphs
        | MemoryTerm::CacheBudget
        | MemoryTerm::Tokens
        | MemoryTerm::Blocks
        | MemoryTerm::Concurrency => {
            return Err("it is no size of the model".to_owned());
        }
    })
}

/// Weights: on the accelerators that the row speaks of, in the file, or on the host.
fn weights(cells: &Cells<'_>, term: MemoryTerm, d: &Described) -> Result<Known<Bytes>, String> {
    weights_on_device(cells, d)?;
    let memory = d.resolved.memory_model();
    if term == MemoryTerm::File {
        return Ok(Known::exact(memory.weights().iter().map(StageWeights::total).sum()));
    }
    let estimate = memory.estimate(&d.workload(1)?);
    if term == MemoryTerm::HostWeights {
        return Ok(Known::exact(estimate.host.weights));
    }
    let rank = estimate.rank();
    let fullest = rank.weights + rank.overhead.tables;
    Ok(if of_all(cells) { sum(&estimate, |rank| rank.weights + rank.overhead.tables) } else { fullest })
}

/// Whether a value is of all devices together.
fn of_all(cells: &Cells<'_>) -> bool {
    matches!(cells.get("term_scope"), "all" | "all devices" | "per replica")
}

/// What an engine takes for itself, whatever the model.
fn constant(cells: &Cells<'_>, term: MemoryTerm, models: &Models<'_>) -> Result<Known<Bytes>, String> {
    let parallel = cells.count(&["gpus", "n_gpus"]).is_some_and(|count| count > 1);
    let catalog = models.resolver().catalog();
    let profile = profile(cells, catalog)?;
    if profile.engine() == Engine::Ideal {
        return Err("no engine, no overhead".to_owned());
    }
    let overheads = profile.overheads();
    let context = if parallel { overheads.parallel } else { overheads.alone };
    let cluster = accelerators(cells).ok().and_then(|on| models.resolver().cluster(&on).ok());
    let shown = cluster.map_or(MemoryUse::RULES, |cluster| {
        catalog.memory_use(profile.engine().name(), &cluster.accelerator.id)
    });
    let (counted, share) =
        if term == MemoryTerm::Graphs { (overheads.graphs, shown.graphs) } else { (context, shown.outside) };
    Ok(counted.map(|bytes| bytes.fraction(share)))
}

/// The cache of all stages; with, without or only its windowed layers, as the row says.
fn cache(cells: &Cells<'_>, d: &Described, context: u64) -> Result<Known<Bytes>, String> {
    let workload = d.workload(context)?;
    let memory = d.resolved.memory_model();
    let window = |kind: CacheKind| matches!(kind, CacheKind::Window(_) | CacheKind::Chunk(_));
    let all = sum(&memory.estimate(&workload), |rank| rank.kv_cache);
    let windowed = || memory.cache_of(&workload, window);
    Ok(match cells.get("term_window") {
        "window only" => Known::exact(windowed()),
        "without window" => Known::exact(all.value.saturating_sub(windowed())),
        _ => all,
    })
}

/// Everything, as far as the term counts it.
fn total(cells: &Cells<'_>, term: MemoryTerm, d: &Described) -> Result<Known<Bytes>, String> {
    weights_on_device(cells, d)?;
    let memory = d.resolved.memory_model();
    if let EngineRules::Vllm(rules) = &d.resolved.engine().rules {
        // The pool fills the budget, whatever the model.
        needs_device(d)?;
        let estimate = memory.estimate(&d.workload(1)?);
        // What the driver keeps for itself counts as used.
        let kept =
            if d.resolved.options().visible_memory.is_some() { Known::ZERO } else { rules.driver_reserve };
        return Ok(Known::exact(estimate.rank().limit()) + kept);
    }
    needs_cache(d)?;
    let context = d.context.ok_or_else(|| "the context is not stated".to_owned())?;
    Ok(sum(&memory.estimate(&d.workload(context)?), |rank| {
        let held = rank.weights + rank.kv_cache + rank.state + rank.activations;
        if term == MemoryTerm::Process { held + rank.overhead.context } else { held }
    }))
}

fn sum(estimate: &MemoryEstimate, part: impl Fn(&RankMemory) -> Known<Bytes>) -> Known<Bytes> {
    estimate.stages.iter().map(part).sum()
}

fn all_on_device(cells: &Cells<'_>) -> Result<(), String> {
    if cells.first(&["layers_on_device", "experts_on_host"]).is_some() {
        return Err("part of the weights stay on the host, and how many is not stated".to_owned());
    }
    Ok(())
}

fn weights_on_device(cells: &Cells<'_>, d: &Described) -> Result<(), String> {
    all_on_device(cells)?;
    if d.states.weights { Ok(()) } else { Err("the weights' format is not stated".to_owned()) }
}

fn needs_cache(d: &Described) -> Result<(), String> {
    if d.states.cache { Ok(()) } else { Err("the cache's format is not stated".to_owned()) }
}

fn needs_device(d: &Described) -> Result<(), String> {
    if d.states.device { Ok(()) } else { Err("the accelerator is not stated".to_owned()) }
}

/// What is left for the cache; less than nothing where the engine refuses to start.
fn budget(d: &Described) -> Result<Estimated<f64>, String> {
    let EngineRules::Vllm(rules) = &d.resolved.engine().rules else {
        return Err("the share of the device is not stated".to_owned());
    };
    if !d.states.weights {
        return Err("the weights' format is not stated".to_owned());
    }
    needs_device(d)?;
    let estimate = d.resolved.memory_model().estimate(&d.workload(d.context.unwrap_or(ANY_CONTEXT))?);
    let rank = estimate.rank();
    let taken = rank.weights + rank.overhead.tables + rank.activations + rank.overhead.context;
    if rank.pool.value > Bytes::ZERO {
        return Ok(spread(rank.pool));
    }
    let memory = d.resolved.cluster().accelerator.memory;
    let options = d.resolved.options();
    let visible = options.visible_memory.unwrap_or(memory.saturating_sub(rules.driver_reserve.value));
    let share = visible.as_f64() * options.memory_share.unwrap_or(rules.memory_share);
    let left = |taken: Bytes| (share - taken.as_f64()).floor();
    Ok(Estimated {
        value: left(taken.value),
        low: Some(left(taken.high)),
        high: Some(left(taken.low)),
        basis: Basis::Fitted,
    })
}

/// Blocks, tokens and requests of a pool.
fn count(
    cells: &Cells<'_>,
    term: MemoryTerm,
    d: &Described,
    pool: Option<Bytes>,
) -> Result<Prediction, String> {
    if d.resolved.engine().engine() != Engine::Vllm {
        return Err("the share of the device is not stated".to_owned());
    }
    if cells.get("drafter") == "mtp" && cells.count(&["draft_tokens"]).is_none() {
        return Err("drafts are on, and how many tokens are drafted is not stated".to_owned());
    }
    needs_cache(d)?;
    let context = match (d.context, term) {
        (Some(context), _) => context,
        (None, MemoryTerm::Blocks) => ANY_CONTEXT,
        (None, _) => {
            d.resolved.model.model.max_context.ok_or_else(|| "the context is not stated".to_owned())?
        }
    };
    if pool.is_none() {
        weights_on_device(cells, d)?;
        needs_device(d)?;
    }
    let estimate = d.resolved.memory_model().estimate(&d.workload(context)?);
    let report = estimate.pool.as_ref().ok_or("the engine has no pool")?;
    let in_unit = match term {
        MemoryTerm::Blocks => report.blocks.value as f64,
        MemoryTerm::Tokens => report.printed_tokens.value as f64,
        _ => report.concurrency(),
    };
    Ok(Prediction { in_unit, bytes: spread(report.bytes), given: pool.map(|_| "kv_cache_budget") })
}
