//! Rows of the user, the project or the request on top of the shipped ones.

use crate::{
    AsOf, Catalog, LayerName, ModelEntry, Offer, TokenPrice,
    accelerators::{self, AcceleratorEntry},
    price_files::{self, PriceFile, PriceFileError, PriceText, Reject},
};

/// Rows of all overlays, lowest layer first; within a layer in the order they were added.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    pub(crate) accelerators: Vec<AcceleratorEntry>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) token_prices: Vec<TokenPrice>,
    pub(crate) models: Vec<ModelEntry>,
    pub(crate) rejects: Vec<(String, Reject)>,
}

/// Why an overlay could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverlayError {
    /// A description of accelerators is wrong.
    #[error(transparent)]
    Accelerators(#[from] accelerators::UserFileError),
    /// A price table is wrong.
    #[error(transparent)]
    Prices(#[from] PriceFileError),
    /// It is no kind of table that is known.
    #[error(
        "{file}: not a table of the catalogue; give accelerators as .toml, prices as .csv or .json and models as config .json"
    )]
    Unrecognised {
        /// The file.
        file: String,
    },
}

impl Overlay {
    pub(crate) fn add(
        &mut self,
        below: &Catalog,
        layer: LayerName,
        file: &str,
        text: &str,
    ) -> Result<(), OverlayError> {
        let ending = file.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        match ending.as_str() {
            "toml" => {
                let find = |name: &str| below.accelerator(name).cloned().map_err(|e| e.to_string());
                self.accelerators.extend(accelerators::parse_user_file(layer, file, text, find)?);
                self.accelerators.sort_by_key(|entry| entry.origin.layer); // stable
            }
            "json" if !text.contains("\"input_cost_per_token\"") && is_config(text) => {
                self.models.push(ModelEntry::of_file(layer, file, text, undated()));
                self.models.sort_by_key(|entry| entry.origin.layer);
            }
            "csv" | "json" => {
                let input = PriceText { file, text, cloud: None, as_of: None, layer };
                self.add_prices(price_files::read(below, &input)?, file);
            }
            _ => return Err(OverlayError::Unrecognised { file: file.to_owned() }),
        }
        Ok(())
    }

    pub(crate) fn add_prices(&mut self, prices: PriceFile, file: &str) {
        self.offers.extend(prices.offers);
        self.offers.sort_by_key(|offer| offer.origin.layer);
        self.token_prices.extend(prices.token_prices);
        self.token_prices.sort_by_key(|price| price.origin.layer);
        self.rejects.extend(prices.rejects.into_iter().map(|reject| (file.to_owned(), reject)));
    }
}

/// Whether a JSON text is a model's configuration.
fn is_config(text: &str) -> bool {
    ["\"model_type\"", "\"architectures\""].iter().any(|key| text.contains(key))
}

/// The date of a file that carries none.
fn undated() -> AsOf {
    AsOf::parse("1970").expect("a year")
}

/// `shipped` with each overlay row in the place of the row it overrides, and new rows at the end.
pub(crate) fn merged<'a, T, K: Ord>(
    shipped: &'a [T],
    overlay: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> Vec<&'a T> {
    let mut all: Vec<&T> = shipped.iter().collect();
    if overlay.is_empty() {
        return all;
    }
    let mut places: std::collections::BTreeMap<K, usize> =
        all.iter().enumerate().map(|(place, row)| (key(row), place)).collect();
    for row in overlay {
        if let Some(&place) = places.get(&key(row)) {
            all[place] = row;
        } else {
            places.insert(key(row), all.len());
            all.push(row);
        }
    }
    all
}
