//! From a deployment request to a scenario: everything checked, every default made visible.

use slipstick_catalog::Catalog;
use slipstick_core::{
    basis::Basis,
    engine::{Engine, EngineOptions, EngineProfile},
    estimate::{compute, memory},
    hardware::{AcceleratorClass, Calibration, Cluster},
    numeric::{CacheFormat, Format},
    ops::{LoweredModel, Lowering, lower},
    plan::{Degrees, Plan, StageWeights},
    units::show::grouped,
};

use super::{ResolvedModel, Unknown, WeightFormats, hardware, model};
use crate::{
    ApiError, World,
    request::{Count, DeploymentRequest, cache_format, format_name},
};

/// A default that stood in for something the request left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Default {
    /// The flag that would have said it.
    pub flag: &'static str,
    /// What was taken.
    pub value: String,
    /// Why.
    pub why: String,
}

/// A deployment, resolved.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The model.
    pub model: ResolvedModel,
    /// The formats of its weights.
    pub formats: WeightFormats,
    /// Their name.
    pub formats_name: String,
    /// The cache's format.
    pub cache: CacheFormat,
    /// The accelerators.
    pub cluster: Cluster,
    /// The layout.
    pub plan: Plan,
    /// The engine's memory rules.
    pub profile: EngineProfile,
    /// What the request sets differently.
    pub options: EngineOptions,
    /// What the chip reaches under the engine.
    pub calibration: Calibration,
    /// The weights of every pipeline stage.
    pub stages: Vec<StageWeights>,
    /// The defaults that were taken.
    pub defaults: Vec<Default>,
}

impl Scenario {
    /// Resolves a request.
    ///
    /// # Errors
    /// If anything it names is unknown, or its parts contradict each other.
    pub fn resolve(
        request: &DeploymentRequest,
        catalog: &Catalog,
        world: &dyn World,
    ) -> Result<Self, ApiError> {
        let model = model(&request.model, Unknown::allowed(request.allow_unknown), catalog, world)?;
        Self::with_model(model, request, catalog, world)
    }

    /// Resolves a request whose model is already read.
    ///
    /// # Errors
    /// As [`Scenario::resolve`].
    pub fn with_model(
        model: ResolvedModel,
        request: &DeploymentRequest,
        catalog: &Catalog,
        world: &dyn World,
    ) -> Result<Self, ApiError> {
        let cluster = hardware::cluster(&request.on, catalog, world)?;
        Self::on_cluster(model, cluster, request, catalog)
    }

    /// Resolves a request whose model is already read and whose hardware is already known.
    ///
    /// # Errors
    /// As [`Scenario::resolve`].
    pub fn on_cluster(
        model: ResolvedModel,
        cluster: Cluster,
        request: &DeploymentRequest,
        catalog: &Catalog,
    ) -> Result<Self, ApiError> {
        let mut defaults = Vec::new();
        let profile = engine(request.engine.as_deref(), &cluster, catalog, &mut defaults)?;
        let (formats, formats_name) = model.formats_as(request.quant.as_deref(), catalog)?;
        let cache = cache(request.kv_dtype.as_deref(), &model, catalog, &mut defaults)?;
        let plan = layout(request, &model, &cluster, &mut defaults)?;
        let options = options(request)?;
        let asked = request.engine.as_deref().and_then(|engine| engine.split_once('@'));
        let version = asked.map_or(profile.version.as_str(), |(_, version)| version);
        let calibration = catalog.calibration(&cluster.accelerator, profile.engine().name(), Some(version));
        let stages = plan.stage_weights(&model.model, &formats);
        Ok(Self {
            model,
            formats,
            formats_name,
            cache,
            cluster,
            plan,
            profile,
            options,
            calibration,
            stages,
            defaults,
        })
    }

    /// The deployment as the memory estimate takes it.
    pub fn memory_model(&self) -> memory::MemoryModel<'_> {
        memory::MemoryModel::new(memory::Deployment {
            model: &self.model.model,
            weights: &self.stages,
            plan: self.plan,
            cache: self.cache,
            memory: self.cluster.accelerator.memory,
            device: &self.cluster.accelerator.name,
            profile: &self.profile,
            options: &self.options,
        })
    }

    /// The model as operators on one rank.
    pub fn lowered(&self) -> LoweredModel {
        lower(
            &self.model.model,
            &Lowering {
                rules: &self.formats,
                cache: self.cache.key,
                state_element_bytes: self.profile.state().recurrent as f64,
                plan: self.plan,
                compute: compute::compute_format,
                hardware: compute::hardware(&self.cluster.accelerator),
            },
        )
    }
}

