//! A run, and what a file holds of them.

use std::collections::BTreeMap;

/// A measured run: cells by the columns of a table of measurements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run(BTreeMap<&'static str, String>);

impl Run {
    /// The cell of a column; none where the file does not say it.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    /// Every cell, by column.
    pub fn cells(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(column, text)| (*column, text.as_str()))
    }

    /// Says what the file does not; what it says stays.
    pub fn or_say(&mut self, column: &'static str, text: Option<impl ToString>) {
        if let Some(text) = text {
            self.0.entry(column).or_insert_with(|| text.to_string());
        }
    }

    /// The same of another term of memory, whose value it does not say.
    #[must_use]
    pub fn measuring(&self, term: &'static str) -> Self {
        self.clone().with("measured_what", Some(term)).with("value", Some(0)).with("unit", Some("GiB"))
    }

    /// The same with a cell, if there is something to say.
    #[must_use]
    pub(super) fn with(mut self, column: &'static str, text: Option<impl ToString>) -> Self {
        self.set(column, text);
        self
    }

    /// The same without a cell.
    #[must_use]
    pub(super) fn without(mut self, column: &str) -> Self {
        self.0.remove(column);
        self
    }

    pub(super) fn set(&mut self, column: &'static str, text: Option<impl ToString>) {
        let text = text.map(|text| text.to_string()).filter(|text| !text.trim().is_empty());
        if let Some(text) = text {
            self.0.insert(column, text);
        }
    }
}

/// What a file measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// How fast requests are served.
    Serving,
    /// How much memory an engine takes.
    Memory,
}

/// A run that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which one.
    pub what: String,
    /// Why.
    pub why: String,
}

impl LeftOut {
    pub(super) fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurements {
    /// The tool that wrote it.
    pub tool: &'static str,
    /// What it measures.
    pub kind: Kind,
    /// Its runs, in order.
    pub runs: Vec<Run>,
    /// Runs that cannot be used.
    pub left_out: Vec<LeftOut>,
}

impl Measurements {
    pub(super) const fn of(tool: &'static str, kind: Kind) -> Self {
        Self { tool, kind, runs: Vec::new(), left_out: Vec::new() }
    }

    pub(super) fn extend(&mut self, runs: impl IntoIterator<Item = Result<Run, LeftOut>>) {
        for run in runs {
            match run {
                Ok(run) => self.runs.push(run),
                Err(left_out) => self.left_out.push(left_out),
            }
        }
    }
}
