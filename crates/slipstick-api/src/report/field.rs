//! The fields of a report: every place that holds a number, a text or a list of texts, with its unit.

use serde_json::{Map, Value};

/// What stands in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A number without a band.
    Number,
    /// An estimate: a value, its low and its high.
    Estimate,
    /// A word or a sentence.
    Text,
    /// Yes or no.
    Flag,
    /// Several words or numbers.
    Texts,
}

/// A place in a document or a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The names that lead to it, the outermost first.
    pub path: Vec<String>,
    /// What stands there.
    pub kind: FieldKind,
    /// The unit of its numbers, if they have one.
    pub unit: Option<String>,
    /// Whether more of it is better, so that the largest comes first.
    pub larger_is_better: bool,
}

impl Field {
    /// The path, joined by dots.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// What stands there in `row`; null if nothing does.
    pub fn value<'a>(&self, row: &'a Value) -> &'a Value {
        static NOTHING: Value = Value::Null;
        let found = self.path.iter().try_fold(row, |at, name| at.get(name)).unwrap_or(&NOTHING);
        if self.kind == FieldKind::Estimate { found.get("value").unwrap_or(&NOTHING) } else { found }
    }

    /// One end of an estimate's interval in `row`: `low` or `high`.
    pub(super) fn end<'a>(&self, row: &'a Value, end: &str) -> Option<&'a Value> {
        self.path.iter().try_fold(row, |at, name| at.get(name))?.get(end)
    }
}

/// The fields of what `schema` describes (its parts written where they are used), in its order. Lists of objects are left
/// out. The names in a map are those that `rows` have there.
pub fn fields(schema: &Value, rows: &[&Value]) -> Vec<Field> {
    let mut found = Vec::new();
    walk(schema, rows, &mut Vec::new(), &mut found);
    found
}

fn walk(schema: &Value, rows: &[&Value], path: &mut Vec<String>, found: &mut Vec<Field>) {
    if let Some(kind) = kind(schema) {
        if path.is_empty() || found.iter().any(|known| known.path == *path) {
            return;
        }
        let unit = schema.get("unit").or_else(|| schema.pointer("/properties/value/unit"));
        found.push(Field {
            path: path.clone(),
            kind,
            unit: unit.and_then(Value::as_str).map(str::to_owned),
            larger_is_better: schema.get("better").is_some_and(|better| better == "larger"),
        });
        return;
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, inner) in properties {
            step(inner, name, rows, path, found);
        }
    }
    if let Some(inner) = schema.get("additionalProperties").filter(|inner| inner.is_object()) {
        for name in names(rows) {
            step(inner, &name, rows, path, found);
        }
    }
    for variant in variants(schema) {
        walk(variant, rows, path, found);
    }
}

fn step(schema: &Value, name: &str, rows: &[&Value], path: &mut Vec<String>, found: &mut Vec<Field>) {
    path.push(name.to_owned());
    let below: Vec<&Value> = rows.iter().filter_map(|row| row.get(name)).collect();
    walk(schema, &below, path, found);
    path.pop();
}

/// The names that any row has, each once, in the order in which they come.
fn names(rows: &[&Value]) -> Vec<String> {
    let mut all = Map::new();
    for row in rows.iter().filter_map(|row| row.as_object()) {
        all.extend(row.keys().map(|name| (name.clone(), Value::Null)));
    }
    all.into_iter().map(|(name, _)| name).collect()
}

/// The alternatives of a schema.
pub(super) fn variants(schema: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten()
}

/// What a schema describes, unless it is an object to walk through or a list of them.
fn kind(schema: &Value) -> Option<FieldKind> {
    let properties = schema.get("properties");
    if properties.is_some_and(|own| ["value", "low", "high"].iter().all(|name| own.get(name).is_some())) {
        return Some(FieldKind::Estimate);
    }
    if schema.get("enum").is_some() || schema.get("const").is_some() {
        return Some(FieldKind::Text);
    }
    let own = match schema.get("type")? {
        Value::Array(several) => several.iter().find(|one| *one != "null")?,
        one => one,
    };
    match own.as_str()? {
        "string" => Some(FieldKind::Text),
        "integer" | "number" => Some(FieldKind::Number),
        "boolean" => Some(FieldKind::Flag),
        "array" => schema.get("items").and_then(kind).map(|_| FieldKind::Texts),
        _ => None,
    }
}
