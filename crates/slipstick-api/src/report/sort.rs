//! Rows in the order of one of their fields.

use core::cmp::Ordering;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use slipstick_core::names::normalise;

use super::{Field, FieldKind, fields};
use crate::{ApiError, request::Page};

/// A field to sort by, and what comes first.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) field: Field,
    pub(crate) descending: bool,
}

/// The fields of a row.
pub(super) fn fields_of<T: JsonSchema>(rows: &[&Value]) -> Vec<Field> {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let generator = settings.with(|settings| settings.inline_subschemas = true).into_generator();
    fields(&generator.into_root_schema_for::<T>().to_value(), rows)
}

/// Units that names end in, as [`normalise`] leaves them.
const UNITS: [&str; 9] = ["bytespers", "bytes", "flopspers", "flops", "pers", "s", "w", "j", "kwh"];

/// The field of a row that a person means: its path or last name, with or without unit, or as `heads` call it.
///
/// # Errors
/// If none, or more than one, is meant; `code` is that of the refusal.
pub(crate) fn key<T: JsonSchema>(
    wanted: &str,
    heads: &[(&str, &str)],
    code: &'static str,
) -> Result<Field, ApiError> {
    let name = normalise(wanted);
    let mut all = fields_of::<T>(&[]);
    all.retain(|field| field.kind != FieldKind::Texts);
    let exact = || all.iter().find(|field| normalise(&field.name()) == name);
    let head = || {
        let (path, _) = heads.iter().find(|(_, head)| normalise(head) == name)?;
        all.iter().find(|field| field.name() == *path)
    };
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut found = all.iter().filter(|field| {
            let last = field.path.last().map(|last| normalise(last)).unwrap_or_default();
            !name.is_empty() && (fits(&normalise(&field.name())) || fits(&last))
        });
        found.next().filter(|_| found.next().is_none())
    };
    let bare = |known: &str| UNITS.iter().any(|unit| known.strip_suffix(unit) == Some(name.as_str()));
    let found = exact().or_else(head).or_else(|| only(&|known| known == name)).or_else(|| only(&bare));
    found.or_else(|| only(&|known| known.starts_with(&name))).cloned().ok_or_else(|| {
        let names: Vec<String> = all.iter().map(Field::name).collect();
        ApiError::unknown(code, "column", wanted, names.iter().map(String::as_str))
            .at("--sort")
            .or_help(&format!("sort by one of {}", names.join(", ")))
    })
}

/// The rows in an order; what is unknown goes last in either direction, and equal rows keep their places.
pub(crate) fn sorted<T: Serialize>(rows: Vec<T>, order: &Order) -> Vec<T> {
    let keyed = rows.into_iter().map(|row| {
        let value = serde_json::to_value(&row).unwrap_or(Value::Null);
        (order.field.value(&value).clone(), row)
    });
    let mut keyed: Vec<(Value, T)> = keyed.collect();
    keyed.sort_by(|(a, _), (b, _)| match (a.is_null(), b.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) if order.descending => compare(b, a),
        (false, false) => compare(a, b),
    });
    keyed.into_iter().map(|(_, row)| row).collect()
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

/// Sorts by the page's column, if it names one, and cuts to its length; returns how many rows there were.
pub(crate) fn arrange<T: Serialize + JsonSchema>(
    rows: &mut Vec<T>,
    heads: &[(&str, &str)],
    page: &Page,
) -> Result<usize, ApiError> {
    if let Some(wanted) = &page.sort {
        let field = key::<T>(wanted, heads, "list.sort")?;
        *rows = sorted(core::mem::take(rows), &Order { field, descending: page.descending });
    } else if page.descending {
        rows.reverse();
    }
    let all = rows.len();
    if let Some(limit) = page.limit {
        rows.truncate(usize::try_from(limit.0).unwrap_or(usize::MAX));
    }
    Ok(all)
}
