//! From a deployment request to a deployment: everything checked, every default made visible.

use core::fmt;
use std::sync::Arc;

use slipstick_catalog::{Catalog, calibrations::Served};
use slipstick_core::{
    basis::Basis,
    deployment::{Deployment, DeploymentError},
    engine::{Chunking, Drafts as CoreDrafts, Engine, EngineOptions, EngineProfile, Setting},
    estimate::{Prepared, memory::MemoryModel},
    hardware::{Calibration, Cluster},
    model::{FormattedModel, Layer, Mixer, what_if::Quant},
    numeric::{CacheFormat, Format},
    ops::LoweredModel,
    plan::Plan,
    speculation::Speculation,
};

use super::{
    EngineChoice, ResolvedModel,
    engine::{engine, implied},
    layout::layout,
    speculation::{Asked, Drafts, Found, MOST, Target},
};
use crate::{
    ApiError,
    request::{Count, DeploymentRequest, cache_format, format_name},
};

/// A default that stood in for something the request left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// The flag that would have said it.
    pub flag: &'static str,
    /// What was taken.
    pub value: String,
    /// Why.
    pub why: String,
}

/// What was taken and why, as a note says it.
impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.flag, self.value, self.why)
    }
}

/// A deployment request with every name looked up, checked and prepared.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The model, and what is known of its checkpoint.
    pub model: Arc<ResolvedModel>,
    /// The name of the formats of its weights.
    pub formats_name: String,
    /// The engine.
    pub engine: EngineChoice,
    /// The deployment, ready for questions.
    pub prepared: Prepared,
    /// The defaults that were taken.
    pub defaults: Vec<Assumption>,
    /// The model that drafts, as an engine finds it, if it is one of its own.
    pub draft_model: Option<String>,
    /// What the engine is not known to do.
    pub foreign: Vec<String>,
}

/// A model in the formats of its weights, and what they are called.
#[derive(Debug, Clone)]
pub(super) struct NamedFormats {
    pub(super) model: Arc<FormattedModel>,
    pub(super) name: String,
}

/// What is known of the speed of a model under an engine on accelerators.
fn calibration(
    model: &ResolvedModel,
    formats: &NamedFormats,
    cluster: &Cluster,
    (engine, plan): (&EngineChoice, Plan),
    catalog: &Catalog,
) -> Calibration {
    catalog.calibration_of(&Served {
        accelerator: &cluster.accelerator,
        engine: &engine.name,
        version: &engine.version,
        architecture: &model.fingerprint,
        format: &formats.name,
        tp: plan.tp(),
        ep: plan.ep(),
    })
}

impl Resolved {
    /// Puts a request together whose model, formats and accelerators are known.
    ///
    /// # Errors
    /// If anything else it names is unknown, or its parts contradict each other.
    pub(super) fn new(
        model: Arc<ResolvedModel>,
        formats: NamedFormats,
        cluster: Arc<Cluster>,
        request: &DeploymentRequest,
        (asked, found): (Option<Asked>, Option<Found>),
        catalog: &Catalog,
    ) -> Result<Self, ApiError> {
        let mut defaults = Vec::new();
        let implied = implied(&model, request.quant.as_deref(), catalog);
        let engine = engine(request.engine.as_deref(), implied, &cluster, catalog, &mut defaults)?;
        let eight = eight_bit_cache(&model, &engine, &cluster);
        let cache = cache(request.kv_dtype.as_deref(), &model, eight, catalog, &mut defaults)?;
        let pads = engine.known.as_ref().is_some_and(|known| known.supports("head-padding"));
        let plan = layout(request, &model.model, &cluster, pads, &mut defaults)?;
        let calibration = calibration(&model, &formats, &cluster, (&engine, plan), catalog);
        let drafts = match &asked {
            Some(asked) => {
                let target = Target {
                    model: &model,
                    formatted: &formats.model,
                    plan,
                    engine: &engine,
                    assumed: &calibration.assumed,
                    catalog,
                };
                asked.drafts(found.as_ref(), request, &target, &mut defaults)?
            }
            None => Drafts::default(),
        };
        let options = with_drafts(options(request)?, drafts.speculation.as_deref());
        always_divides(&engine, &options)?;
        let prepared = Prepared::new(Deployment {
            model: formats.model,
            plan,
            cache,
            cluster,
            engine: Arc::clone(&engine.profile),
            options,
            speculation: drafts.speculation,
            calibration: Arc::new(calibration),
        })?;
        let foreign = [unread(request, &engine, catalog), unsplit(plan, &engine)];
        let foreign = foreign.into_iter().flatten().chain(drafts.warnings).collect();
        let draft_model = found.map(|found| found.model.served.clone());
        Ok(Self { draft_model, model, formats_name: formats.name, engine, prepared, defaults, foreign })
    }

