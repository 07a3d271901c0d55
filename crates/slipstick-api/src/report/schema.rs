//! The JSON Schema of a document.

use serde_json::{Value, json};

use super::ReportKind;

/// The schema of a command's document: the fields of its report, its head, and what any document may carry.
///
/// ```
/// # use slipstick_api::{commands::train::TrainReport, report::{self, ReportKind}};
/// let schema = report::schema(ReportKind::of::<TrainReport>());
/// assert_eq!(schema["properties"]["schema"]["const"], "slipstick.train/1");
/// ```
pub fn schema(kind: ReportKind) -> Value {
    let mut schema = kind.fields(false);
    let name = kind.name();
    schema.insert("title".to_owned(), name.as_str().into());
    schema.insert("type".to_owned(), "object".into());
    let mut properties = serde_json::Map::new();
    properties.insert(
        "schema".to_owned(),
        json!({"description": "The kind of document and its version.", "const": name}),
    );
    if let Some(Value::Object(own)) = schema.remove("properties") {
        properties.extend(own);
    }
    properties.insert(
        "warnings".to_owned(),
        json!({"description": "What should be heeded, a sentence each; absent if nothing has to be.",
            "type": "array", "items": {"type": "string"}}),
    );
    properties.insert(
        "provenance".to_owned(),
        json!({"description": "Where each number comes from, by JSON pointer; with --explain only.",
            "type": "object"}),
    );
    schema.insert("properties".to_owned(), Value::Object(properties));
    let mut required = vec![Value::from("schema")];
    if let Some(Value::Array(own)) = schema.remove("required") {
        required.extend(own);
    }
    schema.insert("required".to_owned(), required.into());
    schema.to_value()
}

/// Every schema as a file: its name and its text.
pub fn schema_files(kinds: &[ReportKind]) -> Vec<(String, String)> {
    kinds.iter().map(|kind| (format!("{}.json", kind.command), format!("{:#}\n", schema(*kind)))).collect()
}
