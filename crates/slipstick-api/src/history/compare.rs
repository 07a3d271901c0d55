//! Past answers side by side, number by number.

use serde_json::{Map, Value, json};

use super::{Again, again::alike, list::moment, show::shown};
use crate::{
    ApiError, Output,
    view::{Block, Cell, Column, Table, Tone, View},
};

/// Two or more past answers side by side: the numbers in which they differ.
///
/// # Errors
/// If there are fewer than two, or they answer different commands.
pub fn compare(chosen: &[Again]) -> Result<Output, ApiError> {
    let [first, rest @ ..] = chosen else {
        return Err(ApiError::input("history.too_few", "there is nothing to compare").at("ANSWER"));
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
    Ok(Output::new(
        "history.compare",
        document(chosen, &differ, same.len()),
        view(chosen, &differ, same.len()),
    ))
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

fn document(chosen: &[Again], differ: &[Row], same: usize) -> Value {
    let answers: Vec<Value> = chosen
        .iter()
        .map(|again| {
            let entry = &again.kept.entry;
            json!({
                "id": again.kept.id,
                "at": entry.at,
                "title": entry.title,
                "request": entry.request,
                "same": again.is_same(),
                "remark": again.remark(),
            })
        })
        .collect();
    let numbers: Map<String, Value> =
        differ.iter().map(|(name, values)| (name.clone(), json!(values))).collect();
    json!({"answers": answers, "differ": numbers, "same": same})
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
