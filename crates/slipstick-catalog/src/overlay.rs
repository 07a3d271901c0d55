//! Rows of the user, the project or the request on top of the shipped ones.

use crate::{
    AsOf, Catalog, LayerName, ModelEntry, TokenPrice,
    accelerators::{self, AcceleratorEntry},
    offers::OfferRows,
    price_files::{self, PriceFile, PriceFileError, PriceText, Reject},
    rows::Rows,
};

/// Rows of all overlays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    pub(crate) accelerators: Rows<AcceleratorEntry>,
    pub(crate) offers: OfferRows,
    pub(crate) token_prices: Rows<TokenPrice>,
    pub(crate) models: Rows<ModelEntry>,
    pub(crate) rejects: Vec<(String, Reject)>,
}

/// What one file of an overlay holds.
pub(crate) enum Addition {
    /// Accelerators.
    Accelerators(Vec<AcceleratorEntry>),
    /// A model.
    Model(Box<ModelEntry>),
    /// Prices.
    Prices(PriceFile),
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
    pub(crate) fn add(&mut self, addition: Addition, file: &str) {
        match addition {
            Addition::Accelerators(entries) => self.accelerators.extend(entries),
            Addition::Model(entry) => self.models.extend([*entry]),
            Addition::Prices(prices) => {
                self.offers.extend(prices.offers);
                self.token_prices.extend(prices.token_prices);
                self.rejects.extend(prices.rejects.into_iter().map(|reject| (file.to_owned(), reject)));
            }
        }
    }
}

/// Reads one file over the facts of `below`.
pub(crate) fn read(
    below: &Catalog,
    layer: LayerName,
    file: &str,
    text: &str,
) -> Result<Addition, OverlayError> {
    let ending = file.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    Ok(match ending.as_str() {
        "toml" => {
            let find = |name: &str| below.accelerator(name).cloned().map_err(|e| e.to_string());
            Addition::Accelerators(accelerators::parse_user_file(layer, file, text, find)?)
        }
        "json" if !text.contains("\"input_cost_per_token\"") && is_config(text) => {
            Addition::Model(Box::new(ModelEntry::of_file(layer, file, text, undated())))
        }
        "csv" | "json" => {
            let input = PriceText { file, text, cloud: None, as_of: None, layer };
            Addition::Prices(price_files::read(below, &input)?)
        }
        _ => return Err(OverlayError::Unrecognised { file: file.to_owned() }),
    })
}

/// Whether a JSON text is a model's configuration.
fn is_config(text: &str) -> bool {
    ["\"model_type\"", "\"architectures\""].iter().any(|key| text.contains(key))
}

/// The date of a file that carries none.
fn undated() -> AsOf {
    AsOf::parse("1970").expect("a year")
}
