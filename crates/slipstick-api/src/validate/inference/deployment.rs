//! The deployment that a measured run describes.

use std::{collections::BTreeMap, rc::Rc};

use slipstick_catalog::{Catalog, engines};
use slipstick_core::{
    engine::{Engine, EngineOptions},
    hardware::{Accelerator, Cluster},
    model::Model,
    numeric::{CacheFormat, Format},
    plan::{Degrees, Plan},
};
use slipstick_import::config;

use super::row::{MeasuredRun, count};

/// Configurations that were read, by file.
pub(super) struct Models<'a> {
    config: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    read: BTreeMap<String, Result<Rc<Model>, String>>,
}

impl<'a> Models<'a> {
    pub(super) fn new(config: &'a dyn Fn(&str) -> Option<Vec<u8>>) -> Self {
        Self { config, read: BTreeMap::new() }
    }

    /// The model of a run: its configuration file, else the catalogue's under the repository's name.
    pub(super) fn of(&mut self, run: &MeasuredRun, catalog: &Catalog) -> Result<Rc<Model>, String> {
        let key = if run.config_file.is_empty() { &run.model_id } else { &run.config_file };
        if key.is_empty() {
            return Err("the model is not known".to_owned());
        }
        if let Some(known) = self.read.get(key) {
            return known.clone();
        }
        let text = (self.config)(&run.config_file)
            .or_else(|| catalog.find_model(&run.model_id).map(|entry| entry.config.as_bytes().to_vec()));
        let model = match text {
            None => Err(format!("there is no configuration {key:?}")),
            Some(text) => config::import(&text)
                .map(|imported| Rc::new(imported.model))
                .map_err(|error| error.to_string()),
        };
        self.read.insert(key.clone(), model.clone());
        model
    }
}

/// A number after a word in remarks, such as `moe_tp 4`.
fn noted(notes: &str, word: &str) -> Option<u64> {
    let rest = notes.split(word).nth(1)?;
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|value| *value > 0)
}

/// The layout of a run. Remarks that split experts over more ranks than the columns name are right about the ranks: a
/// model whose experts are split in four runs on four accelerators.
pub(super) fn plan(
    run: &MeasuredRun,
    model: &Model,
    accelerator: &Accelerator,
) -> Result<(Plan, Cluster), String> {
    let stated = count(&run.n_gpus);
    let pp = count(&run.pp).unwrap_or(1);
    let attention = noted(&run.notes, "attention_dp").unwrap_or(1);
    let mut tp = count(&run.tp).or_else(|| Some(stated? / (pp * attention).max(1))).unwrap_or(1).max(1);
    let mut ranks = stated.unwrap_or(tp * pp * attention);
    if let (Some(moe_tp), Some(moe_ep)) = (noted(&run.notes, "moe_tp"), noted(&run.notes, "moe_ep"))
        && moe_tp * moe_ep > tp * attention
    {
        tp = (moe_tp * moe_ep / attention).max(1);
        ranks = tp * attention * pp;
    }
    let group = tp * pp;
    if group == 0 || !ranks.is_multiple_of(group) {
        return Err(format!("{ranks} accelerators are no multiple of tp {tp} x pp {pp}"));
    }
    let dp = ranks / group;
    let has_experts = model.weights().any(|weight| weight.role.is_expert());
    let ep = if has_experts { count(&run.ep).unwrap_or(1).min(tp * dp) } else { 1 };
    let plan = Plan::new(Degrees { tp, pp, ep, dp }, model, ranks).map_err(|error| error.to_string())?;
    let domain = u64::from(accelerator.node_size.max(accelerator.domain_size).max(1));
    let per_node = u32::try_from(ranks.min(domain)).map_err(|_| "too many accelerators".to_owned())?;
    let nodes =
        u32::try_from(ranks.div_ceil(u64::from(per_node))).map_err(|_| "too many nodes".to_owned())?;
    Ok((plan, Cluster::new(accelerator.clone(), per_node, nodes)))
}

/// The weights' formats.
pub(super) fn formats(
    run: &MeasuredRun,
    model: &Model,
) -> Result<slipstick_core::model::what_if::QuantRules, String> {
    let name = run.precision.trim();
    if name.is_empty() {
        return Err("the weights' format is not known".to_owned());
    }
    // EXL2 states its own average rate.
    if let Some(rate) = name.strip_prefix("exl2-").and_then(|rate| rate.strip_suffix("bpw")) {
        let bits: f64 = rate.parse().map_err(|_| format!("{name:?} is no known weight format"))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the range first"
        )]
        let centibits = (bits * 100.0).clamp(100.0, 3200.0) as u16;
        return Ok(slipstick_core::model::what_if::Quant::Linear(Format::Average { centibits }).rules(model));
    }
    Catalog::shipped().quant(name).map(|quant| quant.rules(model)).map_err(|error| error.to_string())
}

/// The cache's format: 16 bit unless the run says otherwise.
pub(super) fn cache(run: &MeasuredRun) -> CacheFormat {
    Catalog::shipped().cache_format(run.precision_kv.trim()).unwrap_or(CacheFormat::uniform(Format::BF16))
}

/// The engine whose memory rules and limits hold, and the name that calibrations go by.
pub(super) fn engine(run: &MeasuredRun) -> Result<(&'static engines::ProfileEntry, &str), String> {
    let name = run.engine.trim();
    let engine = match name {
        "" => return Err("the engine is not known".to_owned()),
        "ollama" => Engine::LlamaCpp,
        other => other.parse().unwrap_or(Engine::Ideal),
    };
    Ok((Catalog::shipped().latest_profile(engine), name))
}

/// Benchmarks give the engine nearly all of the memory.
const BENCHMARK_MEMORY_SHARE: f64 = 0.95;

/// Engine settings that benchmarks of serving use: enough sequences for their concurrency, and nearly all memory.
pub(super) fn options(concurrency: u64) -> EngineOptions {
    EngineOptions {
        max_sequences: Some(concurrency.max(256)),
        memory_share: Some(BENCHMARK_MEMORY_SHARE),
        ..EngineOptions::default()
    }
}
