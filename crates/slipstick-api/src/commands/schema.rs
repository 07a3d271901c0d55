//! `slipstick schema`: the JSON Schema of each command's document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::COMMANDS;
use crate::{
    Answered, ApiError,
    history::{HistoryCompareReport, HistoryReport, HistoryShowReport},
    report::{self, Report, ReportKind, Shown},
    view::{Block, View},
};

/// `slipstick schema`: which documents there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SchemasReport {
    /// The documents.
    pub schemas: Vec<SchemaRow>,
}

impl Report for SchemasReport {
    const COMMAND: &'static str = "schema";
    const ROWS: Option<&'static str> = Some("schemas");
}

/// The document of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SchemaRow {
    /// The command.
    pub command: String,
    /// What its documents are headed by.
    pub schema: String,
    /// What they hold.
    pub about: String,
}

/// Every kind of report: those of the questions, of the history and of this command.
pub fn reports() -> Vec<ReportKind> {
    let own = [
        ReportKind::of::<HistoryReport>(),
        ReportKind::of::<HistoryShowReport>(),
        ReportKind::of::<HistoryCompareReport>(),
        ReportKind::of::<SchemasReport>(),
    ];
    COMMANDS.iter().flat_map(|command| command.reports).copied().chain(own).collect()
}

/// Lists the documents.
pub fn schemas() -> Answered<SchemasReport> {
    let rows = reports().into_iter().map(|kind| SchemaRow {
        command: kind.command.replace('.', " "),
        schema: kind.name(),
        about: about(&report::schema(kind)),
    });
    let report = SchemasReport { schemas: rows.collect() };
    let mut view = View::new(format!("{} kinds of documents", report.schemas.len()));
    let columns = [Shown::new("command", "command"), Shown::new("about", "document").priority(1)];
    view.push(Block::Table(report::table(&report.schemas, &columns)));
    view.note("slipstick schema COMMAND prints the JSON Schema of its documents");
    Answered::new(report, view)
}

fn about(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    text.rsplit_once("`: ").map_or(text, |(_, about)| about).to_owned()
}

/// The JSON Schema of a command's documents; the command in one word or more, such as `methods eval`.
///
/// # Errors
/// If there is no such command.
pub fn schema(command: &str) -> Result<Value, ApiError> {
    let name = command.trim().replace([' ', '-'], ".");
    let all = reports();
    let kind = all.iter().find(|kind| kind.command == name).ok_or_else(|| {
        let known: Vec<String> = all.iter().map(|kind| kind.command.replace('.', " ")).collect();
        ApiError::unknown("schema.unknown", "command", command, known.iter().map(String::as_str))
            .at("COMMAND")
            .or_help("slipstick schema lists them all")
    })?;
    Ok(report::schema(*kind))
}
