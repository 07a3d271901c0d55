//! The rows of a table of measurements, by column name.

use std::collections::BTreeMap;

use csv::StringRecord;

use crate::ApiError;

/// A table longer than this is no table of measurements.
const MOST_ROWS: usize = 1_000_000;

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
}

impl<'a> Cells<'a> {
    /// The text of a column; empty where the table lacks it or says nothing.
    pub(crate) fn get(&self, column: &str) -> &'a str {
        self.header.0.get(column).and_then(|at| self.record.get(*at)).unwrap_or_default().trim()
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

/// A positive count, if the text is one.
pub(crate) fn count(text: &str) -> Option<u64> {
    let value = number(text)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
    (value.fract() == 0.0 && value < 1e9).then_some(value as u64)
}

/// Shows every row of a table to `visit`, with the row's number from 1.
///
/// # Errors
/// If the text is no table, or too long, or `visit` fails.
pub(crate) fn each_row(
    text: &str,
    mut visit: impl FnMut(usize, Cells<'_>) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = header(&mut reader)?;
    let mut record = StringRecord::new();
    let mut rows = 0;
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        rows += 1;
        if rows > MOST_ROWS {
            let message = format!("the table has over {MOST_ROWS} rows");
            return Err(ApiError::input("validate.too_long", message).at("--data").help("split it"));
        }
        visit(rows, Cells { header: &header, record: &record })?;
    }
    Ok(())
}

/// The columns of a table.
///
/// # Errors
/// If the text is no table.
pub(crate) fn columns(text: &str) -> Result<Header, ApiError> {
    header(&mut csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes()))
}

fn header(reader: &mut csv::Reader<&[u8]>) -> Result<Header, ApiError> {
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
