//! `slipstick models`: models of the catalogue.

mod counted;
mod request;

pub use counted::table as counted_table;
pub use request::ModelsRequest;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use slipstick_catalog::{Catalog, Counted, ModelEntry};
use slipstick_core::units::{
    Bytes,
    show::{grouped, scaled},
};

use super::catalogue::{counted, like, pedigree};
use crate::{
    Answered, ApiError,
    report::{self, Plain, Report, Shown},
    view::{Block, Cell, Tone, View},
};

/// `slipstick models`: the list, or one model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ModelsReport {
    /// The list.
    List(ModelsList),
    /// One model.
    One {
        /// The model.
        model: Box<ModelDetail>,
    },
}

impl Report for ModelsReport {
    const COMMAND: &'static str = "models";
    const ROWS: Option<&'static str> = Some("models");
}

/// Models of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelsList {
    /// How many there are before the list is cut.
    pub total: usize,
    /// The models.
    pub models: Vec<ModelRow>,
}

/// A model of the catalogue with its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelDetail {
    /// As in the list.
    #[serde(flatten)]
    pub row: ModelRow,
    /// Its `config.json`, reduced to what shapes the model.
    pub config: Value,
}

/// A model of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelRow {
    /// The name to type.
    pub id: String,
    /// Its name as published.
    pub name: String,
    /// Its Hugging Face repository.
    pub hf_repo: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Its architecture; none if that is not understood.
    pub model_type: Option<String>,
    /// Parameters, shared ones once: as counted, or as published where the architecture is not understood.
    pub parameters: Option<u64>,
    /// Parameters that one token meets.
    pub active_parameters: Option<u64>,
    /// Parameters as published.
    pub published_parameters: Option<u64>,
    /// Its weights in the checkpoint's own format.
    pub weights_bytes: Option<Plain<Bytes>>,
    /// That format.
    pub format: Option<String>,
    /// The longest context that it states.
    pub context_tokens: Option<u64>,
    /// Its licence, if known.
    pub licence: Option<String>,
    /// The day or month it was released, if known.
    pub released: Option<String>,
    /// What its publisher made it for: chat, base, code, vision and so on; empty where nobody said.
    pub made_for: Vec<&'static str>,
    /// Keys of the sources.
    pub sources: Vec<String>,
    /// The day the sources were read.
    pub seen: String,
    /// How far to trust the row.
    pub confidence: &'static str,
    /// The layer of the catalogue that it was read in.
    pub layer: String,
}

const COLUMNS: &[Shown<ModelRow>] = &[
    Shown::new("id", "id"),
    Shown::new("hf_repo", "repository").priority(3),
    Shown::new("model_type", "architecture").priority(2).cell(architecture),
    Shown::new("parameters", "parameters").cell(|row| count(row.parameters)),
    Shown::new("active_parameters", "active")
        .priority(1)
        .cell(|row| count(row.active_parameters.filter(|_| row.active_parameters != row.parameters))),
    Shown::new("weights_bytes", "GiB").priority(1),
    Shown::new("format", "format").priority(2),
    Shown::new("context_tokens", "context").priority(3),
    Shown::new("licence", "licence").priority(4),
];

fn architecture(row: &ModelRow) -> Cell {
    row.model_type.as_deref().map_or_else(|| Cell::toned("not understood", Tone::Warn), Cell::from)
}

fn count(parameters: Option<u64>) -> Cell {
    parameters.map_or_else(String::new, |count| scaled(count as f64)).into()
}

/// A model of the catalogue, with what its configuration says.
struct Found<'a> {
    entry: &'a ModelEntry,
    read: Option<Counted>,
}

impl<'a> Found<'a> {
    /// Shipped models were counted before; others are read now.
    fn of(entry: &'a ModelEntry) -> Self {
        Self { entry, read: entry.counted.clone().or_else(|| counted::read(entry)) }
    }
}

/// Lists models, or shows one.
///
/// # Errors
/// If the name or the column to sort by is not known.
pub fn models(request: &ModelsRequest, catalog: &Catalog) -> Result<Answered<ModelsReport>, ApiError> {
    if let Some(name) = &request.name {
        let entry = catalog.model(name).map_err(|error| {
            ApiError::input("model.not_found", error.to_string())
                .at("NAME")
                .help("slipstick models lists them all")
        })?;
        let found = Found::of(entry);
        let config = serde_json::from_str(&entry.config).unwrap_or(Value::Null);
        let model = Box::new(ModelDetail { row: found.row(), config });
        return Ok(Answered::new(ModelsReport::One { model }, full(&found)));
    }
    let found = catalog.models().into_iter().map(Found::of);
    let mut models: Vec<ModelRow> =
        found.filter(|found| admits(request, found)).map(|found| found.row()).collect();
    let total = report::arrange(&mut models, &report::heads(COLUMNS), &request.page)?;
    let mut view = View::new(format!("{} models", counted(models.len(), total)));
    view.push(Block::Table(report::table(&models, COLUMNS)));
    view.note("weights in the checkpoint's own format; any other model is named by path or as org/name");
    Ok(Answered::new(ModelsReport::List(ModelsList { total, models }), view))
}

