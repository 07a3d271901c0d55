//! A list of rows with named columns: sorted, cut, and written as a table and as JSON.

use core::cmp::Ordering;

use serde_json::{Map, Value};

use crate::{
    ApiError,
    request::Page,
    view::{Align, Cell, Column, Table},
};

/// One column: a key for JSON and for sorting, and how it is shown.
pub(crate) struct Field<T: ?Sized> {
    /// Its name in JSON, with the unit.
    pub(crate) key: &'static str,
    /// Its value in base units.
    pub(crate) value: fn(&T) -> Value,
    /// Its head and what stands under it; none for what only machines read.
    pub(crate) shown: Option<Shown<T>>,
}

/// How a column is shown.
pub(crate) struct Shown<T: ?Sized> {
    pub(crate) head: &'static str,
    pub(crate) align: Align,
    pub(crate) priority: u8,
    pub(crate) cell: fn(&T) -> Cell,
}

impl<T> Field<T> {
    /// What only machines read.
    pub(crate) const fn json(key: &'static str, value: fn(&T) -> Value) -> Self {
        Self { key, value, shown: None }
    }

    /// A column of words.
    pub(crate) const fn text(
        key: &'static str,
        value: fn(&T) -> Value,
        head: &'static str,
        priority: u8,
        cell: fn(&T) -> Cell,
    ) -> Self {
        Self { key, value, shown: Some(Shown { head, align: Align::Left, priority, cell }) }
    }

    /// A column of numbers.
    pub(crate) const fn number(
        key: &'static str,
        value: fn(&T) -> Value,
        head: &'static str,
        priority: u8,
        cell: fn(&T) -> Cell,
    ) -> Self {
        Self { key, value, shown: Some(Shown { head, align: Align::Right, priority, cell }) }
    }
}

/// Sorts by the page's column, if it names one, and cuts to its length; returns how many rows there were.
pub(crate) fn arrange<T>(rows: &mut Vec<T>, fields: &[Field<T>], page: &Page) -> Result<usize, ApiError> {
    if let Some(wanted) = &page.sort {
        let field = column(fields, wanted)?;
        rows.sort_by(|a, b| {
            let (a, b) = ((field.value)(a), (field.value)(b));
            match (a.is_null(), b.is_null()) {
                // What is unknown goes last in either direction.
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) if page.descending => compare(&b, &a),
                (false, false) => compare(&a, &b),
            }
        });
    } else if page.descending {
        rows.reverse();
    }
    let all = rows.len();
    if let Some(limit) = page.limit {
        rows.truncate(usize::try_from(limit.0).unwrap_or(usize::MAX));
    }
    Ok(all)
}

/// The column that a person means: its key, with or without unit, or its head.
fn column<'a, T>(fields: &'a [Field<T>], wanted: &str) -> Result<&'a Field<T>, ApiError> {
    use slipstick_core::names::normalise;
    let name = normalise(wanted);
    let exact = fields.iter().find(|field| normalise(field.key) == name);
    let head = || {
        fields.iter().find(|field| field.shown.as_ref().is_some_and(|shown| normalise(shown.head) == name))
    };
    let begins = || {
        let mut found =
            fields.iter().filter(|field| !name.is_empty() && normalise(field.key).starts_with(&name));
        found.next().filter(|_| found.next().is_none())
    };
    exact.or_else(head).or_else(begins).ok_or_else(|| {
        let keys: Vec<&str> = fields.iter().map(|field| field.key).collect();
        ApiError::unknown("list.sort", "column", wanted, keys).at("--sort")
    })
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => a.to_string().cmp(&b.to_string()),
        },
    }
}

/// The rows as a table.
pub(crate) fn table<T>(rows: &[T], fields: &[Field<T>]) -> Table {
    let shown = || fields.iter().filter_map(|field| field.shown.as_ref());
    let columns = shown().map(|shown| Column {
        name: shown.head.to_owned(),
        align: shown.align,
        priority: shown.priority,
    });
    let mut table = Table::new(columns.collect());
    for row in rows {
        table.row(shown().map(|shown| (shown.cell)(row)));
    }
    table
}

/// The rows as JSON objects.
pub(crate) fn array<T>(rows: &[T], fields: &[Field<T>]) -> Value {
    Value::Array(rows.iter().map(|row| Value::Object(object(row, fields))).collect())
}

/// One row as a JSON object.
pub(crate) fn object<T>(row: &T, fields: &[Field<T>]) -> Map<String, Value> {
    fields.iter().map(|field| (field.key.to_owned(), (field.value)(row))).collect()
}

/// `12 of 213`, or `213` where nothing was cut.
pub(crate) fn counted(shown: usize, all: usize) -> String {
    if shown == all { all.to_string() } else { format!("{shown} of {all}") }
}
