//! `slipstick engines`: serving engines and what each supports.

mod request;

pub use request::EnginesRequest;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::{Catalog, engines::EngineEntry};
use slipstick_core::{engine::Engine, names::normalise};

use super::catalogue::pedigree;
use crate::{
    Answered, ApiError,
    report::{self, Report, Shown},
    view::{Block, Cell, Tone, View},
};

/// `slipstick engines`: the list, or one engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum EnginesReport {
    /// The list.
    List(EnginesList),
    /// One engine.
    One {
        /// The engine.
        engine: Box<EngineRow>,
    },
}

impl Report for EnginesReport {
    const COMMAND: &'static str = "engines";
    const ROWS: Option<&'static str> = Some("engines");
}

/// Serving engines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct EnginesList {
    /// How many there are.
    pub total: usize,
    /// The engines, the modelled ones first.
    pub engines: Vec<EngineRow>,
}

/// A serving engine and what it supports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct EngineRow {
    /// The name to type.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub maker: String,
    /// Its licence.
    pub licence: String,
    /// Server, library, app, orchestrator over other engines, or a model of one.
    pub kind: String,
    /// The engine whose profile memory and time are estimated with, if one holds for it.
    pub modelled: Option<String>,
    /// The versions that the profile is known for.
    pub profiles: Vec<String>,
    /// Makers and kinds of accelerators.
    pub accelerators: Vec<String>,
    /// Formats of weights and of their files.
    pub weight_formats: Vec<String>,
    /// Formats of the cache.
    pub cache_formats: Vec<String>,
    /// Ways to use several accelerators.
    pub parallelism: Vec<String>,
    /// What it does beyond computing.
    pub features: Vec<String>,
    /// Keys of the sources.
    pub sources: Vec<String>,
    /// The day the sources were read.
    pub seen: String,
    /// How far to trust the row.
    pub confidence: &'static str,
    /// The layer of the catalogue it stands in.
    pub layer: String,
    /// What to know about it.
    pub note: String,
}

const COLUMNS: &[Shown<EngineRow>] = &[
    Shown::new("id", "id"),
    Shown::new("licence", "licence").priority(6),
    Shown::new("kind", "kind").priority(4),
    Shown::new("modelled", "modelled")
        .priority(1)
        .cell(|row| Cell::toned(row.modelled.as_deref().unwrap_or(""), Tone::Good)),
    Shown::new("accelerators", "accelerators").priority(2),
    Shown::new("weight_formats", "weights").priority(3),
    Shown::new("parallelism", "parallelism").priority(2),
    Shown::new("features", "features").priority(5),
];

/// Lists engines, or shows one in full.
///
/// # Errors
/// If the engine is not known.
pub fn engines(request: &EnginesRequest, catalog: &Catalog) -> Result<Answered<EnginesReport>, ApiError> {
    let entries = catalog.engines();
    if let Some(name) = &request.name {
        let wanted = normalise(name);
        let is_it =
            |entry: &&EngineEntry| [&entry.id, &entry.name].iter().any(|own| normalise(own) == wanted);
        let Some(entry) = entries.iter().copied().find(is_it) else {
            let ids = entries.iter().map(|entry| entry.id.as_str());
            return Err(ApiError::unknown("engine.unknown", "engine", name, ids).at("NAME"));
        };
        return Ok(Answered::new(
            EnginesReport::One { engine: Box::new(row(entry, catalog)) },
            full(entry, catalog),
        ));
    }
    let engines: Vec<EngineRow> = entries.iter().map(|entry| row(entry, catalog)).collect();
    let mut view = View::new(format!("{} engines", engines.len()));
    view.push(Block::Table(report::table(&engines, COLUMNS)));
    view.note("modelled: the profile that memory and time are estimated with; slipstick engines NAME shows one in full");
    Ok(Answered::new(EnginesReport::List(EnginesList { total: engines.len(), engines }), view))
}

fn row(entry: &EngineEntry, catalog: &Catalog) -> EngineRow {
    EngineRow {
        id: entry.id.clone(),
        name: entry.name.clone(),
        maker: entry.maker.clone(),
        licence: entry.licence.clone(),
        kind: entry.kind.clone(),
        modelled: entry.modelled.clone(),
        profiles: versions(entry, catalog),
        accelerators: entry.accelerators.clone(),
        weight_formats: entry.weight_formats.clone(),
        cache_formats: entry.cache_formats.clone(),
        parallelism: entry.parallelism.clone(),
        features: entry.features.clone(),
        sources: entry.origin.sources.clone(),
        seen: entry.origin.seen.as_str().to_owned(),
        confidence: entry.origin.confidence.name(),
        layer: entry.origin.layer.to_string(),
        note: entry.note.clone(),
    }
}

/// The versions that a profile is known for.
fn versions(entry: &EngineEntry, catalog: &Catalog) -> Vec<String> {
    let engine = entry.modelled.as_deref().and_then(|name| name.parse::<Engine>().ok());
    let profiles = engine.map(|engine| catalog.profiles(engine)).unwrap_or_default();
    profiles.iter().map(|known| known.profile.version.clone()).filter(|version| !version.is_empty()).collect()
}

fn full(entry: &EngineEntry, catalog: &Catalog) -> View {
    let mut view = View::new(format!("{} ({})", entry.name, entry.id));
    let modelled = match (&entry.modelled, versions(entry, catalog).as_slice()) {
        (None, _) => "no".to_owned(),
        (Some(name), []) => format!("as {name}"),
        (Some(name), versions) => format!("as {name}, from versions {}", versions.join(", ")),
    };
    view.pairs([
        ("maker", entry.maker.clone()),
        ("kind", entry.kind.clone()),
        ("licence", entry.licence.clone()),
        ("modelled", modelled),
        ("accelerators", entry.accelerators.join(", ")),
        ("weights", entry.weight_formats.join(", ")),
        ("cache", entry.cache_formats.join(", ")),
        ("parallelism", entry.parallelism.join(", ")),
        ("features", entry.features.join(", ")),
        ("source", pedigree(&entry.origin)),
        ("trust", format!("{}, seen {}", entry.origin.confidence, entry.origin.seen)),
    ]);
    if !entry.note.is_empty() {
        view.note(entry.note.clone());
    }
    view
}
