//! The answer to a request.

use serde_json::{Map, Value};

use crate::{Provenance, view::View};

/// Whether the question was answered with yes: it fits, the target is met. Questions without a yes are yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Exit code 0.
    Yes,
    /// It does not fit, or a target is missed: exit code 1.
    No,
}

/// The answer to a request: the document for machines and the view for people, of the same numbers.
#[derive(Debug, Clone)]
pub struct Output {
    /// The command it answers, as in `slipstick.<command>/1`.
    pub command: &'static str,
    /// The fields of the document, without `schema` and `provenance`.
    pub json: Map<String, Value>,
    /// What a person reads.
    pub view: View,
    /// Where each number comes from.
    pub provenance: Option<Provenance>,
    /// Yes or no.
    pub answer: Answer,
}

impl Output {
    /// An answer without explanations, from a document made by `json!({..})`; anything but an object is dropped.
    pub fn new(command: &'static str, json: Value, view: View) -> Self {
        let json = match json {
            Value::Object(fields) => fields,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Map::new()
            }
        };
        Self { command, json, view, provenance: None, answer: Answer::Yes }
    }

    /// Adds where the numbers come from.
    #[must_use]
    pub fn explained(mut self, provenance: Provenance) -> Self {
        self.provenance = Some(provenance);
        self
    }

    /// Answers no unless `yes`.
    #[must_use]
    pub const fn answered(mut self, yes: bool) -> Self {
        self.answer = if yes { Answer::Yes } else { Answer::No };
        self
    }

    /// The exit code of a process that ends with it.
    pub const fn exit_code(&self) -> u8 {
        match self.answer {
            Answer::Yes => 0,
            Answer::No => 1,
        }
    }

    /// The version of the document's shape.
    pub fn schema(&self) -> String {
        format!("slipstick.{}/1", self.command)
    }

    /// The document, headed by its schema; with the provenance of every number if `explain`.
    pub fn document(&self, explain: bool) -> Value {
        let mut document = Map::new();
        document.insert("schema".to_owned(), self.schema().into());
        document.extend(self.json.clone());
        if let (true, Some(provenance)) = (explain, &self.provenance) {
            document.insert("provenance".to_owned(), provenance.to_json());
        }
        Value::Object(document)
    }
}
