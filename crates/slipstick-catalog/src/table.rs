//! Reading comma-separated tables whose rows carry a unit in each column name.

use std::io::Read;

use serde::Deserialize;

/// Why a table could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {what}")]
pub struct TableError {
    /// The file.
    pub file: String,
    /// The line of the file, from 1.
    pub line: u64,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl TableError {
    pub(crate) fn new(file: &str, line: u64, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }
}

/// A kind of row whose texts are borrowed from the record that is read.
pub(crate) trait Columns {
    /// The row, for as long as its record.
    type Row<'a>: Deserialize<'a>;
}

/// Hands over each row of a table with its line.
pub(crate) fn each<C: Columns>(
    file: &str,
    text: impl Read,
    mut take: impl for<'a> FnMut(u64, C::Row<'a>),
) -> Result<(), TableError> {
    let mut reader = csv::Reader::from_reader(text);
    let headers = reader.headers().map_err(|e| csv_error(file, &e))?.clone();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|e| csv_error(file, &e))? {
        let line = record.position().map_or(0, csv::Position::line);
        take(line, record.deserialize(Some(&headers)).map_err(|e| csv_error(file, &e))?);
    }
    Ok(())
}

/// The line, from 1, where a span of a text begins.
pub(crate) fn line_of(text: &str, span: Option<core::ops::Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start.min(text.len()));
    1 + text.get(..start).unwrap_or(text).matches('\n').count()
}

fn csv_error(file: &str, error: &csv::Error) -> TableError {
    let line = error.position().map_or(0, csv::Position::line);
    let what = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns where the header has {expected_len}")
        }
        csv::ErrorKind::Deserialize { err, .. } => format!("{:?}", err.kind()),
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    };
    TableError::new(file, line, what)
}
