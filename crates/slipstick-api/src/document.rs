//! A document: its head, the fields of a report, and what any document may carry.

use core::fmt;
use std::io;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    Provenance,
    report::Report,
    view::{Block, View},
};

/// What a document says beside its report.
pub(crate) struct Head<'a> {
    pub(crate) command: &'a str,
    pub(crate) warnings: Vec<&'a str>,
    pub(crate) provenance: Option<&'a Provenance>,
}

/// What should be heeded of a view.
pub(crate) fn warnings(view: &View) -> Vec<&str> {
    view.blocks.iter().filter_map(warning).collect()
}

fn warning(block: &Block) -> Option<&str> {
    match block {
        Block::Warning(text) => Some(text),
        _ => None,
    }
}

/// A report whose type is forgotten.
pub(crate) trait Written: fmt::Debug + Send + Sync {
    /// Its document as a tree.
    fn value(&self, head: &Head<'_>) -> Value;

    /// Its document as indented text.
    fn write(&self, head: &Head<'_>, out: &mut dyn io::Write) -> io::Result<()>;
}

impl<R: Report> Written for R {
    fn value(&self, head: &Head<'_>) -> Value {
        // A report is a struct of numbers and texts: it is always an object.
        serde_json::to_value(Document::new(self, head)).unwrap_or_default()
    }

    fn write(&self, head: &Head<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        Ok(serde_json::to_writer_pretty(out, &Document::new(self, head))?)
    }
}

#[derive(Serialize)]
struct Document<'a, R> {
    schema: String,
    #[serde(flatten)]
    report: &'a R,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Records<'a>>,
}

impl<'a, R> Document<'a, R> {
    fn new(report: &'a R, head: &'a Head<'_>) -> Self {
        Self {
            schema: format!("slipstick.{}/1", head.command),
            report,
            warnings: &head.warnings,
            provenance: head.provenance.map(Records),
        }
    }
}

/// Provenance as it stands in a document.
struct Records<'a>(&'a Provenance);

impl Serialize for Records<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_json().serialize(serializer)
    }
}
