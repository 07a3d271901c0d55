//! One JSON object a line; what is missing is null.

use std::io::{self, Write};

use slipstick_api::{
    ApiError,
    table::{Chunk, TableHead, TableWriter, Values},
};

/// A file of JSON lines.
pub(crate) struct JsonLines<W> {
    out: W,
    /// `"name":` of each column.
    keys: Vec<String>,
}

impl<W: Write> JsonLines<W> {
    pub(crate) fn new(out: W, head: &TableHead) -> Self {
        let key = |name: &str| format!("{}:", serde_json::Value::from(name));
        Self { out, keys: head.columns.iter().map(|column| key(&column.name)).collect() }
    }

    fn row(&mut self, chunk: &Chunk, row: usize) -> io::Result<()> {
        self.out.write_all(b"{")?;
        for (at, (column, key)) in chunk.columns.iter().zip(&self.keys).enumerate() {
            if at > 0 {
                self.out.write_all(b",")?;
            }
            self.out.write_all(key.as_bytes())?;
            match column {
                Values::Words { places, words } => match words.get(places[row] as usize) {
                    Some(word) if !word.is_empty() => serde_json::to_writer(&mut self.out, word)?,
                    _ => self.out.write_all(b"null")?,
                },
                Values::Counts(counts) if counts[row] == u64::MAX => self.out.write_all(b"null")?,
                Values::Counts(counts) => write!(self.out, "{}", counts[row])?,
                Values::Numbers(numbers) => serde_json::to_writer(&mut self.out, &numbers[row])?,
            }
        }
        self.out.write_all(b"}\n")
    }
}

impl<W: Write> TableWriter for JsonLines<W> {
    fn write(&mut self, chunk: Chunk) -> Result<(), ApiError> {
        (0..chunk.rows())
            .try_for_each(|row| self.row(&chunk, row))
            .map_err(|error| ApiError::unwritten(&error))
    }

    fn finish(mut self: Box<Self>) -> Result<(), ApiError> {
        self.out.flush().map_err(|error| ApiError::unwritten(&error))
    }
}
