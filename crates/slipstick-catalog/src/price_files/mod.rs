//! Price files of other tools and of our own, told apart by their columns, never by their names.
//!
//! Each row is read or rejected with a reason; none is dropped in silence, and no accelerator is guessed.

mod format;
mod gpuhunt;
mod litellm;
mod named;
mod own;
mod rejects;
mod sanity;
mod skypilot;

use std::io::{self, BufReader, Read};

use slipstick_core::units::UsdPerHour;

use self::named::Named;
use crate::{
    AsOf, Catalog, LayerName, Offer, TableError, TokenPrice,
    offers::{Imported, Prices},
    table::{self, Columns},
};

pub use format::PriceFormat;
pub use rejects::{Reject, Rejects};

/// What is said of a price file beside its text.
#[derive(Debug, Clone, Copy)]
pub struct PriceSource<'a> {
    /// The file, for messages and origins.
    pub file: &'a str,
    /// The cloud, for formats that leave it to the file's name.
    pub cloud: Option<&'a str>,
    /// The day of the prices, for formats that carry none.
    pub as_of: Option<&'a AsOf>,
    /// The layer its rows go to.
    pub layer: LayerName,
}

/// What a price file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceFile {
    /// Its kind.
    pub format: PriceFormat,
    /// Offers of accelerators.
    pub offers: Vec<Offer>,
    /// Prices of tokens.
    pub token_prices: Vec<TokenPrice>,
    /// Rows that were not taken.
    pub rejects: Rejects,
}

/// Why a whole price file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceFileError {
    /// Its columns are of no known format.
    #[error(
        "{file}: no known price table; it may be a gpuhunt or skypilot CSV, litellm's JSON, or a CSV with the columns of offers.csv"
    )]
    Unrecognised {
        /// The file.
        file: String,
    },
    /// Its rows cannot be taken apart.
    #[error(transparent)]
    Table(#[from] TableError),
    /// It is not valid JSON.
    #[error("{file}: not valid JSON at line {line}: {what}")]
    Json {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// What the parser met.
        what: String,
    },
    /// The format carries no date.
    #[error("{file}: a {format} carries no date; say for which day its prices hold, like --as-of 2026-08-20")]
    NoDate {
        /// The file.
        file: String,
        /// The format.
        format: &'static str,
    },
    /// The format leaves the cloud to the file's name, which does not say it.
    #[error("{file}: a {format} does not name its cloud; say which, like --cloud aws")]
    NoCloud {
        /// The file.
        file: String,
        /// The format.
        format: &'static str,
    },
}

impl PriceFile {
    /// Writes its prices as a table of our own, for the user's catalogue directory: a file holds offers or prices of
    /// tokens, never both.
    ///
    /// # Errors
    /// As the writer.
    pub fn write_csv(&self, out: impl io::Write) -> io::Result<()> {
        if self.offers.is_empty() {
            own::write_token_prices(&self.token_prices, out)
        } else {
            own::write_offers(&self.offers, out)
        }
    }
}

/// Reads a price file of any known kind, row by row.
pub(crate) fn read(
    catalog: &Catalog,
    source: &PriceSource<'_>,
    text: impl Read,
) -> Result<PriceFile, PriceFileError> {
    let failed = |error: io::Error| TableError::new(source.file, 0, error.to_string());
    let mut text = BufReader::new(text);
    let head = format::head(&mut text).map_err(failed)?;
    let unrecognised = || PriceFileError::Unrecognised { file: source.file.to_owned() };
    let format = format::detect(&head).ok_or_else(unrecognised)?;
    let text = head.as_slice().chain(text);
    let mut read = match format {
        PriceFormat::Gpuhunt => gpuhunt::read(catalog, source, text)?,
        PriceFormat::Skypilot => skypilot::read(catalog, source, text)?,
        PriceFormat::Litellm => litellm::read(source, text)?,
        PriceFormat::Offers => own::offers(catalog, source, text)?,
        PriceFormat::TokenPrices => own::token_prices(source, text)?,
    };
    sanity::sift(&mut read);
    let offers = read.offers.into_iter().map(|(_, offer)| offer).collect();
    Ok(PriceFile { format, offers, token_prices: read.token_prices, rejects: read.rejects })
}

