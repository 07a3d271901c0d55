//! Past answers side by side, number by number.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Again, again::alike, list::moment, show::shown};
use crate::{
    Answered, ApiError,
    report::Report,
    request::Request,
    view::{Block, Cell, Column, Table, Tone, View},
};

/// `slipstick history compare`: the numbers in which past answers differ.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct HistoryCompareReport {
    /// The answers, in the order in which they were named.
    pub answers: Vec<ComparedAnswer>,
    /// Each number that differs, by its path: its value in each answer.
    #[schemars(with = "BTreeMap<String, Vec<Option<f64>>>")]
    pub differ: Map<String, Value>,
    /// How many numbers are the same.
    pub same: usize,
    /// The numbers that differ once more, a row each.
    pub numbers: Vec<DifferingNumber>,
}

impl Report for HistoryCompareReport {
    const COMMAND: &'static str = "history.compare";
    const ROWS: Option<&'static str> = Some("numbers");
}

/// A past answer beside others.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ComparedAnswer {
    /// Its name.
    pub id: String,
    /// When it was given, in UTC.
    pub at: String,
    /// The answer in brief.
    pub title: String,
    /// The question, as a scenario file holds it.
    #[schemars(with = "BTreeMap<String, Value>")]
    pub request: Request,
    /// Whether the question is answered the same now.
    pub same: bool,
    /// What a reader must know, where it is not the same.
    pub remark: Option<String>,
}

/// A number in which past answers differ.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct DifferingNumber {
    /// Its path in the document.
    pub number: String,
    /// Its value by the answer's name.
    #[schemars(with = "BTreeMap<String, Option<f64>>")]
    pub values: Map<String, Value>,
}

/// Two or more past answers side by side: the numbers in which they differ.
///
/// # Errors
/// If there are fewer than two, or they answer different commands.
pub fn compare(chosen: &[Again]) -> Result<Answered<HistoryCompareReport>, ApiError> {
    let [first, rest @ ..] = chosen else {
        return Err(ApiError::input("history.too_few", "there is nothing to compare")
            .at("ANSWER")
            .help("give two or more, such as slipstick history compare 2 1"));
    };
    if rest.is_empty() {
        return Err(ApiError::input("history.too_few", "one answer cannot be compared")
            .at("ANSWER")
            .help("give two or more, such as slipstick history compare 2 1"));
    }
    let command = first.kept.entry.request.command().name;
    if let Some(other) = rest.iter().find(|again| again.kept.entry.request.command().name != command) {
        let message =
            format!("{command} and {} answer different questions", other.kept.entry.request.command().name);
        return Err(ApiError::input("history.unlike", message)
            .at("ANSWER")
            .help("compare answers of one command; slipstick history list shows them"));
    }
    let rows = rows(chosen);
    let (differ, same): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(_, values)| values.windows(2).any(|pair| !alike(pair[0], pair[1])));
    Ok(Answered::new(report(chosen, &differ, same.len()), view(chosen, &differ, same.len())))
}

/// A number's name and its value in each of the answers.
type Row = (String, Vec<Option<f64>>);

/// The numbers of all answers. Where only the headlines of one are known, no other number can be compared.
fn rows(chosen: &[Again]) -> Vec<Row> {
    let columns: Vec<Vec<(String, f64)>> = chosen.iter().map(Again::numbers).collect();
    let of = |column: &[(String, f64)], name: &str| {
        column.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    };
    let is_known = |name: &str| {
        let mut in_brief = chosen.iter().zip(&columns).filter(|(again, _)| !again.is_same());
        in_brief.all(|(_, column)| of(column, name).is_some())
    };
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in columns.iter().flatten() {
        if !names.contains(&name.as_str()) && is_known(name) {
            names.push(name);
        }
    }
    let row = |name: &str| (name.to_owned(), columns.iter().map(|column| of(column, name)).collect());
    names.into_iter().map(row).collect()
}

fn report(chosen: &[Again], differ: &[Row], same: usize) -> HistoryCompareReport {
    let numbers = differ.iter().map(|(name, values)| {
        let ids = chosen.iter().map(|again| again.kept.id.clone());
        let values = ids.zip(values.iter().map(|value| Value::from(*value)));
        DifferingNumber { number: name.clone(), values: values.collect() }
    });
    HistoryCompareReport {
        answers: chosen.iter().map(ComparedAnswer::from).collect(),
        differ: differ.iter().map(|(name, values)| (name.clone(), values.clone().into())).collect(),
        same,
        numbers: numbers.collect(),
    }
}

impl From<&Again> for ComparedAnswer {
    fn from(again: &Again) -> Self {
        let entry = &again.kept.entry;
        Self {
            id: again.kept.id.clone(),
            at: entry.at.clone(),
            title: entry.title.clone(),
            request: entry.request.clone(),
            same: again.is_same(),
            remark: again.remark(),
        }
    }
}

fn view(chosen: &[Again], differ: &[Row], same: usize) -> View {
    let mut view = View::new(format!("{} numbers differ, {same} are the same", differ.len()));
    let mut columns = vec![Column::text("number")];
    columns.extend(chosen.iter().map(|again| Column::number(again.kept.id.as_str())));
    columns.push(Column::number("last / first").priority(1));
    let mut table = Table::new(columns);
    for (name, values) in differ {
        let mut cells = vec![Cell::from(name.as_str())];
        cells.extend(values.iter().map(|value| Cell::from(value.map_or_else(String::new, shown))));
        let ratio = match (values.first().copied().flatten(), values.last().copied().flatten()) {
            (Some(first), Some(last)) if first != 0.0 => format!("{:.3}", last / first),
            _ => String::new(),
        };
        cells.push(Cell::toned(ratio, Tone::Faint));
        table.row(cells);
    }
    if !differ.is_empty() {
        view.push(Block::Table(table));
    }
    view.pairs(chosen.iter().map(|again| {
        let entry = &again.kept.entry;
        (again.kept.id.as_str(), format!("{}, {}", moment(&entry.at), entry.title))
    }));
    for remark in chosen.iter().filter_map(Again::remark) {
        view.warning(remark);
    }
    view
}