    /// Refuses a setting that the engine does not read: it would change nothing.
    ///
    /// # Errors
    /// If there is one.
    pub(super) fn reads_every_setting(&self, catalog: &Catalog) -> Result<(), ApiError> {
        let device = &self.cluster().accelerator;
        let reads = |profile: &EngineProfile, setting| profile.settings(device).contains(&setting);
        let Some(unread) = self.options().stated().find(|setting| !reads(self.engine(), *setting)) else {
            return Ok(());
        };
        let flag = flag(unread);
        let kind = if device.is_host() { "processor" } else { "device" };
        let message = format!("{} on a {kind} reads no {flag}: it would change nothing", self.engine_name());
        let others = Engine::ALL.into_iter().filter(|other| *other != Engine::Ideal);
        let others = others.filter(|other| reads(&catalog.latest_profile(*other).profile, unread));
        let others: Vec<&str> = others.map(Engine::name).collect();
        let help = match others.as_slice() {
            [] => "leave it out".to_owned(),
            engines => format!("leave it out, or choose --engine {}", engines.join(" or ")),
        };
        Err(ApiError::input("engine.unread", message).at(flag).help(help))
    }

    /// The deployment.
    pub const fn deployment(&self) -> &Deployment {
        self.prepared.deployment()
    }

    /// Its accelerators.
    pub fn cluster(&self) -> &Cluster {
        &self.deployment().cluster
    }

    /// Its layout.
    pub const fn plan(&self) -> Plan {
        self.deployment().plan
    }

    /// The format of its cache.
    pub const fn cache(&self) -> CacheFormat {
        self.deployment().cache
    }

    /// The engine's rules.
    pub fn engine(&self) -> &EngineProfile {
        &self.engine.profile
    }

    /// The engine's name.
    pub fn engine_name(&self) -> &str {
        &self.engine.name
    }

    /// The engine's name and its version, as a row says them.
    pub fn engine_version(&self) -> String {
        format!("{} {}", self.engine_name(), self.engine().version)
    }

    /// What is set differently from the engine's defaults.
    pub const fn options(&self) -> &EngineOptions {
        &self.deployment().options
    }

    /// What the chip reaches under the engine.
    pub fn calibration(&self) -> &Calibration {
        &self.deployment().calibration
    }

    /// Its memory.
    pub const fn memory_model(&self) -> &MemoryModel {
        self.prepared.memory()
    }

    /// The model as operators on one rank.
    pub const fn lowered(&self) -> &LoweredModel {
        self.prepared.lowered()
    }
}

impl From<DeploymentError> for ApiError {
    fn from(error: DeploymentError) -> Self {
        let message = error.to_string();
        match error {
            DeploymentError::Accelerators { .. } => Self::input("plan.accelerators", message).at("--tp"),
            DeploymentError::MemoryShare(_) => Self::input("memory_fraction.range", message)
                .at("--memory-fraction")
                .help("give a share above 0 and at most 1, such as 0.9"),
            DeploymentError::Zero(setting) => Self::input("count.zero", message)
                .at(flag(setting))
                .help("give at least 1, or leave it out for the engine's own"),
            DeploymentError::Sequences { setting, most, .. } => Self::input("engine.sequences", message)
                .at(flag(setting))
                .help(format!("give at most {most}, or start several servers")),
        }
    }
}

