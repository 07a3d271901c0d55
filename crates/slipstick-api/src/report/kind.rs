//! Which reports there are.

use core::fmt;

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};

use super::Report;

/// A kind of report: its command, and how to get the schema of its fields.
#[derive(Clone, Copy)]
pub struct ReportKind {
    /// The command, as in `slipstick.<command>/1`.
    pub command: &'static str,
    /// The field whose rows are the answer, if it is a list.
    pub rows: Option<&'static str>,
    fields: fn(SchemaGenerator) -> Schema,
}

impl ReportKind {
    /// The kind of a report.
    pub const fn of<R: Report>() -> Self {
        Self { command: R::COMMAND, rows: R::ROWS, fields: SchemaGenerator::into_root_schema_for::<R> }
    }

    /// What its documents are headed by.
    pub fn name(self) -> String {
        format!("slipstick.{}/1", self.command)
    }

    /// The schema of the report's own fields. `whole` writes each part where it is used, for those who walk it.
    pub(super) fn fields(self, whole: bool) -> Schema {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        (self.fields)(settings.with(|settings| settings.inline_subschemas = whole).into_generator())
    }
}

impl fmt::Debug for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportKind")
            .field("command", &self.command)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
