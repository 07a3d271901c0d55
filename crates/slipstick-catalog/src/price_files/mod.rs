//! Price files of other tools and of our own, told apart by their columns, never by their names.
//!
//! Each row is read or rejected with a reason; none is dropped in silence, and no accelerator is guessed.

mod gpuhunt;
mod litellm;
mod own;
mod sanity;
mod skypilot;

use std::collections::BTreeMap;

use crate::{AsOf, Catalog, LayerName, Offer, TableError, TokenPrice, accelerators};

/// A price file and what its text does not say.
#[derive(Debug, Clone, Copy)]
pub struct PriceText<'a> {
    /// The file, for messages and origins.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The cloud, for formats that leave it to the file's name.
    pub cloud: Option<&'a str>,
    /// The day of the prices, for formats that carry none.
    pub as_of: Option<&'a AsOf>,
    /// The layer its rows go to.
    pub layer: LayerName,
}

/// A known kind of price file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriceFormat {
    /// gpuhunt's catalogue, a file for each provider.
    Gpuhunt,
    /// skypilot-catalog's `vms.csv`, a file for each cloud.
    Skypilot,
    /// litellm's model prices in JSON.
    Litellm,
    /// Our own table of offers.
    Offers,
    /// Our own table of token prices.
    TokenPrices,
}

impl PriceFormat {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gpuhunt => "gpuhunt CSV",
            Self::Skypilot => "skypilot vms.csv",
            Self::Litellm => "litellm JSON",
            Self::Offers => "slipstick offers CSV",
            Self::TokenPrices => "slipstick token prices CSV",
        }
    }
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The line of the file, from 1; 0 where the format has no lines.
    pub line: u64,
    /// The row in short: instance and region, or model.
    pub row: String,
    /// Why it was not taken.
    pub reason: String,
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
    pub rejects: Vec<Reject>,
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
    /// Rejects counted by reason, the commonest first.
    pub fn reasons(&self) -> Vec<(&str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for reject in &self.rejects {
            *counts.entry(&reject.reason).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        counts
    }

    /// Its offers as a table of our own, for the user's catalogue directory.
    pub fn offers_csv(&self) -> String {
        own::offers_csv(&self.offers)
    }

    /// Its token prices as a table of our own.
    pub fn token_prices_csv(&self) -> String {
        own::token_prices_csv(&self.token_prices)
    }
}

/// Reads a price file of any known kind.
pub(crate) fn read(catalog: &Catalog, input: &PriceText<'_>) -> Result<PriceFile, PriceFileError> {
    let unrecognised = || PriceFileError::Unrecognised { file: input.file.to_owned() };
    let format = detect(input.text).ok_or_else(unrecognised)?;
    let mut read = match format {
        PriceFormat::Gpuhunt => gpuhunt::read(catalog, input)?,
        PriceFormat::Skypilot => skypilot::read(catalog, input)?,
        PriceFormat::Litellm => litellm::read(input)?,
        PriceFormat::Offers => own::offers(catalog, input)?,
        PriceFormat::TokenPrices => own::token_prices(input)?,
    };
    sanity::sift(&mut read);
    Ok(PriceFile { format, offers: read.offers, token_prices: read.token_prices, rejects: read.rejects })
}

/// What a reader hands over before the rows are held against each other.
#[derive(Default)]
struct Read {
    offers: Vec<Offer>,
    /// The line of each offer.
    lines: Vec<u64>,
    token_prices: Vec<TokenPrice>,
    rejects: Vec<Reject>,
}

impl Read {
    fn offer(&mut self, line: u64, offer: Offer) {
        self.offers.push(offer);
        self.lines.push(line);
    }

    fn reject(&mut self, line: u64, row: impl Into<String>, reason: impl Into<String>) {
        self.rejects.push(Reject { line, row: row.into(), reason: reason.into() });
    }
}

/// The format, by the columns of the first line or by being a JSON object.
fn detect(text: &str) -> Option<PriceFormat> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('{') {
        return text.contains("\"input_cost_per_token\"").then_some(PriceFormat::Litellm);
    }
    let header = text.lines().next()?;
    let columns: Vec<&str> = header.split(',').map(|column| column.trim().trim_matches('"')).collect();
    let has = |names: &[&str]| names.iter().all(|name| columns.contains(name));
    if has(&["instance_name", "location", "price", "gpu_count", "gpu_name", "spot"]) {
        Some(PriceFormat::Gpuhunt)
    } else if has(&["InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "SpotPrice", "Region"]) {
        Some(PriceFormat::Skypilot)
    } else if has(&["cloud", "instance", "accelerator", "usd_per_hour"]) {
        Some(PriceFormat::Offers)
    } else if has(&["provider", "model", "usd_per_million_input"]) {
        Some(PriceFormat::TokenPrices)
    } else {
        None
    }
}

impl PriceText<'_> {
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

/// What a list calls an accelerator, resolved: its id and how many of it one listed unit is.
fn listed(
    catalog: &Catalog,
    namespace: &str,
    name: &str,
    memory_gb: Option<f64>,
) -> Result<(String, u32), String> {
    match accelerators::listed(namespace, name, memory_gb) {
        Some((id, each)) => Ok((id.to_owned(), each)),
        None => catalog
            .find_accelerator(name)
            .map(|entry| (entry.accelerator.id.clone(), 1))
            .ok_or_else(|| match memory_gb {
                Some(gb) => format!("the accelerator {name:?} with {gb} GB is not in the catalogue"),
                None => format!("the accelerator {name:?} is not in the catalogue"),
            })
            .and_then(|found| agrees(catalog, found, name, memory_gb)),
    }
}

/// Refuses a match by name alone whose memory is another.
fn agrees(
    catalog: &Catalog,
    found: (String, u32),
    name: &str,
    memory_gb: Option<f64>,
) -> Result<(String, u32), String> {
    let label = catalog.accelerator_by_id(&found.0).map(|entry| entry.label_gb);
    match (label, memory_gb) {
        (Some(label), Some(gb)) if gb > 0.0 && (gb / label - 1.0).abs() > 0.15 => {
            Err(format!("the accelerator {name:?} with {gb} GB is not in the catalogue"))
        }
        _ => Ok(found),
    }
}