/// The flag that states a setting.
const fn flag(setting: Setting) -> &'static str {
    match setting {
        Setting::VisibleMemory => "--visible-memory",
        Setting::Towers => "--image-encoder",
        Setting::MemoryShare => "--memory-fraction",
        Setting::MaxSequences => "--max-sequences",
        Setting::MaxBatchedTokens => "--max-batched-tokens",
        Setting::BlockTokens => "--block-size",
        Setting::CacheBytes => "--cache-memory",
        Setting::Graphs => "--enforce-eager",
        Setting::MicroBatch => "--micro-batch",
        Setting::FlashAttention => "--flash-attention",
        Setting::Slots => "--slots",
        Setting::UnifiedCache => "--unified-cache",
        Setting::WholeWindows => "--whole-window-cache",
        Setting::ChunkedPrefill => "--chunked-prefill",
        Setting::PrefixCaching => "--prefix-caching",
        Setting::Drafts => "--draft-tokens",
    }
}

/// Where the weights are asked for in a format that the engine is not known to read.
fn unread(request: &DeploymentRequest, engine: &EngineChoice, catalog: &Catalog) -> Option<String> {
    let (quant, known) = (request.quant.as_deref()?, engine.known.as_ref()?);
    let lower = quant.to_ascii_lowercase();
    let word = match catalog.quant(quant) {
        Ok(Quant::Mix(_)) => "gguf",
        _ if lower == "nf4" => "bitsandbytes",
        _ => ["nvfp4", "mxfp4", "fp8", "awq", "gptq", "int8", "exl2"]
            .into_iter()
            .find(|word| lower.starts_with(word))?,
    };
    let reads = known.weight_formats.iter().any(|format| format == word || format == "any");
    (!reads).then(|| {
        let all = known.weight_formats.join(", ");
        format!("{} is not known to read weights as {quant}: it reads {all}", known.name)
    })
}

/// Where layers are divided in a way that the engine is not known to do.
fn unsplit(plan: Plan, engine: &EngineChoice) -> Option<String> {
    let known = engine.known.as_ref()?;
    let ways = [
        (plan.tp(), "--tp", &["tp", "row-split"][..]),
        (plan.pp(), "--pp", &["pp", "layer-split"]),
        (plan.ep(), "--ep", &["ep"]),
    ];
    let does =
        |words: &[&str]| known.parallelism.iter().any(|way| way == "any" || words.contains(&way.as_str()));
    let (degree, flag, _) = ways.into_iter().find(|(degree, _, words)| *degree > 1 && !does(words))?;
    let all = known.parallelism.join(", ");
    let all = if all.is_empty() { "one accelerator alone" } else { &all };
    Some(format!("{} is not known to divide a model by {flag} {degree}: it does {all}", known.name))
}

/// The cache format of engines that keep 8 bits.
const EIGHT_BITS: &str = "fp8";

/// Whether the engine keeps the cache of such a model in 8 bits there, unless told otherwise.
fn eight_bit_cache(model: &ResolvedModel, engine: &EngineChoice, cluster: &Cluster) -> bool {
    let mut mixers = model.model.layers.iter().flat_map(Layer::mixers);
    mixers.any(|mixer| matches!(mixer, Mixer::Compressed(_)))
        && engine.profile.compresses_in_eight_bits(&cluster.accelerator)
}

fn cache(
    stated: Option<&str>,
    model: &ResolvedModel,
    is_eight_bit: bool,
    catalog: &Catalog,
    defaults: &mut Vec<Assumption>,
) -> Result<CacheFormat, ApiError> {
    if let Some(stated) = stated.filter(|name| !name.eq_ignore_ascii_case("auto")) {
        return cache_format(stated, catalog);
    }
    let (format, why) = match model.scheme.as_ref().and_then(|scheme| scheme.kv_cache) {
        Some(format) => (format, "the checkpoint states it"),
        None if is_eight_bit => {
            let eight = cache_format(EIGHT_BITS, catalog)?;
            (eight.key, "the engine keeps compressed caches in 8 bits there unless told otherwise")
        }
        None => (Format::BF16, "16 bit, as engines do unless told otherwise"),
    };
    defaults.push(Assumption { flag: "--kv-dtype", value: format_name(format), why: why.to_owned() });
    Ok(CacheFormat::uniform(format))
}

