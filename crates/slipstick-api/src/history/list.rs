//! Past answers listed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Kept;
use crate::{
    Answered,
    report::Report,
    request::Request,
    view::{Block, Cell, Column, Table, Tone, View},
};

/// `slipstick history`: past answers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct HistoryReport {
    /// The file that they are kept in.
    pub file: String,
    /// How many are kept.
    pub total: usize,
    /// Lines of the file that could not be read.
    pub unreadable_lines: usize,
    /// Some of them, the newest first.
    pub entries: Vec<HistoryRow>,
}

impl Report for HistoryReport {
    const COMMAND: &'static str = "history";
    const ROWS: Option<&'static str> = Some("entries");
}

/// A past answer in a list.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct HistoryRow {
    /// How far back it lies, the last being 1.
    pub number: usize,
    /// The answer.
    #[serde(flatten)]
    pub answer: PastAnswer,
}

/// A past answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PastAnswer {
    /// Its name.
    pub id: String,
    /// When it was given, in UTC.
    pub at: String,
    /// The command.
    pub command: &'static str,
    /// The answer in brief.
    pub title: String,
    /// Whether it was yes.
    pub yes: bool,
    /// The program that gave it.
    pub version: String,
    /// The directory that its relative paths are taken from.
    pub directory: String,
    /// The question, as a scenario file holds it.
    #[schemars(with = "BTreeMap<String, Value>")]
    pub request: Request,
}

impl From<&Kept> for PastAnswer {
    fn from(kept: &Kept) -> Self {
        let entry = &kept.entry;
        Self {
            id: kept.id.clone(),
            at: entry.at.clone(),
            command: entry.request.command().name,
            title: entry.title.clone(),
            yes: entry.yes,
            version: entry.version.clone(),
            directory: entry.directory.clone(),
            request: entry.request.clone(),
        }
    }
}

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
pub fn list(newest: &Newest, place: &str) -> Answered<HistoryReport> {
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
    let entries = rows.iter().map(|(number, kept)| HistoryRow { number: *number, answer: kept.into() });
    let report = HistoryReport {
        file: place.to_owned(),
        total: *total,
        unreadable_lines: *spoilt,
        entries: entries.collect(),
    };
    Answered::new(report, view)
}

/// The day and the minute.
pub(super) fn moment(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}
