//! Fields of rows as a table for people.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use slipstick_core::units::show::grouped;
use slipstick_methods::shown as six_digits;

use super::{Field, FieldKind, sort::fields_of};
use crate::view::{Align, Cell, Column, Measure, Table};

/// A column of a table: the field that it shows, under which head.
pub(crate) struct Shown<T> {
    path: &'static str,
    head: &'static str,
    priority: u8,
    cell: Option<fn(&T) -> Cell>,
}

impl<T> Shown<T> {
    /// A column that is always shown and written as its kind of quantity is.
    pub(crate) const fn new(path: &'static str, head: &'static str) -> Self {
        Self { path, head, priority: 0, cell: None }
    }

    /// Lets it go on a narrow terminal, before all columns of a smaller number.
    pub(crate) const fn priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }

    /// Writes its cells in its own way.
    pub(crate) const fn cell(mut self, cell: fn(&T) -> Cell) -> Self {
        self.cell = Some(cell);
        self
    }

    /// The field and its head, for those who sort by either.
    pub(crate) const fn head(&self) -> (&'static str, &'static str) {
        (self.path, self.head)
    }
}

/// The heads of columns.
pub(crate) fn heads<T>(columns: &[Shown<T>]) -> Vec<(&'static str, &'static str)> {
    columns.iter().map(Shown::head).collect()
}

/// The rows as a table.
pub(crate) fn table<T: Serialize + JsonSchema>(rows: &[T], columns: &[Shown<T>]) -> Table {
    let fields = fields_of::<T>(&[]);
    let field = |path: &str| fields.iter().find(|field| field.name() == path);
    let shown: Vec<(&Shown<T>, Option<&Field>)> = columns.iter().map(|one| (one, field(one.path))).collect();
    let mut table = Table::new(shown.iter().map(|(one, field)| column(one, *field)).collect());
    let generic = shown.iter().any(|(one, _)| one.cell.is_none());
    for row in rows {
        let value = if generic { serde_json::to_value(row).unwrap_or(Value::Null) } else { Value::Null };
        table.row(shown.iter().map(|(one, field)| match (one.cell, field) {
            (Some(own), _) => own(row),
            (None, Some(field)) => cell(field, &value),
            (None, None) => Cell::default(),
        }));
    }
    table
}

fn column<T>(shown: &Shown<T>, field: Option<&Field>) -> Column {
    let numbers = field.is_some_and(|field| matches!(field.kind, FieldKind::Number | FieldKind::Estimate));
    let align = if numbers { Align::Right } else { Align::Left };
    let measure = field.filter(|field| field.unit.as_deref() == Some("s") && shown.cell.is_none());
    let measure = measure.map(|_| Measure::Time);
    Column { name: shown.head.to_owned(), align, priority: shown.priority, measure }
}

/// What a field's kind of quantity looks like in a column: sizes in GiB, bandwidths in GB/s, rates of arithmetic in
/// TFLOP/s, as the heads say.
fn cell(field: &Field, row: &Value) -> Cell {
    match field.value(row) {
        Value::Null | Value::Object(_) => String::new(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        Value::Number(number) => match (field.unit.as_deref(), number.as_f64(), number.as_u64()) {
            (Some(unit), Some(value), _) => quantity(unit, value),
            (None, _, Some(count)) => grouped(count),
            (None, Some(value), None) => six_digits(value),
            (_, None, _) => number.to_string(),
        },
    }
    .into()
}

fn quantity(unit: &str, value: f64) -> String {
    let fine = |value: f64, limit: f64, decimals: usize| {
        let decimals = if value < limit { decimals + 1 } else { decimals };
        format!("{value:.decimals$}")
    };
    match unit {
        "B" => format!("{:.1}", value / f64::from(1_u32 << 30)),
        "B/s" => format!("{:.0}", value / 1e9),
        "FLOP/s" => fine(value / 1e12, 100.0, 0),
        "USD" | "USD/h" => fine(value, 0.1, 2),
        "W" => format!("{value:.0}"),
        "s" => value.to_string(),
        _ => six_digits(value),
    }
}
