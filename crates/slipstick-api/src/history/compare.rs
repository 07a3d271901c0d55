//! Past answers side by side, number by number.

use serde_json::{Map, Value, json};
use slipstick_core::units::show::grouped;
use slipstick_methods::shown as six_digits;

use super::{Kept, list::moment};
use crate::{
    ApiError, Output,
    view::{Block, Cell, Column, Table, Tone, View},
};

/// Rows of lists (operators, options) are told apart by hand; a comparison keeps to the numbers above them.
const MOST_ROWS: usize = 400;

/// Every number of a document outside its lists, by the path of its names.
pub(super) fn numbers(document: &Value) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    collect(document, String::new(), &mut found);
    found.truncate(MOST_ROWS);
    found
}

fn collect(value: &Value, path: String, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Number(number) => found.extend(number.as_f64().map(|number| (path, number))),
        Value::Object(fields) => {
            for (name, inner) in fields {
                // An estimate is its value here; its band stands in the document.
                let own = name == "value" && fields.contains_key("low");
                if fields.contains_key("low") && !own {
                    continue;
                }
                let below = match (own, path.is_empty()) {
                    (true, _) => path.clone(),
                    (false, true) => name.clone(),
                    (false, false) => format!("{path}.{name}"),
                };
                collect(inner, below, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => {}
    }
}

/// A number of a past answer: whole ones in full.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be whole and in range"
)]
pub(super) fn shown(value: f64) -> String {
    if (0.0..9e15).contains(&value) && value.fract() == 0.0 {
        grouped(value as u64)
    } else {
        six_digits(value)
    }
}

/// Two or more past answers side by side: the numbers in which they differ.
///
/// # Errors
/// If there are fewer than two, or they answer different commands.
pub fn compare(chosen: &[&Kept]) -> Result<Output, ApiError> {
    let [first, rest @ ..] = chosen else {
        return Err(ApiError::input("history.too_few", "there is nothing to compare").at("ANSWER"));
    };
    if rest.is_empty() {
        return Err(ApiError::input("history.too_few", "one answer cannot be compared")
            .at("ANSWER")
            .help("give two or more, such as slipstick history compare 2 1"));
    }
    let command = first.entry.request.command().name;
    if let Some(other) = rest.iter().find(|kept| kept.entry.request.command().name != command) {
        let message =
            format!("{command} and {} answer different questions", other.entry.request.command().name);
        return Err(ApiError::input("history.unlike", message)
            .at("ANSWER")
            .help("compare answers of one command; slipstick history list shows them"));
    }
    let columns: Vec<Vec<(String, f64)>> = chosen.iter().map(|kept| numbers(&kept.entry.document)).collect();
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in columns.iter().flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let of = |column: &[(String, f64)], name: &str| {
        column.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    };
    let rows: Vec<(&str, Vec<Option<f64>>)> = names
        .into_iter()
        .map(|name| (name, columns.iter().map(|column| of(column, name)).collect()))
        .collect();
    let (differ, same): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(_, values)| values.windows(2).any(|pair| !alike(pair[0], pair[1])));
    Ok(Output::new(
        "history.compare",
        document(chosen, &differ, same.len()),
        view(chosen, &differ, same.len()),
    ))
}

fn alike(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn document(chosen: &[&Kept], differ: &[(&str, Vec<Option<f64>>)], same: usize) -> Value {
    let answers: Vec<Value> = chosen
        .iter()
        .map(|kept| json!({"id": kept.id, "at": kept.entry.at, "title": kept.entry.title, "request": kept.entry.request}))
        .collect();
    let numbers: Map<String, Value> =
        differ.iter().map(|(name, values)| ((*name).to_owned(), json!(values))).collect();
    json!({"answers": answers, "differ": numbers, "same": same})
}

fn view(chosen: &[&Kept], differ: &[(&str, Vec<Option<f64>>)], same: usize) -> View {
    let mut view = View::new(format!("{} numbers differ, {same} are the same", differ.len()));
    let mut columns = vec![Column::text("number")];
    columns.extend(chosen.iter().map(|kept| Column::number(kept.id.as_str())));
    columns.push(Column::number("last / first").priority(1));
    let mut table = Table::new(columns);
    for (name, values) in differ {
        let mut cells = vec![Cell::from(*name)];
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
    view.pairs(
        chosen
            .iter()
            .map(|kept| (kept.id.as_str(), format!("{}, {}", moment(&kept.entry.at), kept.entry.title))),
    );
    view
}
