//! The answer to a request.

use std::{io, sync::Arc};

use serde_json::Value;

use crate::{
    ApiError, Provenance,
    document::{Head, Written, warnings},
    report::{self, Report, ReportKind},
    view::View,
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
        self.report.value(&Head {
            command: R::COMMAND,
            warnings: warnings(&self.view),
            provenance: self.provenance.as_ref().filter(|_| explain),
        })
    }
}

/// The answer of any command: the document for machines and the view for people.
///
/// A document is written from the report when it is asked for, never before.
#[derive(Debug, Clone)]
pub struct Output {
    /// The kind of report it is.
    pub kind: ReportKind,
    report: Arc<dyn Written>,
    /// What the document warns of: what a face adds to the view later is not the answer's.
    warnings: Vec<String>,
    /// What a person reads.
    pub view: View,
    /// Where each number comes from.
    pub provenance: Option<Provenance>,
    /// Whether the question was answered with yes: it fits, the target is met. Questions without a yes are yes.
    pub yes: bool,
}

impl<R: Report> From<Answered<R>> for Output {
    fn from(answered: Answered<R>) -> Self {
        let Answered { report, view, provenance, yes } = answered;
        let warnings = warnings(&view).into_iter().map(str::to_owned).collect();
        Self { kind: ReportKind::of::<R>(), report: Arc::new(report), warnings, view, provenance, yes }
    }
}

impl Output {
    /// The exit code of a process that ends with it.
    pub const fn exit_code(&self) -> u8 {
        if self.yes { 0 } else { 1 }
    }

    fn head(&self, explain: bool) -> Head<'_> {
        Head {
            command: self.kind.command,
            warnings: self.warnings.iter().map(String::as_str).collect(),
            provenance: self.provenance.as_ref().filter(|_| explain),
        }
    }

    /// The document, headed by its schema; with the provenance of every number if `explain`.
    pub fn document(&self, explain: bool) -> Value {
        self.report.value(&self.head(explain))
    }

    /// Writes the document as indented JSON, without a tree of it in between.
    ///
    /// # Errors
    /// As the writer.
    pub fn write_json(&self, explain: bool, out: &mut dyn io::Write) -> io::Result<()> {
        self.report.write(&self.head(explain), out)
    }

    /// The answer as CSV: one row, or one for each row of a list.
    ///
    /// # Errors
    /// If it cannot be written, which is a bug.
    pub fn csv(&self) -> Result<String, ApiError> {
        report::csv(self.kind, &self.document(false))
    }
}
