//! One row's prediction.

use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::{Engine, EngineOptions, EngineRules},
    estimate::memory::{MemoryEstimate, RankMemory},
    model::{Mixer, Model, Span},
    numeric::{CacheFormat, Format},
    plan::StageWeights,
    units::Bytes,
};

use super::{
    deployment::{Described, drafted, engine_profile},
    row::{MeasuredRow, Term},
};

/// A device large enough not to matter, for terms that do not depend on it.
const ANY: Bytes = Bytes::gib(1 << 20);

/// A predicted value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prediction {
    pub in_unit: f64,
    pub bytes: Option<i64>,
    pub given: Option<&'static str>,
}

/// The pool that another row of the same run states.
pub(super) fn sibling_pool(row: &MeasuredRow, all: &[MeasuredRow]) -> Option<Bytes> {
    let same = |other: &&MeasuredRow| {
        other.measured_what == "kv_cache_budget"
            && other.value > 0.0
            && other.source == row.source
            && other.model == row.model
            && other.context == row.context
            && other.kv_type == row.kv_type
            && other.n_gpus == row.n_gpus
            && other.version == row.version
    };
    let found = all.iter().find(same)?;
    unit(&found.unit).map(|unit| Bytes::ceil(found.value * unit))
}

/// Predicts a row, or says why not.
pub(super) fn predict(
    row: &MeasuredRow,
    pool: Option<Bytes>,
    catalog: &Catalog,
    config: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Prediction, String> {
    let term = Term::of(&row.measured_what)
        .ok_or_else(|| format!("{:?} is not a term of the model", row.measured_what))?;
    if row.notes.contains("train ") {
        return Err("it was measured in training, which the training table covers".to_owned());
    }
    if row.notes.contains("vision graph") {
        return Err("an image encoder's graph is included, which is not modelled".to_owned());
    }
    if matches!(row.engine.as_str(), "torch" | "pycuda") {
        return Err("a bare context is no engine".to_owned());
    }
    if let Some(constant) = constant(row, term)? {
        return signed(row, constant.get().cast_signed());
    }
    let described = Described::read(row, catalog, config)?;
    match term {
        Term::Tokens | Term::Blocks | Term::Concurrency => counts(row, term, &described, pool),
        Term::CacheBudget => signed(row, budget(&described)?),
        _ => signed(row, bytes(row, term, &described)?.get().cast_signed()),
    }
}

/// Terms that an engine's profile states whatever the model.
fn constant(row: &MeasuredRow, term: Term) -> Result<Option<Bytes>, String> {
    if !matches!(term, Term::NonTorch | Term::Context | Term::Graphs) {
        return Ok(None);
    }
    let many = row.n_gpus.trim().parse::<u64>().is_ok_and(|count| count > 1);
    let profile = engine_profile(row)?;
    if profile.engine() == Engine::Ideal {
        return Err("no engine, no overhead".to_owned());
    }
    let overheads = profile.overheads();
    let context = if many { overheads.parallel } else { overheads.alone };
    Ok(Some(if term == Term::Graphs { overheads.graphs.value } else { context.value }))
}

fn unit(name: &str) -> Option<f64> {
    match name.split_whitespace().next()? {
        "GiB" => Some(1_073_741_824.0),
        "MiB" => Some(1_048_576.0),
        "KiB" => Some(1024.0),
        "GB" => Some(1e9),
        "MB" => Some(1e6),
        "B" | "bytes" => Some(1.0),
        _ => None,
    }
}

fn signed(row: &MeasuredRow, bytes: i64) -> Result<Prediction, String> {
    let unit = unit(&row.unit).ok_or_else(|| format!("{:?} is no unit of memory", row.unit))?;
    #[expect(clippy::cast_precision_loss, reason = "sizes stay below 2^53 bytes")]
    let in_unit = bytes as f64 / unit;
    Ok(Prediction { in_unit, bytes: Some(bytes), given: None })
}

/// Terms that are sizes.
fn bytes(row: &MeasuredRow, term: Term, d: &Described) -> Result<Bytes, String> {
    let engine = d.profile.engine();
    let cache = || d.cache.clone();
    let any = CacheFormat::uniform(Format::BF16);
    let context = || d.context.ok_or_else(|| "the context is not stated".to_owned());
    let at = |cache: CacheFormat, tokens: u64| -> Result<MemoryEstimate, String> {
        let workload = d.workload(tokens)?;
        Ok(d.ask(cache, d.memory.unwrap_or(ANY), |memory| memory.estimate(&workload)))
    };
    let devices =
        || if d.plan.pp() > 1 { Err("how layers are split is not stated".to_owned()) } else { Ok(()) };
    Ok(match term {
        Term::Weights => {
            devices()?;
            needs_weights(row, d)?;
            let estimate = at(any, 1)?;
            if row.n_gpus.trim() == "0" {
                return Ok(all_weights(&d.weights));
            }
            estimate.rank().weights.value + estimate.rank().overhead.tables.value
        }
        Term::File => {
            needs_weights(row, d)?;
            all_weights(&d.weights)
        }
        Term::HostWeights => {
            needs_weights(row, d)?;
            at(any, 1)?.host.weights
        }
        Term::Cache => cache_of(d, cache()?, context()?, row.engine == "ollama")?,
        Term::WindowCache => {
            let all = cache_of(d, cache()?, context()?, true)?;
            all.saturating_sub(cache_of(d, cache()?, context()?, false)?)
        }
        Term::State => sum(&at(any, context()?)?, |rank| rank.state.value),
        Term::CacheAndState | Term::CacheNeeded => {
            sum(&at(cache()?, context()?)?, |rank| rank.kv_cache.value + rank.state.value)
        }
        Term::Activations if engine == Engine::Vllm => {
            vllm_device(d)?;
            at(any, d.context.unwrap_or(2048))?.rank().activations.value
        }
        Term::Activations | Term::HostBuffer if row.notes.contains("on host") => {
            return Err(
                "weights on the host make the step's buffers larger, and how many is not stated".to_owned()
            );
        }
        Term::Activations => at(cache().unwrap_or(any), context()?)?.rank().activations.value,
        Term::WeightsAndActivations => {
            needs_weights(row, d)?;
            let estimate = at(any, d.context.unwrap_or(2048))?;
            let rank = estimate.rank();
            rank.weights.value + rank.overhead.tables.value + rank.activations.value
        }
        Term::HostBuffer => at(any, context()?)?.host.compute,
        Term::OutputBuffer => at(any, 1)?.host.output,
        Term::Accounted | Term::Allocated | Term::Process => total(row, term, d)?,
        Term::NonTorch
        | Term::Context
        | Term::Graphs
        | Term::CacheBudget
        | Term::Tokens
        | Term::Blocks
        | Term::Concurrency => {
            return Err("it is no size of the model".to_owned());
        }
    })
}

/// Everything, as far as the term counts it.
fn total(row: &MeasuredRow, term: Term, d: &Described) -> Result<Bytes, String> {
    needs_weights(row, d)?;
    if d.profile.engine() == Engine::Vllm {
        // The pool fills the budget, whatever the model.
        let memory = vllm_device(d)?;
        let estimate = d.ask(CacheFormat::uniform(Format::BF16), memory, |memory| {
            d.workload(1).map(|workload| memory.estimate(&workload))
        })?;
        // What the driver keeps for itself counts as used.
        let kept = match (&d.profile.rules, d.options.visible_memory) {
            (EngineRules::Vllm(rules), None) => rules.driver_reserve,
            _ => Bytes::ZERO,
        };
        return Ok(estimate.rank().limit() + kept);
    }
    let context = d.context.ok_or_else(|| "the context is not stated".to_owned())?;
    let workload = d.workload(context)?;
    let cache = d.cache.clone()?;
    let estimate = d.ask(cache, d.memory.unwrap_or(ANY), |memory| memory.estimate(&workload));
    Ok(sum(&estimate, |rank| {
        let held = rank.weights.value + rank.kv_cache.value + rank.state.value + rank.activations.value;
        if term == Term::Process { held + rank.overhead.context.value } else { held }
    }))
}

fn sum(estimate: &MemoryEstimate, part: impl Fn(&RankMemory) -> Bytes) -> Bytes {
    estimate.stages.iter().map(part).sum()
}

fn all_weights(stages: &[StageWeights]) -> Bytes {
    stages.iter().map(StageWeights::total).sum()
}

fn needs_weights(row: &MeasuredRow, d: &Described) -> Result<(), String> {
    if row.notes.contains("on host") || row.quant.contains("-ngl") {
        return Err("part of the weights stay on the host, and how many is not stated".to_owned());
    }
    d.rules.as_ref().map(|_| ()).map_err(Clone::clone)
}

/// A vLLM device's memory, which its limits depend on.
fn vllm_device(d: &Described) -> Result<Bytes, String> {
    d.memory.ok_or_else(|| "the accelerator is not stated".to_owned())
}

/// The cache of all stages, with or without its windowed layers.
fn cache_of(d: &Described, cache: CacheFormat, context: u64, windows: bool) -> Result<Bytes, String> {
    let workload = d.workload(context)?;
    let mut part = Described {
        model: d.model.clone(),
        rules: d.rules.clone(),
        plan: d.plan,
        weights: Vec::new(),
        cache: d.cache.clone(),
        device: d.device.clone(),
        ..*d
    };
    if !windows {
        without_windows(&mut part.model);
    }
    Ok(part.ask(cache, ANY, |memory| sum(&memory.estimate(&workload), |rank| rank.kv_cache.value)))
}

fn without_windows(model: &mut Model) {
    for layer in &mut model.layers {
        layer.mixers.retain(|mixer| {
            !matches!(mixer, Mixer::Attention(a) if matches!(a.span, Span::Window(_) | Span::Chunk(_)))
        });
    }
}

/// What is left for the cache; less than nothing where the engine refuses to start.
fn budget(d: &Described) -> Result<i64, String> {
    if d.profile.engine() != Engine::Vllm {
        return Err("the share of the device is not stated".to_owned());
    }
    d.rules.as_ref().map(|_| ()).map_err(Clone::clone)?;
    let memory = vllm_device(d)?;
    let workload = d.workload(d.context.unwrap_or(2048))?;
    let estimate = d.ask(CacheFormat::uniform(Format::BF16), memory, |model| model.estimate(&workload));
    let rank = estimate.rank();
    let left = |rank: &RankMemory| {
        let taken = rank.weights.value
            + rank.overhead.tables.value
            + rank.activations.value
            + rank.overhead.context.value;
        (share(d, memory) - taken.as_f64()).floor()
    };
    if rank.pool > Bytes::ZERO {
        return Ok(rank.pool.get().cast_signed());
    }
    #[expect(clippy::cast_possible_truncation, reason = "sizes stay below 2^53 bytes")]
    let below = left(rank) as i64;
    Ok(below)
}

/// The budget of an engine that fills a share of the device.
fn share(d: &Described, memory: Bytes) -> f64 {
    let EngineRules::Vllm(rules) = &d.profile.rules else { return memory.as_f64() };
    let visible = d.options.visible_memory.unwrap_or(memory.saturating_sub(rules.driver_reserve));
    visible.as_f64() * d.options.memory_share.unwrap_or(rules.memory_share)
}

/// Blocks, tokens and requests of a pool.
fn counts(row: &MeasuredRow, term: Term, d: &Described, pool: Option<Bytes>) -> Result<Prediction, String> {
    if d.profile.engine() != Engine::Vllm {
        return Err("the share of the device is not stated".to_owned());
    }
    if row.notes.contains("MTP") && drafted(&row.notes).is_none() {
        return Err("drafts are on, and how many tokens are drafted is not stated".to_owned());
    }
    let cache = d.cache.clone()?;
    let context = match (d.context, term) {
        (Some(context), _) => context,
        (None, Term::Blocks) => 2048,
        (None, _) => d.model.max_context.ok_or_else(|| "the context is not stated".to_owned())?,
    };
    let memory = if pool.is_some() {
        d.memory.unwrap_or(ANY)
    } else {
        d.rules.as_ref().map(|_| ()).map_err(Clone::clone)?;
        vllm_device(d)?
    };
    let given = Described {
        model: d.model.clone(),
        rules: d.rules.clone(),
        weights: d.weights.clone(),
        cache: d.cache.clone(),
        device: d.device.clone(),
        options: EngineOptions { cache_bytes: pool, ..d.options },
        ..*d
    };
    let workload = d.workload(context)?;
    let estimate = given.ask(cache, memory, |model| model.estimate(&workload));
    let report = estimate.pool.ok_or("the engine has no pool")?;
    let in_unit = match term {
        Term::Blocks => report.blocks as f64,
        Term::Tokens => report.printed_tokens as f64,
        _ => report.concurrency(),
    };
    let bytes = report.layout.block_bytes.times(report.blocks).get().cast_signed();
    Ok(Prediction { in_unit, bytes: Some(bytes), given: pool.map(|_| "kv_cache_budget") })
}
