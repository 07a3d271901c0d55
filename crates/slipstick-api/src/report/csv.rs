//! A report as CSV (RFC 4180): one wide row an answer, or one for each row of a list.

use std::io;

use serde_json::Value;

use super::{Field, FieldKind, ReportKind, field::variants, fields};
use crate::ApiError;

/// The document as CSV: a column for each field, numbers in base units, an estimate as three columns.
///
/// # Errors
/// If it cannot be written, which is a bug.
pub fn csv(kind: ReportKind, document: &Value) -> Result<String, ApiError> {
    let rows = kind.rows.and_then(|name| document.get(name)?.as_array());
    let (fields, rows) = match rows {
        Some(rows) => {
            let rows: Vec<&Value> = rows.iter().collect();
            (list_fields(kind, document, &rows), rows)
        }
        None => (fields(variant(&kind.fields(true).to_value(), document), &[document]), vec![document]),
    };
    let text =
        written(&fields, &rows).map_err(|error| ApiError::internal("output.csv", error.to_string()))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The fields of the rows of a list; the names in a map are those that `rows` have there.
pub(crate) fn list_fields(kind: ReportKind, document: &Value, rows: &[&Value]) -> Vec<Field> {
    let schema = kind.fields(true).to_value();
    let pointer = format!("/properties/{}/items", kind.rows.unwrap_or_default());
    fields(variant(&schema, document).pointer(&pointer).unwrap_or(&Value::Null), rows)
}

/// The alternative that the document is: the first whose required names it has, with the constants among them.
fn variant<'a>(schema: &'a Value, document: &Value) -> &'a Value {
    let is_it = |one: &&Value| {
        let properties = one.get("properties").and_then(Value::as_object).into_iter().flatten();
        let mut constants = properties.filter_map(|(name, inner)| Some((name, inner.get("const")?)));
        constants.all(|(name, value)| document.get(name) == Some(value))
    };
    let has_all = |one: &&Value| {
        let required = one.get("required").and_then(Value::as_array);
        required.is_none_or(|names| {
            names.iter().filter_map(Value::as_str).all(|name| document.get(name).is_some())
        })
    };
    variants(schema).filter(is_it).find(has_all).unwrap_or(schema)
}

fn written(fields: &[Field], rows: &[&Value]) -> io::Result<Vec<u8>> {
    let mut text = csv_heads(fields)?;
    for row in rows {
        text.extend(csv_row(fields, row)?);
    }
    Ok(text)
}

/// The line of column names.
pub(crate) fn csv_heads(fields: &[Field]) -> io::Result<Vec<u8>> {
    let heads = fields.iter().flat_map(|field| {
        let name = field.name();
        let ends = if field.kind == FieldKind::Estimate { &["", ".low", ".high"][..] } else { &[""] };
        ends.iter().map(move |end| format!("{name}{end}"))
    });
    line(|out| out.write_record(heads))
}

/// The line of a row.
pub(crate) fn csv_row(fields: &[Field], row: &Value) -> io::Result<Vec<u8>> {
    line(|out| {
        for field in fields {
            out.write_field(cell(field.value(row)))?;
            if field.kind == FieldKind::Estimate {
                for end in ["low", "high"] {
                    out.write_field(field.end(row, end).map(cell).unwrap_or_default())?;
                }
            }
        }
        out.write_record(None::<&[u8]>)
    })
}

fn line(write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> Result<(), csv::Error>) -> io::Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    write(&mut out)?;
    out.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A value as it is: numbers in base units, several texts with a semicolon between two. A spreadsheet would run a text
/// that starts like a formula, so that is led by a quote.
fn cell(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => {
            let formula =
                text.starts_with(['=', '+', '@', '\t']) || (text.starts_with('-') && text.len() > 1);
            if formula && text.parse::<f64>().is_err() { format!("'{text}") } else { text.clone() }
        }
        Value::Array(several) => several.iter().map(cell).collect::<Vec<_>>().join(";"),
    }
}