pub(crate) fn engine(
    stated: Option<&str>,
    cluster: &Cluster,
    catalog: &Catalog,
    defaults: &mut Vec<Default>,
) -> Result<EngineProfile, ApiError> {
    let class = cluster.accelerator.class;
    let usual = match class {
        AcceleratorClass::DatacenterGpu | AcceleratorClass::ConsumerGpu | AcceleratorClass::Npu => {
            Engine::Vllm
        }
        AcceleratorClass::UnifiedMemory | AcceleratorClass::Cpu => Engine::LlamaCpp,
    };
    let Some(stated) = stated else {
        let profile = catalog.latest_profile(usual).profile.clone();
        let value = format!("{}@{}", usual.name(), profile.version);
        defaults.push(Default {
            flag: "--engine",
            value,
            why: "the usual engine of such hardware".to_owned(),
        });
        return Ok(profile);
    };
    let (name, version) = match stated.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (stated, None),
    };
    let engine: Engine = name.parse().map_err(|_| no_profile(name, catalog))?;
    match version {
        None => {
            let profile = catalog.latest_profile(engine).profile.clone();
            if engine != Engine::Ideal {
                let why = "the newest version whose rules are known".to_owned();
                defaults.push(Default {
                    flag: "--engine",
                    value: format!("{}@{}", engine.name(), profile.version),
                    why,
                });
            }
            Ok(profile)
        }
        Some(version) => {
            catalog.profile(engine, version).map(|entry| entry.profile.clone()).map_err(|error| {
                let newest = &catalog.latest_profile(engine).profile.version;
                ApiError::input("engine.version", error.to_string())
                    .at("--engine")
                    .help(format!("type --engine {} for {newest}, the newest", engine.name()))
            })
        }
    }
}

/// The refusal of an engine that has no profile: it may run on one that has, or be known and not modelled.
fn no_profile(name: &str, catalog: &Catalog) -> ApiError {
    let profiles = || Engine::ALL.iter().map(|engine| engine.name());
    let Some(known) = catalog.engine(name.trim()) else {
        return ApiError::unknown("engine.unknown", "engine", name, profiles()).at("--engine");
    };
    let (message, help) = match &known.modelled {
        Some(profile) => (
            format!("{} has no memory and time rules of its own", known.name),
            format!("it runs on {profile}: type --engine {profile}"),
        ),
        None => (
            format!("{} is known, but its memory and time are not modelled", known.name),
            format!("modelled are {}", profiles().collect::<Vec<&str>>().join(", ")),
        ),
    };
    ApiError::input("engine.not_modelled", message).at("--engine").help(help)
}

fn cache(
    stated: Option<&str>,
    model: &ResolvedModel,
    catalog: &Catalog,
    defaults: &mut Vec<Default>,
) -> Result<CacheFormat, ApiError> {
    if let Some(stated) = stated.filter(|name| !name.eq_ignore_ascii_case("auto")) {
        return cache_format(stated, catalog);
    }
    let (format, why) = match model.scheme.as_ref().and_then(|scheme| scheme.kv_cache) {
        Some(format) => (format, "the checkpoint states it"),
        None => (Format::BF16, "16 bit, as engines do unless told otherwise"),
    };
    defaults.push(Default { flag: "--kv-dtype", value: format_name(format), why: why.to_owned() });
    Ok(CacheFormat::uniform(format))
}

fn degree(flag: &'static str, count: Option<Count>) -> Result<Option<u64>, ApiError> {
    match count {
        Some(Count(0)) => Err(ApiError::input("plan.zero", "a degree of parallelism is at least 1")
            .at(flag)
            .help("leave it out for 1")),
        Some(Count(value)) if value > 1 << 20 => Err(ApiError::input(
            "plan.range",
            format!("{} ranks are more than any cluster has", grouped(value)),
        )
        .at(flag)),
        other => Ok(other.map(|count| count.0)),
    }
}

