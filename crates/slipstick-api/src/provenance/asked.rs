//! Where a number comes from, asked as a document: `{"number": "tpot_s", "question": {"estimate": {..}}}`.

use serde_json::{Map, Value, json};
use slipstick_catalog::Catalog;

use crate::{ApiError, Output, World, commands::COMMANDS, registry::Command, request::Request};

/// What is asked, as a schema.
pub fn schema() -> Map<String, Value> {
    let questions: Vec<String> = COMMANDS.iter().map(Command::key).collect();
    let about = format!(
        "The question: one object with its fields, under the name of its command: {}",
        questions.join(", ")
    );
    let schema = json!({
        "type": "object",
        "properties": {
            "number": {
                "type": "string",
                "description": "The number: its name in the answer, with or without its path; what can be explained is listed if not given",
            },
            "question": {"type": "object", "description": about, "minProperties": 1, "maxProperties": 1},
        },
        "required": ["question"],
        "additionalProperties": false,
    });
    schema.as_object().cloned().unwrap_or_default()
}

/// The document that says it.
///
/// # Errors
/// If it is no such document, its question is refused, or the answer has no such number.
pub fn answer(
    mut fields: Map<String, Value>,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Value, ApiError> {
    let number = fields.shift_remove("number");
    let (question, rest) = (fields.shift_remove("question"), fields);
    let (Some(Value::Object(question)), None | Some(Value::String(_)), true) =
        (question, &number, rest.is_empty())
    else {
        return Err(ApiError::input("explain.question", "this does not say what to explain")
            .help("such as {\"number\": \"tpot_s\", \"question\": {\"estimate\": {\"model\": \"llama-3.1-8b\", \"on\": \"h100\"}}}"));
    };
    let request = Request::from_document(question)?.opened(world)?;
    let output = request.answer(catalog, world)?;
    explained(&output, number.as_ref().and_then(Value::as_str))
}

/// Where a number of an answer comes from, or which of its numbers can be explained.
///
/// # Errors
/// If the answer has no such number.
pub fn explained(output: &Output, number: Option<&str>) -> Result<Value, ApiError> {
    let provenance = output.provenance.clone().unwrap_or_default();
    let document = output.document(false);
    match number {
        Some(number) => Ok(provenance.explain_json(&document, provenance.find(number)?)),
        None => Ok(provenance.list_json(&document)),
    }
}
