//! The engine that a request means, and its rules.

use std::sync::Arc;

use slipstick_catalog::{Catalog, engines::EngineEntry};
use slipstick_core::{
    engine::{Engine, EngineProfile},
    hardware::{AcceleratorClass, Cluster},
    model::what_if::Quant,
};

use super::{Assumption, ResolvedModel};
use crate::ApiError;

/// An engine as a request names it, with the rules that hold for it.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineChoice {
    /// Its name, by which calibrations go: not always that of the rules, since some engines run on another.
    pub name: String,
    /// The version that was asked for, or that of the rules.
    pub version: String,
    /// The rules of its memory and limits.
    pub profile: Arc<EngineProfile>,
    /// What a reader should know of them.
    pub warning: Option<String>,
    /// What the catalogue says of it.
    pub known: Option<EngineEntry>,
}

impl EngineChoice {
    fn of(profile: Arc<EngineProfile>, asked: Option<&str>) -> Self {
        let name = profile.engine().name().to_owned();
        let version = asked.unwrap_or(&profile.version).to_owned();
        Self { name, version, profile, warning: None, known: None }
    }
}

/// The engine that reads weights stored as they are; none if several do.
pub(super) fn implied(model: &ResolvedModel, quant: Option<&str>, catalog: &Catalog) -> Option<Engine> {
    let is_gguf = match quant.and_then(|name| catalog.quant(name).ok()) {
        Some(quant) => matches!(quant, Quant::Mix(_)),
        None => model.stored.is_some(),
    };
    is_gguf.then_some(Engine::LlamaCpp)
}

/// What people run on a class of hardware.
const fn usual(class: AcceleratorClass) -> Engine {
    match class {
        AcceleratorClass::DatacenterGpu | AcceleratorClass::ConsumerGpu | AcceleratorClass::Npu => {
            Engine::Vllm
        }
        AcceleratorClass::UnifiedMemory | AcceleratorClass::Cpu => Engine::LlamaCpp,
    }
}

/// The engine that is named, or the usual one, with what the catalogue says of it.
pub(crate) fn engine(
    stated: Option<&str>,
    implied: Option<Engine>,
    cluster: &Cluster,
    catalog: &Catalog,
    defaults: &mut Vec<Assumption>,
) -> Result<EngineChoice, ApiError> {
    let chosen = chosen(stated, implied, cluster, catalog, defaults)?;
    let known = catalog.engine(&chosen.name).cloned();
    Ok(EngineChoice { known, ..chosen })
}

fn chosen(
    stated: Option<&str>,
    implied: Option<Engine>,
    cluster: &Cluster,
    catalog: &Catalog,
    defaults: &mut Vec<Assumption>,
) -> Result<EngineChoice, ApiError> {
    let Some(stated) = stated else {
        let (usual, why) = match implied {
            Some(implied) => (implied, "the weights are in its own format"),
            None => (usual(cluster.accelerator.class), "the usual engine of such hardware"),
        };
        let profile = Arc::clone(&catalog.latest_profile(usual).profile);
        let value = format!("{}@{}", usual.name(), profile.version);
        defaults.push(Assumption { flag: "--engine", value, why: why.to_owned() });
        return Ok(EngineChoice::of(profile, None));
    };
    let (name, version) = parts(stated);
    let Ok(engine) = name.parse::<Engine>() else { return by_another(name, version, catalog, defaults) };
    match version {
        None => {
            let profile = Arc::clone(&catalog.latest_profile(engine).profile);
            if engine != Engine::Ideal {
                defaults.push(newest(engine.name(), &profile));
            }
            Ok(EngineChoice::of(profile, None))
        }
        Some(version) => {
            versioned(engine, version, catalog).map(|profile| EngineChoice::of(profile, Some(version)))
        }
    }
}

/// Refuses an engine, or a version of one, that nobody knows.
pub(super) fn known(stated: &str, catalog: &Catalog) -> Result<(), ApiError> {
    let (name, version) = parts(stated);
    match (name.parse::<Engine>(), version) {
        (Ok(engine), Some(version)) => versioned(engine, version, catalog).map(drop),
        (Ok(_), None) => Ok(()),
        (Err(_), _) => by_another(name, version, catalog, &mut Vec::new()).map(drop),
    }
}

/// An engine's name and its version, if one is stated.
fn parts(stated: &str) -> (&str, Option<&str>) {
    stated.split_once('@').map_or((stated, None), |(name, version)| (name, Some(version)))
}

fn newest(name: &str, profile: &EngineProfile) -> Assumption {
    let why = "the newest version whose rules are known".to_owned();
    Assumption { flag: "--engine", value: format!("{name}@{}", profile.version), why }
}

fn versioned(engine: Engine, version: &str, catalog: &Catalog) -> Result<Arc<EngineProfile>, ApiError> {
    catalog.profile(engine, version).map(|entry| Arc::clone(&entry.profile)).map_err(|error| {
        let newest = &catalog.latest_profile(engine).profile.version;
        ApiError::input("engine.version", error.to_string())
            .at("--engine")
            .help(format!("type --engine {} for {newest}, the newest", engine.name()))
    })
}

/// The catalogue's row of an engine by what a person types: its id, or the beginning that only one engine's, or one server's, id has.
fn row<'a>(name: &str, catalog: &'a Catalog) -> Option<&'a EngineEntry> {
    let wanted = name.trim().to_ascii_lowercase();
    let all = catalog.engines();
    let exact = all.iter().copied().find(|entry| entry.id == wanted);
    let begins: Vec<&EngineEntry> = all.into_iter().filter(|entry| entry.id.starts_with(&wanted)).collect();
    let servers: Vec<&EngineEntry> = begins.iter().copied().filter(|entry| entry.kind == "server").collect();
    exact.or(match (begins.as_slice(), servers.as_slice()) {
        _ if wanted.is_empty() => None,
        ([only], _) | (_, [only]) => Some(only),
        _ => None,
    })
}

/// An engine without rules of its own: those of the engine it runs on, or none.
fn by_another(
    name: &str,
    version: Option<&str>,
    catalog: &Catalog,
    defaults: &mut Vec<Assumption>,
) -> Result<EngineChoice, ApiError> {
    let Some(known) = row(name, catalog) else {
        let profiles = Engine::ALL.iter().map(|engine| engine.name());
        return Err(ApiError::unknown("engine.unknown", "engine", name, profiles).at("--engine"));
    };
    let host = known.modelled.as_deref().and_then(|host| host.parse::<Engine>().ok());
    let (profile, warning) = match host {
        // Its versions are its own, not those of what it runs on.
        Some(host) => {
            let profile = Arc::clone(&catalog.latest_profile(host).profile);
            (profile, format!("{} runs on {}: its memory is by those rules", known.name, host.name()))
        }
        None => (
            Arc::new(EngineProfile::ideal()),
            format!(
                "{} has no memory rules here: weights, cache and one step's working set are counted, and nothing \
                     that it takes for itself",
                known.name
            ),
        ),
    };
    if version.is_none() && host.is_some() {
        defaults.push(newest(&known.id, &profile));
    }
    let version = version.unwrap_or(&profile.version).to_owned();
    let name = known.id.clone();
    Ok(EngineChoice { name, version, profile, warning: Some(warning), known: None })
}
