//! `slipstick engines`: serving engines and what each supports.

mod request;

pub use request::EnginesRequest;

use serde_json::json;
use slipstick_catalog::engines::{self as table, EngineEntry};
use slipstick_core::engine::Engine;

use super::catalogue::{
    pedigree,
    sheet::{self, Field},
};
use crate::{
    ApiError, Output,
    request::Page,
    view::{Block, Cell, Tone, View},
};

/// Lists engines, or shows one in full.
///
/// # Errors
/// If the engine is not known.
pub fn engines(request: &EnginesRequest) -> Result<Output, ApiError> {
    let mut rows: Vec<&EngineEntry> = table::engines();
    let fields = fields();
    if let Some(name) = &request.name {
        let wanted = slipstick_core::names::normalise(name);
        let found = rows.iter().find(|entry| {
            [&entry.id, &entry.name].iter().any(|known| slipstick_core::names::normalise(known) == wanted)
        });
        let Some(entry) = found else {
            let known = rows.iter().map(|entry| entry.id.as_str());
            return Err(ApiError::unknown("engine.unknown", "engine", name, known).at("NAME"));
        };
        let document = json!({ "engine": sheet::object(entry, &fields) });
        return Ok(Output::new("engines", document, full(entry)));
    }
    let all = sheet::arrange(&mut rows, &fields, &Page::default())?;
    let mut view = View::new(format!("{all} engines"));
    view.push(Block::Table(sheet::table(&rows, &fields)));
    view.note("modelled: the profile that memory and time are estimated with; slipstick engines NAME shows one in full");
    let document = json!({ "total": all, "engines": sheet::array(&rows, &fields) });
    Ok(Output::new("engines", document, view))
}

fn fields<'a>() -> Vec<Field<&'a EngineEntry>> {
    vec![
        Field::text("id", |e| json!(e.id), "id", 0, |e| e.id.as_str().into()),
        Field::json("name", |e| json!(e.name)),
        Field::json("maker", |e| json!(e.maker)),
        Field::text("licence", |e| json!(e.licence), "licence", 6, |e| e.licence.as_str().into()),
        Field::text("kind", |e| json!(e.kind), "kind", 4, |e| e.kind.as_str().into()),
        Field::text(
            "modelled",
            |e| json!(e.modelled),
            "modelled",
            1,
            |e| Cell::toned(e.modelled.as_deref().unwrap_or(""), Tone::Good),
        ),
        Field::json("profiles", |e| json!(versions(e))),
        Field::text(
            "accelerators",
            |e| json!(e.accelerators),
            "accelerators",
            2,
            |e| e.accelerators.join(" ").into(),
        ),
        Field::text(
            "weight_formats",
            |e| json!(e.weight_formats),
            "weights",
            3,
            |e| e.weight_formats.join(" ").into(),
        ),
        Field::json("cache_formats", |e| json!(e.cache_formats)),
        Field::text(
            "parallelism",
            |e| json!(e.parallelism),
            "parallelism",
            2,
            |e| e.parallelism.join(" ").into(),
        ),
        Field::text("features", |e| json!(e.features), "features", 5, |e| e.features.join(" ").into()),
        Field::json("sources", |e| json!(e.origin.sources)),
        Field::json("seen", |e| json!(e.origin.seen.as_str())),
        Field::json("confidence", |e| json!(e.origin.confidence.name())),
        Field::json("note", |e| json!(e.note)),
    ]
}

/// The versions that a profile is known for.
fn versions(entry: &EngineEntry) -> Vec<&'static str> {
    let engine = entry.modelled.as_deref().and_then(|name| name.parse::<Engine>().ok());
    let known = engine.map(table::profiles).unwrap_or_default();
    known.iter().map(|known| known.profile.version.as_str()).filter(|version| !version.is_empty()).collect()
}

fn full(entry: &EngineEntry) -> View {
    let mut view = View::new(format!("{} ({})", entry.name, entry.id));
    let modelled = match (&entry.modelled, versions(entry).as_slice()) {
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
