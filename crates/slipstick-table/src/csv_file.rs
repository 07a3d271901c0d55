//! Comma-separated values: a head, then a row a line; what is missing is empty.

use std::io::Write;

use slipstick_api::{
    ApiError,
    table::{Chunk, TableHead, TableWriter, Values},
};

/// A file of comma-separated values.
pub(crate) struct CsvFile<W: Write> {
    out: csv::Writer<W>,
}

impl<W: Write> CsvFile<W> {
    pub(crate) fn new(out: W, head: &TableHead) -> Result<Self, ApiError> {
        let mut out = csv::Writer::from_writer(out);
        let names = head.columns.iter().map(|column| column.name.as_bytes());
        out.write_record(names).map_err(|error| unwritten(&error))?;
        Ok(Self { out })
    }
}

impl<W: Write> TableWriter for CsvFile<W> {
    fn write(&mut self, chunk: Chunk) -> Result<(), ApiError> {
        let mut cell = Vec::new();
        for row in 0..chunk.rows() {
            for column in &chunk.columns {
                cell.clear();
                // Writing into memory cannot fail.
                let _ = match column {
                    Values::Words { places, words } => {
                        let word = words.get(places[row] as usize).map_or("", String::as_str);
                        cell.write_all(word.as_bytes())
                    }
                    Values::Counts(counts) if counts[row] == u64::MAX => Ok(()),
                    Values::Counts(counts) => write!(cell, "{}", counts[row]),
                    Values::Numbers(numbers) if numbers[row].is_nan() => Ok(()),
                    Values::Numbers(numbers) => write!(cell, "{}", numbers[row]),
                };
                self.out.write_field(&cell).map_err(|error| unwritten(&error))?;
            }
            self.out.write_record(None::<&[u8]>).map_err(|error| unwritten(&error))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ApiError> {
        self.out.flush().map_err(|error| ApiError::unwritten(&error))
    }
}

fn unwritten(error: &csv::Error) -> ApiError {
    ApiError::unwritten(&std::io::Error::other(error.to_string()))
}
