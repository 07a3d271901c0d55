//! Where a number comes from, asked as a document: `{"number": "tpot_s", "question": {"estimate": {..}}}`.

use serde_json::{Map, Value, json};
use slipstick_catalog::Catalog;

use super::explainable;
use crate::{ApiError, Output, World, commands::COMMANDS, registry::Command, request::Request, view::View};

/// The one word that asks it, beside the commands.
pub const NAME: &str = "explain";

/// One line about it.
pub const ABOUT: &str =
    "Say where a number of an answer comes from: formula, inputs, source, down to its facts";

/// What is asked, as a schema.
pub fn schema() -> Map<String, Value> {
    let questions: Vec<String> = COMMANDS.iter().map(Command::key).collect();
    let about = format!(
        "The question: one object with its fields, under the name of its command: {}. Without it every number is listed that can be explained",
        questions.join(", ")
    );
    let schema = json!({
        "type": "object",
        "properties": {
            "number": {
                "type": ["string", "null"],
                "description": "The number: its name in the answer, with or without its path; what can be explained is listed if not given",
            },
            "question": {"type": ["object", "null"], "description": about, "minProperties": 1, "maxProperties": 1},
        },
        "additionalProperties": false,
    });
    schema.as_object().cloned().unwrap_or_default()
}

/// What is to be explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    number: Option<String>,
    question: Option<Request>,
}

impl Asked {
    /// Reads it from a document.
    ///
    /// # Errors
    /// If it is no such document, or its question is refused.
    pub fn read(mut fields: Map<String, Value>) -> Result<Self, ApiError> {
        let mut field = |name: &str| fields.shift_remove(name).filter(|value| !value.is_null());
        let (number, question) = (field("number"), field("question"));
        match (number, question) {
            (None, None) if fields.is_empty() => Ok(Self { number: None, question: None }),
            (number @ (None | Some(Value::String(_))), Some(Value::Object(question)))
                if fields.is_empty() =>
            {
                let number = number.and_then(|name| name.as_str().map(str::to_owned));
                Ok(Self { number, question: Some(Request::from_document(question)?) })
            }
            _ => Err(refused()),
        }
    }

    /// Whether its answer may take seconds.
    pub fn is_long(&self) -> bool {
        self.question.as_ref().is_some_and(|question| question.command().long)
    }

    /// Asks the question.
    ///
    /// # Errors
    /// If it is refused.
    pub fn explained(self, catalog: &Catalog, world: &dyn World) -> Result<Explained, ApiError> {
        let answer = |question: Request| question.opened(world)?.answer(catalog, world);
        Ok(Explained { number: self.number, output: self.question.map(answer).transpose()? })
    }
}

fn refused() -> ApiError {
    ApiError::input("explain.question", "this does not say what to explain")
        .help("such as {\"number\": \"tpot_s\", \"question\": {\"estimate\": {\"model\": \"llama-3.1-8b\", \"on\": \"h100\"}}}")
}

/// A number of an answer with where it comes from; without one, what can be explained of the answer, or at all.
#[derive(Debug, Clone)]
pub struct Explained {
    number: Option<String>,
    output: Option<Output>,
}

impl Explained {
    /// Of an answer that is there.
    pub const fn of(output: Output, number: Option<String>) -> Self {
        Self { number, output: Some(output) }
    }

    /// As a document.
    ///
    /// # Errors
    /// If the answer has no such number.
    pub fn document(&self) -> Result<Value, ApiError> {
        let Some(output) = &self.output else { return Ok(explainable::document()) };
        let (provenance, document) = (output.provenance.clone().unwrap_or_default(), output.document(false));
        match &self.number {
            Some(number) => Ok(provenance.explain_json(&document, provenance.find(number)?)),
            None => Ok(provenance.list_json(&document)),
        }
    }

    /// As a page.
    ///
    /// # Errors
    /// If the answer has no such number.
    pub fn view(&self) -> Result<View, ApiError> {
        let Some(output) = &self.output else { return Ok(explainable::view()) };
        let (provenance, document) = (output.provenance.clone().unwrap_or_default(), output.document(false));
        match &self.number {
            Some(number) => Ok(provenance.explain(&document, provenance.find(number)?)),
            None => Ok(provenance.list(&document)),
        }
    }
}

/// The refusal of an explanation as CSV, which `at` asks for.
pub fn no_table(at: &str) -> ApiError {
    ApiError::input("output.no_table", "an explanation is a tree and no table")
        .at(at)
        .help("ask for JSON, markdown or text instead")
}
