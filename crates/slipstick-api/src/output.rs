//! The answer to a request.

use serde_json::{Map, Value};

use crate::{
    ApiError, Provenance,
    report::{self, Report, ReportKind},
    view::{Block, View},
};

/// The answer of one command: its report, and what a person reads of the same numbers.
#[derive(Debug, Clone)]
pub struct Answered<R> {
    /// The numbers.
    pub report: R,
    /// What a person reads.
    pub view: View,
    /// Where each number comes from.
    pub provenance: Option<Provenance>,
    /// Whether the question was answered with yes: it fits, the target is met. Questions without a yes are yes.
    pub yes: bool,
}

impl<R: Report> Answered<R> {
    /// An answer without explanations.
    pub const fn new(report: R, view: View) -> Self {
        Self { report, view, provenance: None, yes: true }
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
        self.yes = yes;
        self
    }

    /// The document, headed by its schema; with the provenance of every number if `explain`.
    pub fn document(&self, explain: bool) -> Value {
        document(R::COMMAND, self.fields(), self.provenance.as_ref().filter(|_| explain))
    }

    /// The fields of the report, and the warnings of the view if it has any.
    fn fields(&self) -> Map<String, Value> {
        // A report is a struct of numbers and texts: it is always an object.
        let mut fields = match serde_json::to_value(&self.report) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) | Err(_) => Map::new(),
        };
        let warnings: Vec<Value> = self.view.blocks.iter().filter_map(warning).collect();
        if !warnings.is_empty() {
            fields.insert("warnings".to_owned(), warnings.into());
        }
        fields
    }
}

/// The answer of any command: the document for machines and the view for people.
#[derive(Debug, Clone)]
pub struct Output {
    /// The kind of report it is.
    pub kind: ReportKind,
    /// The fields of the document, without `schema` and `provenance`.
    pub json: Map<String, Value>,
    /// What a person reads.
    pub view: View,
    /// Where each number comes from.
    pub provenance: Option<Provenance>,
    /// Whether the question was answered with yes: it fits, the target is met. Questions without a yes are yes.
    pub yes: bool,
}

impl<R: Report> From<Answered<R>> for Output {
    fn from(answered: Answered<R>) -> Self {
        let json = answered.fields();
        let Answered { view, provenance, yes, .. } = answered;
        Self { kind: ReportKind::of::<R>(), json, view, provenance, yes }
    }
}

fn document(command: &str, fields: Map<String, Value>, provenance: Option<&Provenance>) -> Value {
    let mut document = Map::new();
    document.insert("schema".to_owned(), format!("slipstick.{command}/1").into());
    document.extend(fields);
    if let Some(provenance) = provenance {
        document.insert("provenance".to_owned(), provenance.to_json());
    }
    Value::Object(document)
}

fn warning(block: &Block) -> Option<Value> {
    match block {
        Block::Warning(text) => Some(text.as_str().into()),
        _ => None,
    }
}

impl Output {
    /// The exit code of a process that ends with it.
    pub const fn exit_code(&self) -> u8 {
        if self.yes { 0 } else { 1 }
    }

    /// The document, headed by its schema; with the provenance of every number if `explain`.
    pub fn document(&self, explain: bool) -> Value {
        document(self.kind.command, self.json.clone(), self.provenance.as_ref().filter(|_| explain))
    }

    /// The answer as CSV: one row, or one for each row of a list.
    ///
    /// # Errors
    /// If it cannot be written, which is a bug.
    pub fn csv(&self) -> Result<String, ApiError> {
        report::csv(self.kind, &Value::Object(self.json.clone()))
    }
}
