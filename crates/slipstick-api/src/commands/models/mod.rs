//! `slipstick models`: models of the catalogue.

mod request;

pub use request::ModelsRequest;

use serde_json::{Value, json};
use slipstick_catalog::{Catalog, ModelEntry};
use slipstick_core::{
    model::{Checkpoint, Model, Uniform},
    numeric::Format,
    units::{
        Bytes,
        show::{grouped, scaled},
    },
};
use slipstick_import::{config, quantization};

use super::catalogue::{
    like, pedigree,
    sheet::{self, Field},
};
use crate::{
    ApiError, Output,
    request::format_name,
    view::{Block, Cell, Tone, View},
};

/// A model of the catalogue, with what its configuration says.
struct Row<'a> {
    entry: &'a ModelEntry,
    read: Option<Read>,
}

/// What follows from a configuration.
struct Read {
    model: Model,
    parameters: u64,
    active: u64,
    weights: Bytes,
    format: String,
}

/// Lists models, or shows one.
///
/// # Errors
/// If the name or the column to sort by is not known.
pub fn models(request: &ModelsRequest, catalog: &Catalog) -> Result<Output, ApiError> {
    let fields = fields();
    if let Some(name) = &request.name {
        let entry = catalog.model(name).map_err(|error| {
            ApiError::input("model.not_found", error.to_string())
                .at("NAME")
                .help("slipstick models lists them all")
        })?;
        let row = Row { entry, read: read(entry) };
        let mut document = sheet::object(&row, &fields);
        document.insert("config".to_owned(), serde_json::from_str(&entry.config).unwrap_or(Value::Null));
        return Ok(Output::new("models", json!({ "model": document }), full(&row)));
    }
    let rows = catalog.models().into_iter().map(|entry| Row { entry, read: read(entry) });
    let mut rows: Vec<Row<'_>> = rows.filter(|row| admits(request, row)).collect();
    let all = sheet::arrange(&mut rows, &fields, &request.page)?;
    let mut view = View::new(format!("{} models", sheet::counted(rows.len(), all)));
    view.push(Block::Table(sheet::table(&rows, &fields)));
    view.note("weights in the checkpoint's own format; any other model is named by path or as org/name");
    let document = json!({ "total": all, "models": sheet::array(&rows, &fields) });
    Ok(Output::new("models", document, view))
}

fn admits(request: &ModelsRequest, row: &Row<'_>) -> bool {
    let model_type = row.read.as_ref().map_or("", |read| read.model.model_type.as_str());
    let repo = row.entry.hf_repo.as_deref().unwrap_or("");
    let fits = match (request.max_memory, &row.read) {
        (None, _) => true,
        (Some(most), Some(read)) => read.weights <= most.0,
        (Some(_), None) => false,
    };
    fits && like(request.like.as_deref(), &[&row.entry.id, &row.entry.name, repo, model_type])
}

/// The configuration as a model; none if its architecture is not understood.
fn read(entry: &ModelEntry) -> Option<Read> {
    let value: Value = serde_json::from_str(&entry.config).ok()?;
    let model = config::import_value(&value).ok()?.model;
    let plain = Format::Plain(model.dtype);
    let (weights, format) = match quantization::parse(&value).ok()? {
        Some(scheme) => {
            let bytes = model.weight_bytes(&Checkpoint { scheme: &scheme, plain });
            (bytes, scheme.linear.map_or_else(|| scheme.method.clone(), format_name))
        }
        None => (model.weight_bytes(&Uniform(plain)), format_name(plain)),
    };
    let counted = model.parameters();
    Some(Read { parameters: counted.total, active: counted.active, weights, format, model })
}

impl Row<'_> {
    /// As counted, or as the table says where the architecture is not understood.
    fn parameters(&self) -> Option<u64> {
        self.read.as_ref().map(|read| read.parameters).or(self.entry.parameters)
    }

    fn active(&self) -> Option<u64> {
        self.read.as_ref().map(|read| read.active).or(self.entry.active_parameters)
    }
}

fn fields<'a>() -> Vec<Field<Row<'a>>> {
    vec![
        Field::text("id", |r| json!(r.entry.id), "id", 0, |r| r.entry.id.as_str().into()),
        Field::json("name", |r| json!(r.entry.name)),
        Field::text(
            "hf_repo",
            |r| json!(r.entry.hf_repo),
            "repository",
            3,
            |r| r.entry.hf_repo.as_deref().unwrap_or("").into(),
        ),
        Field::json("aliases", |r| json!(r.entry.aliases)),
        Field::text(
            "model_type",
            |r| json!(r.read.as_ref().map(|read| &read.model.model_type)),
            "architecture",
            2,
            |r| {
                r.read.as_ref().map_or(Cell::toned("not understood", Tone::Warn), |read| {
                    read.model.model_type.as_str().into()
                })
            },
        ),
        Field::number("parameters", |r| json!(r.parameters()), "parameters", 0, |r| count(r.parameters())),
        Field::number(
            "active_parameters",
            |r| json!(r.active()),
            "active",
            1,
            |r| {
                if r.active() == r.parameters() { Cell::default() } else { count(r.active()) }
            },
        ),
        Field::json("published_parameters", |r| json!(r.entry.parameters)),
        Field::number(
            "weights_bytes",
            |r| json!(r.read.as_ref().map(|read| read.weights.get())),
            "GiB",
            1,
            |r| {
                r.read
                    .as_ref()
                    .map_or_else(String::new, |read| format!("{:.1}", read.weights.as_gib()))
                    .into()
            },
        ),
        Field::text(
            "format",
            |r| json!(r.read.as_ref().map(|read| &read.format)),
            "format",
            2,
            |r| r.read.as_ref().map_or_else(String::new, |read| read.format.clone()).into(),
        ),
        Field::number(
            "context_tokens",
            |r| json!(r.read.as_ref().and_then(|read| read.model.max_context)),
            "context",
            3,
            |r| {
                r.read
                    .as_ref()
                    .and_then(|read| read.model.max_context)
                    .map_or_else(String::new, grouped)
                    .into()
            },
        ),
        Field::text(
            "licence",
            |r| json!(r.entry.licence),
            "licence",
            4,
            |r| r.entry.licence.as_deref().unwrap_or("").into(),
        ),
        Field::json("sources", |r| json!(r.entry.origin.sources)),
        Field::json("seen", |r| json!(r.entry.origin.seen.as_str())),
        Field::json("confidence", |r| json!(r.entry.origin.confidence.name())),
        Field::json("layer", |r| json!(r.entry.origin.layer.to_string())),
    ]
}

fn count(parameters: Option<u64>) -> Cell {
    parameters.map_or_else(String::new, |count| scaled(count as f64)).into()
}

fn full(row: &Row<'_>) -> View {
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
        format!("{}, {} active a token", grouped(read.parameters), grouped(read.active))
    });
    let weights = row
        .read
        .as_ref()
        .map_or(String::new(), |read| format!("{:.2} GiB as {}", read.weights.as_gib(), read.format));
    view.pairs([
        ("repository", entry.hf_repo.clone().unwrap_or_else(|| "none".to_owned())),
        ("also called", entry.aliases.join(", ")),
        ("parameters", counted),
        ("published", published),
        ("weights", weights),
        ("licence", entry.licence.clone().unwrap_or_else(|| "see the repository".to_owned())),
        ("source", pedigree(&entry.origin)),
        (
            "trust",
            format!("{}, seen {}, {} layer", entry.origin.confidence, entry.origin.seen, entry.origin.layer),
        ),
    ]);
    view.note(format!("slipstick model {} takes it apart", entry.id));
    view
}
