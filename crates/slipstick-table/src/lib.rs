//! Tables of many rows as files: Parquet, CSV and JSON lines.
//!
//! Nothing else knows the Parquet library, and nothing here computes.

mod arrow_schema;
mod csv_file;
mod json_lines;
mod parquet_file;

use std::io::Write;

use slipstick_api::{
    ApiError,
    table::{TableHead, TableWriter},
};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl FileKind {
    /// The kind that a path's ending says.
    ///
    /// # Errors
    /// If it says none.
    pub fn of(path: &str) -> Result<Self, ApiError> {
        match path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
            Some("parquet" | "pq") => Ok(Self::Parquet),
            Some("csv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson") => Ok(Self::JsonLines),
            _ => Err(ApiError::input("table.kind", format!("the ending of {path} says no kind of table"))
                .at(path.to_owned())
                .help("end it in .parquet, .csv or .jsonl")),
        }
    }

    /// Begins a table.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin<W: Write + Send + 'static>(
        self,
        out: W,
        head: &TableHead,
    ) -> Result<Box<dyn TableWriter>, ApiError> {
        Ok(match self {
            Self::Parquet => Box::new(parquet_file::ParquetFile::new(out, head)?),
            Self::Csv => Box::new(csv_file::CsvFile::new(out, head)?),
            Self::JsonLines => Box::new(json_lines::JsonLines::new(out, head)),
        })
    }
}
