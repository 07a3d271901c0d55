//! `slipstick prices import`: a price file of another tool, read into a table of the user's own.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::{
    AsOf, Catalog, LayerName,
    price_files::{PriceFile, PriceFileError, PriceSource},
};

use super::{ImportRequest, PriceTable, RowReason};
use crate::{
    Answered, ApiError, World,
    report::Report,
    resolve::{opened, shown},
    view::{Block, Column, Table, View},
};

/// The largest list in use, of one cloud in all its regions, has some tens of megabytes.
const FILE_LIMIT: u64 = 256 << 20;

/// At most so many rejected rows are shown, and reasons; JSON has more.
const SHOWN_REJECTS: usize = 12;

/// `slipstick prices import`: what a price file holds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ImportReport {
    /// The kind of file.
    pub format: &'static str,
    /// Offers of accelerators that were taken.
    pub offers: usize,
    /// Prices of tokens that were taken.
    pub token_prices: usize,
    /// The table to keep.
    pub table_csv: PriceTable,
    /// How many rows were not taken.
    pub rejected_rows: usize,
    /// Rows that were not taken: the first 10,000.
    pub rejected: Vec<RejectedRow>,
}

impl Report for ImportReport {
    const COMMAND: &'static str = "prices.import";
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RejectedRow {
    /// The line, from 1; 0 where the format has none.
    pub line: u64,
    /// The row in short.
    pub row: String,
    /// Why it was not taken.
    pub reason: RowReason,
}

/// Reads a price file; the answer carries the table to keep, and the rows that were not taken with their reasons.
///
/// # Errors
/// If the file cannot be read, is of no known kind, or does not say its date or cloud.
pub fn import_prices(
    request: &ImportRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<ImportReport>, ApiError> {
    let text = opened(&request.file, FILE_LIMIT, world)?;
    let as_of = request.as_of.as_deref().map(date).transpose()?;
    let source = PriceSource {
        file: shown(&request.file),
        cloud: request.cloud.as_deref(),
        as_of: as_of.as_ref(),
        layer: LayerName::User,
    };
    let mut prices = catalog.read_prices(&source, text).map_err(|error| refusal(&error))?;
    let view = view(request, &prices);
    let rejects = core::mem::take(&mut prices.rejects);
    let rejected_rows = rejects.count();
    let rejected = rejects.into_listed().into_iter().map(|reject| RejectedRow {
        line: reject.line,
        row: reject.row,
        reason: RowReason(reject.reason),
    });
    let report = ImportReport {
        format: prices.format.name(),
        offers: prices.offers.len(),
        token_prices: prices.token_prices.len(),
        rejected_rows,
        rejected: rejected.collect(),
        table_csv: PriceTable(prices),
    };
    if let Some(path) = &request.output {
        world.write_text(path, &report.table_csv).map_err(|error| error.at("--output"))?;
    }
    Ok(Answered::new(report, view))
}

/// The day that prices of a file without dates hold for.
fn date(text: &str) -> Result<AsOf, ApiError> {
    AsOf::parse(text).map_err(|error| {
        ApiError::input("date.invalid", error.to_string())
            .at("--as-of")
            .help("write it as a year, a month or a day, such as 2026-11-22")
    })
}

fn refusal(error: &PriceFileError) -> ApiError {
    let (code, at, help) = match error {
        PriceFileError::Unrecognised { .. } => (
            "prices.unrecognised",
            "FILE",
            "tables of SkyPilot, gpuhunt and LiteLLM are known, and those that prices import --output writes",
        ),
        PriceFileError::Table(_) | PriceFileError::Json { .. } => {
            ("prices.syntax", "FILE", "give the whole file as it was fetched")
        }
        PriceFileError::NoDate { .. } => {
            ("prices.no_date", "--as-of", "say with --as-of on which day the file was fetched")
        }
        PriceFileError::NoCloud { .. } => {
            ("prices.no_cloud", "--cloud", "say with --cloud whose prices they are")
        }
    };
    ApiError::input(code, error.to_string()).at(at).help(help)
}

fn view(request: &ImportRequest, prices: &PriceFile) -> View {
    let taken = prices.offers.len() + prices.token_prices.len();
    let mut view =
        View::new(format!("{}: {taken} prices read as a {}", shown(&request.file), prices.format.name()));
    let reasons = prices.rejects.reasons();
    if !reasons.is_empty() {
        let mut table = Table::new(vec![Column::number("rows not taken"), Column::text("why")]);
        for (reason, count) in reasons.iter().take(SHOWN_REJECTS) {
            table.row([count.to_string(), (*reason).to_owned()]);
        }
        view.push(Block::Table(table));
        if reasons.len() > SHOWN_REJECTS {
            view.note(format!("{} further reasons", reasons.len() - SHOWN_REJECTS));
        }
        let mut rows = Table::new(vec![Column::number("line"), Column::text("row"), Column::text("why")]);
        for reject in prices.rejects.listed().iter().take(SHOWN_REJECTS) {
            rows.row([reject.line.to_string(), reject.row.clone(), reject.reason.to_string()]);
        }
        view.push(Block::Table(rows));
        if prices.rejects.count() > SHOWN_REJECTS {
            let more = prices.rejects.count() - SHOWN_REJECTS;
            view.note(format!("{more} more; --json lists the first 10,000"));
        }
    }
    if request.output.is_none() {
        view.note(
            "nothing was kept: --output FILE.csv writes the table; put it into your catalogue directory to use it",
        );
    }
    view
}
