//! Past answers listed, and one of them in full.

use serde_json::{Value, json};

use super::Kept;
use crate::{
    Output,
    request::Request,
    view::{Block, Cell, Column, Table, Tone, View},
};

/// The last `limit` past answers, the newest first. `place` is the file, for a note.
pub fn list(all: &[Kept], spoilt: usize, limit: usize, place: &str) -> Output {
    let rows: Vec<(usize, &Kept)> = all.iter().rev().enumerate().take(limit).collect();
    let mut view = View::new(format!("{} past answers", all.len()));
    let mut table = Table::new(vec![
        Column::number("#"),
        Column::text("name").priority(2),
        Column::text("when"),
        Column::text("command"),
        Column::text("answer"),
    ]);
    for (index, kept) in &rows {
        let entry = &kept.entry;
        table.row([
            Cell::from((index + 1).to_string()),
            kept.id.as_str().into(),
            Cell::toned(moment(&entry.at), Tone::Faint),
            entry.request.command().name.into(),
            Cell::toned(entry.title.as_str(), if entry.yes { Tone::Plain } else { Tone::Bad }),
        ]);
    }
    if !rows.is_empty() {
        view.push(Block::Table(table));
    }
    if spoilt > 0 {
        view.warning(format!("{spoilt} lines of {place} could not be read and are left out"));
    }
    view.note(format!("kept in {place}; SLIPSTICK_HISTORY=off or --no-history keeps nothing"));
    let entries: Vec<Value> = rows.iter().map(|(index, kept)| row(index + 1, kept)).collect();
    let document = json!({"file": place, "total": all.len(), "unreadable_lines": spoilt, "entries": entries});
    Output::new("history", document, view)
}

fn row(number: usize, kept: &Kept) -> Value {
    let entry = &kept.entry;
    json!({
        "number": number,
        "id": kept.id,
        "at": entry.at,
        "command": entry.request.command().name,
        "title": entry.title,
        "yes": entry.yes,
        "version": entry.version,
        "directory": entry.directory,
        "request": entry.request,
    })
}

/// The day and the minute.
pub(super) fn moment(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}

/// One past answer: its question as a scenario, and every number of the answer.
pub fn show(kept: &Kept) -> Output {
    let entry = &kept.entry;
    let mut view = View::new(entry.title.as_str());
    view.pairs([
        ("name", kept.id.clone()),
        ("when", moment(&entry.at)),
        ("program", format!("slipstick {}", entry.version)),
        ("directory", entry.directory.clone()),
    ]);
    if let Ok(text) = Request::to_toml(&entry.request) {
        view.push(Block::Code { language: "toml", text });
    }
    let mut table = Table::new(vec![Column::text("number"), Column::number("value")]);
    for (name, value) in super::compare::numbers(&entry.document) {
        table.row([name, super::compare::shown(value)]);
    }
    view.push(Block::Table(table));
    view.note(format!("slipstick history run {} asks it again", kept.id));
    let mut document = row(0, kept);
    if let Value::Object(fields) = &mut document {
        fields.shift_remove("number");
        fields.insert("document".to_owned(), entry.document.clone());
    }
    Output::new("history.show", document, view)
}
