//! A report as CSV (RFC 4180): one wide row an answer, or one for each row of a list.

use serde_json::Value;

use super::{Field, FieldKind, ReportKind, field::variants, fields};
use crate::ApiError;

/// The document as CSV: a column for each field, numbers in base units, an estimate as three columns.
///
/// # Errors
/// If it cannot be written, which is a bug.
pub fn csv(kind: ReportKind, document: &Value) -> Result<String, ApiError> {
    let schema = kind.fields(true).to_value();
    let list =
        kind.rows.and_then(|name| Some((variant(&schema, document), name, document.get(name)?.as_array()?)));
    let (fields, rows) = match list {
        Some((whole, name, rows)) => {
            let rows: Vec<&Value> = rows.iter().collect();
            let items = whole.pointer(&format!("/properties/{name}/items")).unwrap_or(&Value::Null);
            (fields(items, &rows), rows)
        }
        None => (fields(variant(&schema, document), &[document]), vec![document]),
    };
    written(&fields, &rows).map_err(|error| ApiError::internal("output.csv", error.to_string()))
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

fn written(fields: &[Field], rows: &[&Value]) -> Result<String, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let heads = fields.iter().flat_map(|field| {
        let name = field.name();
        let ends = if field.kind == FieldKind::Estimate { &["", ".low", ".high"][..] } else { &[""] };
        ends.iter().map(move |end| format!("{name}{end}"))
    });
    out.write_record(heads)?;
    for row in rows {
        write_row(&mut out, fields, row)?;
    }
    let bytes = out.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write_row(out: &mut csv::Writer<Vec<u8>>, fields: &[Field], row: &Value) -> Result<(), csv::Error> {
    for field in fields {
        out.write_field(cell(field.value(row)))?;
        if field.kind == FieldKind::Estimate {
            for end in ["low", "high"] {
                out.write_field(field.end(row, end).map(cell).unwrap_or_default())?;
            }
        }
    }
    out.write_record(None::<&[u8]>)
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
