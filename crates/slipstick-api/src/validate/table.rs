//! The rows of a table of measurements, by column name.

use std::{cell::RefCell, collections::BTreeMap, io::Read};

use csv::StringRecord;

use crate::{ApiError, World, resolve::opened};

/// A table longer than this is no table of measurements.
const MOST_ROWS: usize = 1_000_000;

/// A table of measurements is some megabytes.
const TABLE_LIMIT: u64 = 1 << 30;

/// The table that `--data` names or is, from its beginning.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn open(path: &str, world: &dyn World) -> Result<Box<dyn Read>, ApiError> {
    opened(path, TABLE_LIMIT, world).map_err(|error| error.at("--data"))
}

/// Which column stands where.
#[derive(Debug, Clone)]
pub(crate) struct Header(BTreeMap<String, usize>);

impl Header {
    /// Whether there is such a column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    header: &'a Header,
    record: &'a StringRecord,
    noted: Option<&'a ColumnsRead>,
}

/// The columns that were read of rows.
#[derive(Debug, Default)]
pub(super) struct ColumnsRead(RefCell<Vec<usize>>);

impl ColumnsRead {
    fn note(&self, column: usize) {
        let mut known = self.0.borrow_mut();
        if !known.contains(&column) {
            known.push(column);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        let count = self.count();
        (0..count).filter_map(|at| self.0.borrow().get(at).copied())
    }
}

impl<'a> Cells<'a> {
    /// The text of a column; empty where the table lacks it or says nothing.
    pub(crate) fn get(&self, column: &str) -> &'a str {
        let Some(&column) = self.header.0.get(column) else { return "" };
        if let Some(noted) = self.noted {
            noted.note(column);
        }
        self.at(column)
    }

    /// The text of the column that stands at `column`.
    pub(super) fn at(&self, column: usize) -> &'a str {
        self.record.get(column).unwrap_or_default().trim()
    }

    /// The same row, whose reader is watched.
    pub(super) const fn noting<'n>(&self, noted: &'n ColumnsRead) -> Cells<'n>
    where
        'a: 'n,
    {
        Cells { noted: Some(noted), ..*self }
    }

    /// The first of some columns that says something.
    pub(crate) fn first(&self, columns: &[&str]) -> Option<&'a str> {
        columns.iter().map(|column| self.get(column)).find(|text| !text.is_empty())
    }

    /// A whole number from 1, from the first of some columns that says one.
    pub(crate) fn count(&self, columns: &[&str]) -> Option<u64> {
        columns.iter().find_map(|column| count(self.get(column)))
    }
}

/// A positive number, if the text is one.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite() && *value > 0.0)
}

/// Refuses a row of which one of these columns holds something that nobody can have measured: a word, nothing,
/// less than nothing or infinitely much.
pub(crate) fn measurements(cells: &Cells<'_>, columns: &[&str]) -> Result<(), String> {
    let wrong =
        columns.iter().find(|column| !cells.get(column).is_empty() && number(cells.get(column)).is_none());
    wrong.map_or(Ok(()), |column| {
        let shown: String = cells.get(column).chars().take(40).collect();
        Err(format!("{column}: {shown:?} is no measurement, which is a number above 0"))
    })
}

/// A positive count, if the text is one.
pub(crate) fn count(text: &str) -> Option<u64> {
    let value = number(text)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
    (value.fract() == 0.0 && value < 1e9).then_some(value as u64)
}

/// Shows every row of a table to `visit`, with the row's number from 1.
///
/// # Errors
/// If it is no table, or too long, or `visit` fails.
pub(crate) fn each_row(
    table: impl Read,
    mut visit: impl FnMut(usize, Cells<'_>) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table);
    let header = header(&mut reader)?;
    let mut record = StringRecord::new();
    let mut rows = 0;
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        rows += 1;
        if rows > MOST_ROWS {
            let message = format!("the table has over {MOST_ROWS} rows");
            return Err(ApiError::input("validate.too_long", message).at("--data").help("split it"));
        }
        visit(rows, Cells { header: &header, record: &record, noted: None })?;
    }
    Ok(())
}

/// The columns of a table.
///
/// # Errors
/// If it is no table.
pub(crate) fn columns(table: impl Read) -> Result<Header, ApiError> {
    header(&mut csv::ReaderBuilder::new().flexible(true).from_reader(table))
}

fn header(reader: &mut csv::Reader<impl Read>) -> Result<Header, ApiError> {
    let names = reader.headers().map_err(|error| unreadable(&error))?;
    // Of two columns of one name the first counts.
    let mut known = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        known.entry(name.trim_start_matches('\u{feff}').trim().to_owned()).or_insert(at);
    }
    Ok(Header(known))
}

fn unreadable(error: &csv::Error) -> ApiError {
    ApiError::input("validate.table", format!("the table cannot be read: {error}"))
        .at("--data")
        .help("give comma-separated text whose first line names the columns")
}