/// What a reader hands over before the rows are held against each other.
#[derive(Default)]
struct Rows {
    /// Offers with their lines.
    offers: Vec<(u64, Offer)>,
    token_prices: Vec<TokenPrice>,
    rejects: Rejects,
}

impl Rows {
    fn reject(&mut self, line: u64, row: impl Into<String>, reason: &str) {
        self.rejects.push(line, row, reason);
    }

    /// Rows of one instance in one region become one offer, at the lowest price of each kind: on-demand and spot may
    /// stand in rows of their own, and the zones of a region repeat its price.
    fn merge(&mut self) {
        self.offers.sort_unstable_by(|(line, a), (later, b)| {
            (&a.instance, &a.region, line).cmp(&(&b.instance, &b.region, later))
        });
        self.offers.dedup_by(|(_, later), (_, kept)| {
            let same = later.instance == kept.instance && later.region == kept.region;
            if same {
                kept.prices = lowest(&kept.prices, &later.prices);
            }
            same
        });
    }
}

/// A row of another tool's list of one cloud.
trait ListRow {
    /// The offer, or why the row says nothing about an accelerator.
    fn offer(&self, named: &mut Named<'_>, shared: &mut Imported) -> Result<Offer, String>;

    /// The row in short.
    fn shown(&self) -> String;
}

/// Reads a list whose rows are `C`, called `list`, that has its own names for accelerators.
fn list<C: Columns>(
    catalog: &Catalog,
    source: &PriceSource<'_>,
    text: impl Read,
    (format, list, namespace): (PriceFormat, &str, &'static str),
) -> Result<Rows, PriceFileError>
where
    for<'a> C::Row<'a>: ListRow,
{
    let as_of = source.date(format)?;
    let cloud = source.cloud(format)?;
    let mut shared = Imported::new(source, list, &cloud, as_of);
    let mut named = Named::new(catalog, namespace);
    let mut out = Rows::default();
    table::each::<C>(source.file, text, |line, row| match row.offer(&mut named, &mut shared) {
        Ok(offer) => out.offers.push((line, offer)),
        Err(reason) => out.reject(line, row.shown(), &reason),
    })?;
    out.merge();
    Ok(out)
}

/// The lower of two offers' prices, term by term.
fn lowest(a: &Prices, b: &Prices) -> Prices {
    let lower = |a: Option<UsdPerHour>, b: Option<UsdPerHour>| match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    };
    Prices {
        on_demand: lower(a.on_demand, b.on_demand),
        spot: lower(a.spot, b.spot),
        one_year: lower(a.one_year, b.one_year),
        three_years: lower(a.three_years, b.three_years),
    }
}

impl PriceSource<'_> {
    fn date(&self, format: PriceFormat) -> Result<AsOf, PriceFileError> {
        let missing = || PriceFileError::NoDate { file: self.file.to_owned(), format: format.name() };
        self.as_of.copied().ok_or_else(missing)
    }

    /// The cloud given, or the file's stem, or its folder where the stem is the same for all clouds.
    fn cloud(&self, format: PriceFormat) -> Result<String, PriceFileError> {
        if let Some(cloud) = self.cloud {
            return Ok(cloud.to_ascii_lowercase());
        }
        let mut parts = self.file.rsplit(['/', '\\']);
        let stem = parts.next().and_then(|name| name.split('.').next()).unwrap_or("");
        let name = if matches!(stem, "vms" | "catalog" | "") { parts.next().unwrap_or("") } else { stem };
        if name.is_empty() {
            return Err(PriceFileError::NoCloud { file: self.file.to_owned(), format: format.name() });
        }
        Ok(name.to_ascii_lowercase())
    }
}
