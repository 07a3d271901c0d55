//! The deployment that a row describes.

use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::{Drafts, Engine, EngineOptions, EngineProfile},
    estimate::memory::{Deployment, MemoryModel},
    model::{Model, what_if::QuantRules},
    numeric::{CacheFormat, Format},
    plan::{Degrees, Plan, StageWeights},
    units::Bytes,
    workload::Workload,
};
use slipstick_import::config;

use super::{
    notes::{count_after, number_after, visible_gib},
    row::MeasuredRow,
};

/// Everything a row says, read.
#[derive(Debug)]
pub(super) struct Described {
    pub model: Model,
    pub rules: Result<QuantRules, String>,
    pub plan: Plan,
    pub weights: Vec<StageWeights>,
    pub cache: Result<CacheFormat, String>,
    pub memory: Option<Bytes>,
    pub device: String,
    pub profile: &'static EngineProfile,
    pub options: EngineOptions,
    pub context: Option<u64>,
    pub sequences: u64,
}

impl Described {
    pub(super) fn read(
        row: &MeasuredRow,
        catalog: &Catalog,
        config: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, String> {
        let profile = engine_profile(row)?;
        let model = model(row, catalog, config)?;
        let plan = plan(row, &model, profile.engine())?;
        let rules = weight_rules(row, &model);
        let weights = match &rules {
            Ok(rules) => plan.stage_weights(&model, rules),
            Err(_) => Vec::new(),
        };
        let accelerator = catalog.accelerator_by_id(&row.accelerator_id).map(|entry| &entry.accelerator);
        let visible = visible_gib(&row.notes).map(Bytes::gib_f64);
        Ok(Self {
            cache: cache_format(row),
            memory: visible.or(accelerator.map(|a| a.memory)),
            device: accelerator.map(|a| a.name.clone()).unwrap_or_default(),
            options: EngineOptions { visible_memory: visible, ..options(row) },
            context: row.context.trim().parse().ok().filter(|tokens| *tokens > 0),
            sequences: count_after(&row.batch, "n_parallel").unwrap_or(1),
            model,
            rules,
            plan,
            weights,
            profile,
        })
    }

    /// Asks about the deployment, in `cache` on accelerators of `memory`.
    pub(super) fn ask<T>(
        &self,
        cache: CacheFormat,
        memory: Bytes,
        read: impl FnOnce(&MemoryModel<'_>) -> T,
    ) -> T {
        let unknown;
        let weights = if self.weights.is_empty() {
            unknown = self.plan.stage_weights(&self.model, &slipstick_core::model::Uniform(Format::BF16));
            &unknown
        } else {
            &self.weights
        };
        read(&MemoryModel::new(Deployment {
            model: &self.model,
            weights,
            plan: self.plan,
            cache,
            memory,
            device: &self.device,
            profile: self.profile,
            options: &self.options,
        }))
    }

    /// The row's workload: every sequence fills its share of the context.
    pub(super) fn workload(&self, context: u64) -> Result<Workload, String> {
        // llama.cpp's slots share the stated context.
        let share = match self.profile.engine() {
            Engine::LlamaCpp => context.div_ceil(self.sequences),
            Engine::Vllm | Engine::SgLang | Engine::TensorRtLlm | Engine::Transformers | Engine::Ideal => {
                context
            }
        };
        Workload::full(share, self.sequences).map_err(|error| error.to_string())
    }
}

pub(super) fn engine_profile(row: &MeasuredRow) -> Result<&'static EngineProfile, String> {
    let engine = match row.engine.as_str() {
        "vllm" => Engine::Vllm,
        "sglang" => Engine::SgLang,
        "tensorrt-llm" => Engine::TensorRtLlm,
        "llama.cpp" | "ollama" | "gguf" => Engine::LlamaCpp,
        "transformers" => Engine::Transformers,
        other => return Err(format!("the engine {other:?} is not modelled")),
    };
    let shipped = Catalog::shipped();
    let version = row.version.split_whitespace().next().unwrap_or_default();
    let entry = match (engine, version) {
        (Engine::Vllm, "V0" | "V1") => shipped.profile(engine, "0.11").map_err(|error| error.to_string())?,
        // Nightly builds of spring 2026 stand between 0.20 and 0.21.
        (Engine::Vllm, "nightly") => shipped.profile(engine, "0.20").map_err(|error| error.to_string())?,
        // Logs that do not show a build are mostly old ones.
        (Engine::LlamaCpp, "") if row.engine != "ollama" => {
            shipped.profile(engine, "b3000").map_err(|error| error.to_string())?
        }
        (_, "") => shipped.latest_profile(engine),
        _ => shipped.profile(engine, version).unwrap_or_else(|_| shipped.latest_profile(engine)),
    };
    Ok(&entry.profile)
}

fn model(
    row: &MeasuredRow,
    catalog: &Catalog,
    config: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Model, String> {
    let named =
        |name: &str| catalog.find_model(name).map(|entry| entry.config.clone().into_owned().into_bytes());
    let text = Some(row.config_file.as_str()).filter(|file| !file.is_empty()).and_then(config);
    let stem = row.config_file.trim_end_matches(".json").replace("--", "/");
    let text = text
        .or_else(|| Some(stem.as_str()).filter(|name| !name.is_empty()).and_then(named))
        .or_else(|| Some(row.model_id.as_str()).filter(|name| !name.is_empty()).and_then(named))
        // Instruction-tuned versions have the base model's architecture.
        .or_else(|| named(&format!("{}-Instruct", row.model_id)));
    let text = text.ok_or_else(|| format!("no configuration of {:?} is at hand", row.model))?;
    config::import(&text).map(|imported| imported.model).map_err(|error| error.to_string())
}

fn plan(row: &MeasuredRow, model: &Model, engine: Engine) -> Result<Plan, String> {
    let count = row.n_gpus.trim().parse::<u64>().unwrap_or(1).max(1);
    let degrees = if row.notes.contains("DEP") {
        Degrees { dp: count, ep: count, ..Degrees::ONE }
    } else if row.notes.contains("pipeline parallel") || engine == Engine::LlamaCpp {
        Degrees { pp: count, ..Degrees::ONE }
    } else {
        Degrees::tensor(count)
    };
    Plan::new(degrees, model, count).map_err(|error| error.to_string())
}

fn weight_rules(row: &MeasuredRow, model: &Model) -> Result<QuantRules, String> {
    let stated = if row.precision.is_empty() { row.quant.as_str() } else { row.precision.as_str() };
    if stated.is_empty() {
        return Err("the weights' format is not stated".to_owned());
    }
    if stated.to_ascii_lowercase().contains("gguf") || row.quant.to_ascii_lowercase().contains("gguf") {
        let mix = if row.quant.contains("4-bit") {
            "q4_k_m"
        } else {
            return Err("the file's mixture is not stated".to_owned());
        };
        return Catalog::shipped()
            .quant(mix)
            .map(|quant| quant.rules(model))
            .map_err(|error| error.to_string());
    }
    // Mixtures that repositories tune themselves are taken as the public mixture of the same width.
    let plain = stated.to_ascii_lowercase().replace("_xl", "_m").replace("_l", "");
    let plain = if plain == "ud-q8_k_m" { "q8_0".to_owned() } else { plain.replace("q6_k_m", "q6_k") };
    Catalog::shipped().quant(&plain).map(|quant| quant.rules(model)).map_err(|error| error.to_string())
}

fn cache_format(row: &MeasuredRow) -> Result<CacheFormat, String> {
    match row.kv_type.trim() {
        "" => Err("the cache's format is not stated".to_owned()),
        stated => Catalog::shipped().cache_format(stated).map_err(|error| error.to_string()),
    }
}

/// Whether attention is fused, where the row tells: a quantised cache needs it.
fn flash_attention(row: &MeasuredRow) -> Option<bool> {
    if row.notes.contains("eager") {
        return Some(false);
    }
    cache_format(row).ok().filter(|cache| cache.is_quantised()).map(|_| true)
}

/// Tokens drafted by the model's own extra layer, where the notes count them.
pub(super) fn drafted(notes: &str) -> Option<u64> {
    count_after(notes, "mtp").filter(|tokens| *tokens < 16)
}

fn options(row: &MeasuredRow) -> EngineOptions {
    let drafts = count_after(&row.notes, "mtp").filter(|tokens| *tokens < 16);
    let drafts =
        drafts.map_or_else(Drafts::default, |tokens| Drafts { layers: 1, tokens, ..Drafts::default() });
    let first_engine = row.version.starts_with("V0");
    let context = row.context.trim().parse::<u64>().ok();
    EngineOptions {
        memory_share: number_after(&row.notes, "util").filter(|share| (0.05..=1.0).contains(share)),
        max_batched_tokens: count_after(&row.notes, "max_num_batched_tokens")
            // The first engine profiled one prompt of the longest context.
            .or(if first_engine { Some(context.unwrap_or(8192).max(2048)) } else { None }),
        max_sequences: if first_engine { Some(256) } else { None },
        micro_batch: count_after(&row.batch, "ubatch").or(count_after(&row.batch, "ub")),
        drafts,
        flash_attention: flash_attention(row),
        whole_windows: row.notes.contains("full-size SWA").then_some(true),
        ..EngineOptions::default()
    }
}