fn admits(request: &ModelsRequest, row: &Found<'_>) -> bool {
    let model_type = row.read.as_ref().map_or("", |read| read.model_type.as_str());
    let repo = row.entry.hf_repo.as_deref().unwrap_or("");
    let fits = match (request.max_memory, &row.read) {
        (None, _) => true,
        (Some(most), Some(read)) => read.weights.is_some_and(|weights| weights <= most.0),
        (Some(_), None) => false,
    };
    fits && like(request.like.as_deref(), &[&row.entry.id, &row.entry.name, repo, model_type])
}

impl Found<'_> {
    fn row(&self) -> ModelRow {
        let entry = self.entry;
        let read = self.read.as_ref();
        ModelRow {
            id: entry.id.clone(),
            name: entry.name.clone(),
            hf_repo: entry.hf_repo.clone(),
            aliases: entry.aliases.clone(),
            model_type: read.map(|read| read.model_type.clone()),
            parameters: read.map(|read| read.parameters).or(entry.parameters),
            active_parameters: read.map(|read| read.active_parameters).or(entry.active_parameters),
            published_parameters: entry.parameters,
            weights_bytes: read.and_then(|read| read.weights).map(Plain),
            format: read.and_then(|read| read.weights_format.clone()),
            context_tokens: read.and_then(|read| read.context_tokens),
            licence: entry.licence.clone(),
            released: entry.released.clone(),
            made_for: entry.purposes.iter().map(|purpose| purpose.name()).collect(),
            sources: entry.origin.sources.clone(),
            seen: entry.origin.seen.as_str().to_owned(),
            confidence: entry.origin.confidence.name(),
            layer: entry.origin.layer.to_string(),
        }
    }
}

/// When a model was released, with who says so.
fn released(entry: &ModelEntry) -> String {
    let known = entry.released.as_deref().zip(entry.released_source.as_deref());
    known.map_or_else(
        || "not stated".to_owned(),
        |(day, source)| {
            let title = slipstick_catalog::source(source).map_or(source, |source| source.title);
            format!("{day} ({title})")
        },
    )
}

/// What a model is made for, with who says so.
fn made_for(entry: &ModelEntry) -> String {
    let Some(source) = entry.purpose_source.as_deref() else { return "not stated".to_owned() };
    let purposes: Vec<&str> = entry.purposes.iter().map(|purpose| purpose.name()).collect();
    let title = slipstick_catalog::source(source).map_or(source, |source| source.title);
    format!("{} ({title})", purposes.join(", "))
}

fn full(row: &Found<'_>) -> View {
    let entry = row.entry;
    let mut view = View::new(format!("{} ({})", entry.name, entry.id));
    let published = match (entry.parameters, &entry.parameters_source) {
        (Some(count), Some(source)) => {
            let title = slipstick_catalog::source(source).map_or(source.as_str(), |source| source.title);
            format!("{} ({title})", grouped(count))
        }
        (Some(count), None) => grouped(count),
        (None, _) => "not known".to_owned(),
    };
    let counted = row.read.as_ref().map_or("the architecture is not understood".to_owned(), |read| {
        format!("{}, {} active a token", grouped(read.parameters), grouped(read.active_parameters))
    });
    let weights =
        row.read.as_ref().map_or(String::new(), |read| match (read.weights, &read.weights_format) {
            (Some(weights), Some(format)) => format!("{:.2} GiB as {format}", weights.as_gib()),
            _ => "a format that is not understood".to_owned(),
        });
    view.pairs([
        ("repository", entry.hf_repo.clone().unwrap_or_else(|| "none".to_owned())),
        ("also called", entry.aliases.join(", ")),
        ("parameters", counted),
        ("published", published),
        ("weights", weights),
        ("made for", made_for(entry)),
        ("licence", entry.licence.clone().unwrap_or_else(|| "see the repository".to_owned())),
        ("released", released(entry)),
        ("source", pedigree(&entry.origin)),
        (
            "trust",
            format!("{}, seen {}, {} layer", entry.origin.confidence, entry.origin.seen, entry.origin.layer),
        ),
    ]);
    view.note(format!("slipstick model {} takes it apart", entry.id));
    view
}
