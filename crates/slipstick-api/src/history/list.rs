//! Past answers listed.

use serde_json::{Map, Value, json};

use super::Kept;
use crate::{
    Output,
    view::{Block, Cell, Column, Table, Tone, View},
};

/// The newest of the past answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Newest {
    /// Some of them with their numbers, the newest first.
    pub rows: Vec<(usize, Kept)>,
    /// How many there are.
    pub total: usize,
    /// How many lines could not be read.
    pub spoilt: usize,
}

/// The newest past answers; `place` is their file, for a note.
pub fn list(newest: &Newest, place: &str) -> Output {
    let Newest { rows, total, spoilt } = newest;
    let mut view = View::new(format!("{total} past answers"));
    let mut table = Table::new(vec![
        Column::number("#"),
        Column::text("name").priority(2),
        Column::text("when"),
        Column::text("command"),
        Column::text("answer"),
    ]);
    for (number, kept) in rows {
        let entry = &kept.entry;
        table.row([
            Cell::from(number.to_string()),
            kept.id.as_str().into(),
            Cell::toned(moment(&entry.at), Tone::Faint),
            entry.request.command().name.into(),
            Cell::toned(entry.title.as_str(), if entry.yes { Tone::Plain } else { Tone::Bad }),
        ]);
    }
    if !rows.is_empty() {
        view.push(Block::Table(table));
    }
    if *spoilt > 0 {
        view.warning(format!(
            "{spoilt} lines of {place} are left out: they are spoilt, or hold questions of another version"
        ));
    }
    view.note(format!("kept in {place}; SLIPSTICK_HISTORY=off or --no-history keeps nothing"));
    let entries: Vec<Value> = rows.iter().map(|(number, kept)| row(*number, kept)).collect();
    let document = json!({"file": place, "total": total, "unreadable_lines": spoilt, "entries": entries});
    Output::new("history", document, view)
}

fn row(number: usize, kept: &Kept) -> Value {
    let mut row = Map::new();
    row.insert("number".to_owned(), number.into());
    row.extend(fields(kept));
    Value::Object(row)
}

/// What is said of a past answer wherever it stands.
pub(super) fn fields(kept: &Kept) -> Map<String, Value> {
    let entry = &kept.entry;
    let fields = json!({
        "id": kept.id,
        "at": entry.at,
        "command": entry.request.command().name,
        "title": entry.title,
        "yes": entry.yes,
        "version": entry.version,
        "directory": entry.directory,
        "request": entry.request,
    });
    match fields {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

/// The day and the minute.
pub(super) fn moment(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}
