//! Why a benchmark's file could not be read.

/// Why a benchmark's file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BenchmarkError {
    /// It holds nothing.
    #[error("it is empty")]
    Empty,
    /// It is no text.
    #[error("it holds zero bytes, so it is no text")]
    Binary,
    /// It begins as JSON and is none.
    #[error("it is not JSON: {what}, line {line}, column {column}")]
    Json {
        /// What is wrong.
        what: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It begins as a table and is none.
    #[error("it is no table: {0}")]
    Table(String),
    /// No known tool writes such a file.
    #[error("nothing in it tells which tool wrote it")]
    Unrecognised,
    /// It holds more runs than a person measures.
    #[error("it is of {tool} and holds over {most} runs", most = super::MOST_RUNS)]
    TooMany {
        /// The tool that wrote it.
        tool: &'static str,
    },
    /// No run in it says what it measured.
    #[error("it is of {tool}, and no run in it can be used: {why}")]
    Nothing {
        /// The tool that wrote it.
        tool: &'static str,
        /// Why the first run cannot.
        why: String,
    },
}

impl BenchmarkError {
    /// What to do about it.
    pub const fn cure(&self) -> &'static str {
        match self {
            Self::Empty => "wait until the benchmark has ended, or leave the file out",
            Self::Binary => "give the tool's JSON, csv or log",
            Self::Json { .. } | Self::Table(_) => "give the whole file as the tool wrote it",
            Self::Unrecognised => {
                "give the result file or start log of a tool that calibrate --help lists, or leave the file out"
            }
            Self::TooMany { .. } => "give one line a run, not one a request, or split it",
            Self::Nothing { .. } => "run the benchmark again with enough requests to measure",
        }
    }
}