/// The layout: what is stated, and for the rest tensor parallelism within a node as far as the heads allow, pipeline
/// stages across nodes, and data parallelism for what is left.
fn layout(
    request: &DeploymentRequest,
    model: &ResolvedModel,
    cluster: &Cluster,
    defaults: &mut Vec<Default>,
) -> Result<Plan, ApiError> {
    let total = cluster.accelerators();
    let stated = [
        degree("--tp", request.tp)?,
        degree("--pp", request.pp)?,
        degree("--dp", request.dp)?,
        degree("--ep", request.ep)?,
    ];
    let [tp, pp, dp, ep] = stated;
    let ep = ep.unwrap_or(1);
    let plan = |degrees: Degrees| Plan::new(degrees, &model.model, total);
    let found = if let (Some(tp), Some(pp), Some(dp)) = (tp, pp, dp) {
        plan(Degrees { tp, pp, ep, dp })
    } else {
        let works = candidates(total, u64::from(cluster.per_node), [tp, pp, dp])
            .into_iter()
            .filter(|degrees| degrees.tp * degrees.pp * degrees.dp == total)
            .find_map(|degrees| plan(Degrees { ep, ..degrees }).ok());
        let stated = tp.unwrap_or(1).saturating_mul(pp.unwrap_or(1)).saturating_mul(dp.unwrap_or(1));
        // Nothing works: say why for the plainest choice.
        let plain = || Degrees {
            tp: tp.unwrap_or((total / stated.max(1)).max(1)),
            pp: pp.unwrap_or(1),
            dp: dp.unwrap_or(1),
            ep,
        };
        works.map_or_else(|| plan(plain()), Ok)
    };
    let found = found?;
    if total > 1 && (tp.is_none() || pp.is_none() || dp.is_none()) {
        let degrees = [("--tp", tp, found.tp()), ("--pp", pp, found.pp()), ("--dp", dp, found.dp())];
        for (flag, _, taken) in degrees.into_iter().filter(|(_, stated, _)| stated.is_none()) {
            let why = "tensor parallelism within a node, pipeline stages across nodes".to_owned();
            defaults.push(Default { flag, value: taken.to_string(), why });
        }
    }
    Ok(found)
}

/// Layouts to try, the most usual first.
fn candidates(total: u64, per_node: u64, [tp, pp, dp]: [Option<u64>; 3]) -> Vec<Degrees> {
    let divisors =
        |limit: u64| (1..=limit.min(total).min(4096)).rev().filter(move |d| total.is_multiple_of(*d));
    let mut all = Vec::new();
    for t in tp.map_or_else(|| divisors(per_node).collect(), |tp| vec![tp]) {
        if t == 0 || !total.is_multiple_of(t) {
            continue;
        }
        let rest = total / t;
        let nodes = total.div_ceil(per_node);
        for p in pp.map_or_else(|| vec![nodes.min(rest), 1, rest], |pp| vec![pp]) {
            if p == 0 || !rest.is_multiple_of(p) {
                continue;
            }
            let d = rest / p;
            if dp.is_none_or(|stated| stated == d) {
                all.push(Degrees { tp: t, pp: p, ep: 1, dp: d });
            }
        }
    }
    all
}

fn options(request: &DeploymentRequest) -> Result<EngineOptions, ApiError> {
    if let Some(share) = request.memory_fraction
        && !(share > 0.0 && share <= 1.0)
    {
        return Err(ApiError::input(
            "memory_fraction.range",
            format!("a memory fraction of {share} is out of range"),
        )
        .at("--memory-fraction")
        .help("give a share above 0 and at most 1, such as 0.9"));
    }
    let positive = |flag: &'static str, count: Option<Count>| match count {
        Some(Count(0)) => Err(ApiError::input("count.zero", format!("{flag} 0 lets the engine do nothing"))
            .at(flag)
            .help("give at least 1, or leave it out for the engine's own")),
        other => Ok(other.map(|count| count.0)),
    };
    Ok(EngineOptions {
        memory_share: request.memory_fraction,
        max_sequences: positive("--max-sequences", request.max_sequences)?,
        max_batched_tokens: positive("--max-batched-tokens", request.max_batched_tokens)?,
        ..EngineOptions::default()
    })
}

/// How well the calibration of a scenario is known, for readers.
pub(crate) fn calibration_note(calibration: &Calibration) -> String {
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