pub(super) fn options(request: &DeploymentRequest) -> Result<EngineOptions, ApiError> {
    let count = |count: Option<Count>| count.map(|count| count.0);
    Ok(EngineOptions {
        memory_share: request.memory_fraction,
        visible_memory: request.visible_memory.map(|memory| memory.0),
        towers: request.image_encoder,
        max_sequences: count(request.max_sequences),
        max_batched_tokens: count(request.max_batched_tokens),
        block_tokens: count(request.block_size),
        cache_bytes: request.cache_memory.map(|memory| memory.0),
        graphs: request.enforce_eager.map(|eager| !eager),
        micro_batch: count(request.micro_batch),
        flash_attention: request.flash_attention,
        slots: count(request.slots),
        unified_cache: request.unified_cache,
        whole_windows: request.whole_window_cache,
        chunked_prefill: request.chunked_prefill,
        hold_steps: held(request)?,
        frontend: request.frontend,
        prefix_caching: request.prefix_caching,
        drafts: drafts(request)?,
        ..EngineOptions::default()
    })
}

/// More steps than any engine holds a request back for.
const MOST_HELD: f64 = 10_000.0;

/// Steps that settings hold a request back for.
fn held(request: &DeploymentRequest) -> Result<Option<f64>, ApiError> {
    let Some(steps) = request.hold_steps else { return Ok(None) };
    if (0.0..=MOST_HELD).contains(&steps) {
        return Ok(Some(steps));
    }
    let message = format!("{steps} steps are none that an engine holds a request back for");
    Err(ApiError::input("hold_steps.range", message)
        .at("--hold-steps")
        .help(format!("give 0 to {MOST_HELD}, such as 20 for TensorRT-LLM's batch_wait_timeout_iters: 20")))
}

/// Drafts by the model's own prediction layer: so many tokens beyond the current one.
fn drafts(request: &DeploymentRequest) -> Result<CoreDrafts, ApiError> {
    match request.draft_tokens {
        None | Some(Count(0)) => Ok(CoreDrafts::default()),
        Some(Count(tokens)) if tokens <= MOST => {
            Ok(CoreDrafts { layers: 1, tokens, ..CoreDrafts::default() })
        }
        Some(Count(tokens)) => {
            let message = format!("{tokens} drafted tokens are more than any engine drafts");
            Err(ApiError::input("drafts.range", message)
                .at("--draft-tokens")
                .help(format!("give at most {MOST}, such as 3")))
        }
    }
}

/// Refuses whole prompts under an engine that always divides them.
fn always_divides(engine: &EngineChoice, options: &EngineOptions) -> Result<(), ApiError> {
    if engine.profile.chunking() != Chunking::Always || options.chunked_prefill != Some(false) {
        return Ok(());
    }
    let message = format!("{} always reads prompts in parts, and cannot be told not to", engine.name);
    Err(ApiError::input("engine.always_chunked", message)
        .at("--chunked-prefill")
        .help("leave it out, or choose --engine vllm, sglang or tensorrt-llm"))
}

/// The settings with what is drafted.
fn with_drafts(options: EngineOptions, speculation: Option<&Speculation>) -> EngineOptions {
    let tokens = speculation.map_or(options.drafts.tokens, |speculation| speculation.tokens);
    EngineOptions { drafts: CoreDrafts { tokens, ..options.drafts }, ..options }
}

/// How well the calibration of a scenario is known, for readers.
pub(crate) fn calibration_note(calibration: &Calibration) -> String {
    let known = efficiencies_note(calibration);
    match calibration.level_points {
        0 => known,
        points => format!(
            "{known}; {points} measured runs of its like took {:.2} times as long, which is counted in",
            calibration.level
        ),
    }
}

/// How well the efficiencies of a pair are known.
fn efficiencies_note(calibration: &Calibration) -> String {
    match calibration.basis {
        Basis::Fitted => format!(
            "efficiencies of {} under {} {}, fitted on {} measured points",
            calibration.family, calibration.engine, calibration.version, calibration.points
        ),
        Basis::Exact | Basis::Specified => {
            "no engine: the roofline itself, which nothing real reaches".to_owned()
        }
        Basis::Assumed if calibration.points > 0 => format!(
            "efficiencies of {} under {} {}: fitted on {} measured points of other versions, so assumed and with a wider band",
            calibration.family, calibration.engine, calibration.version, calibration.points
        ),
        Basis::Measured | Basis::Assumed => format!(
            "efficiencies of {} under {} are assumed: nothing measured on that pair is in the catalogue",
            calibration.family, calibration.engine
        ),
    }
}
