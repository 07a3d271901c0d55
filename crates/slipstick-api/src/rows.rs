//! Long lists: their rows are written as they are found, so that nobody holds them.

use core::fmt;
use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::Value;

use crate::{
    ApiError, Output,
    render::HarmlessWriter,
    report::{self, Field},
};

/// A row whose type is forgotten.
pub trait Row {
    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// As the writer.
    fn write(&self, out: &mut dyn io::Write) -> io::Result<()>;

    /// It as a tree.
    fn value(&self) -> Value;
}

impl<T: Serialize> Row for T {
    fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        Ok(serde_json::to_writer_pretty(out, self)?)
    }

    fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Takes the rows of a list as they are found.
pub trait Rows {
    /// The answer as it is before its first row: what stands before the rows of its document is final.
    ///
    /// # Errors
    /// If it cannot be written.
    fn begin(&mut self, empty: &Output) -> Result<(), ApiError>;

    /// The next row.
    ///
    /// # Errors
    /// If it cannot be written.
    fn row(&mut self, row: &dyn Row) -> Result<(), ApiError>;
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Indented JSON.
    Json,
    /// Comma-separated values.
    Csv,
    /// Not at all: a person reads the view.
    View,
}

/// Writes a document, its rows as they come; it is the same as if they had all been there at once.
pub struct DocumentWriter<W> {
    out: HarmlessWriter<W>,
    form: Form,
    /// The columns, once the rows have begun.
    fields: Vec<Field>,
    /// Rows so far, once they have begun.
    rows: Option<u64>,
}

impl<W> fmt::Debug for DocumentWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentWriter").field("form", &self.form).finish_non_exhaustive()
    }
}

impl<W: io::Write> DocumentWriter<W> {
    /// Nothing is written yet.
    pub const fn new(out: W, form: Form) -> Self {
        Self { out: HarmlessWriter::new(out, form), form, fields: Vec::new(), rows: None }
    }

    /// Writes the document, or what is left of it if its rows came first; with the provenance of every number if
    /// `explain`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(&mut self, output: &Output, explain: bool) -> Result<(), ApiError> {
        let written = match (self.form, self.rows) {
            (Form::Json, Some(rows)) => self.tail(output, explain, rows),
            (Form::Json, None) => output.write_json(explain, &mut self.out).and_then(|()| writeln!(self.out)),
            (Form::Csv, None) => self.out.write_all(output.csv()?.as_bytes()),
            (Form::Csv, Some(_)) | (Form::View, _) => Ok(()),
        };
        written.and_then(|()| self.out.flush()).map_err(|error| ApiError::unwritten(&error))
    }

    fn tail(&mut self, output: &Output, explain: bool, rows: u64) -> io::Result<()> {
        if rows > 0 {
            self.out.write_all(b"\n  ")?;
        }
        let [_, tail] = around_rows(output, explain)?;
        writeln!(self.out, "{tail}")
    }

    fn head(&mut self, empty: &Output) -> io::Result<()> {
        match self.form {
            Form::Json => self.out.write_all(around_rows(empty, false)?[0].as_bytes()),
            Form::Csv => {
                self.fields = report::list_fields(empty.kind, &empty.document(false), &[]);
                self.out.write_all(&report::csv_heads(&self.fields)?)
            }
            Form::View => Ok(()),
        }
    }

    fn next(&mut self, row: &dyn Row, before: u64) -> io::Result<()> {
        match self.form {
            Form::Json => {
                self.out.write_all(if before == 0 { b"\n    " } else { b",\n    " })?;
                row.write(&mut Indented(&mut self.out))
            }
            Form::Csv => self.out.write_all(&report::csv_row(&self.fields, &row.value())?),
            Form::View => Ok(()),
        }
    }
}

impl<W: io::Write> Rows for DocumentWriter<W> {
    fn begin(&mut self, empty: &Output) -> Result<(), ApiError> {
        self.rows = Some(0);
        self.head(empty).map_err(|error| ApiError::unwritten(&error))
    }

    fn row(&mut self, row: &dyn Row) -> Result<(), ApiError> {
        let before = self.rows.unwrap_or_default();
        self.rows = Some(before + 1);
        self.next(row, before).map_err(|error| ApiError::unwritten(&error))
    }
}

/// The indented document before and after the rows that it lacks.
fn around_rows(output: &Output, explain: bool) -> io::Result<[String; 2]> {
    let mut text = Vec::new();
    output.write_json(explain, &mut text)?;
    let text = String::from_utf8_lossy(&text);
    // A line break followed by two blanks stands before a field of the document and nowhere else.
    let list = format!("\n  \"{}\": [", output.kind.rows.unwrap_or_default());
    let at = text.find(&list).map(|at| at + list.len());
    let at = at.ok_or_else(|| io::Error::other("the document has no list"))?;
    Ok([text[..at].to_owned(), text[at..].to_owned()])
}

/// Indents lines as the rows of a document's list are; texts in JSON hold no line breaks.
struct Indented<W>(W);

impl<W: io::Write> io::Write for Indented<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.0.write_all(part)?;
            if part.ends_with(b"\n") {
                self.0.write_all(b"    ")?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
