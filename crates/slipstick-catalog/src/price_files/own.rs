//! Tables of our own: the columns of the shipped ones.

use serde::{Serialize, de::DeserializeOwned};

use super::{PriceText, Read};
use crate::{Catalog, TableError, offers, table, token_prices};

pub(super) fn offers(catalog: &Catalog, input: &PriceText<'_>) -> Result<Read, TableError> {
    let mut out = Read::default();
    for (line, row) in rows::<offers::Row>(input)? {
        match row.offer(input.layer, input.file) {
            Ok(mut offer) => match catalog.accelerator(&offer.accelerator) {
                Ok(entry) => {
                    offer.accelerator.clone_from(&entry.accelerator.id);
                    out.offers.push((line, offer));
                }
                Err(error) => out.reject(line, offer.instance, error.to_string()),
            },
            Err(reason) => out.reject(line, "", reason),
        }
    }
    Ok(out)
}

pub(super) fn token_prices(input: &PriceText<'_>) -> Result<Read, TableError> {
    let mut out = Read::default();
    for (line, row) in rows::<token_prices::Row>(input)? {
        match row.price(input.layer, input.file) {
            Ok(price) => out.token_prices.push(price),
            Err(reason) => out.reject(line, "", reason),
        }
    }
    Ok(out)
}

fn rows<T: DeserializeOwned>(input: &PriceText<'_>) -> Result<Vec<(u64, T)>, TableError> {
    table::rows(input.file, input.text.trim_start_matches('\u{feff}'))
}

/// Rows as text.
pub(super) fn write<T: Serialize>(rows: impl Iterator<Item = T>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("rows are flat and memory does not fail");
    }
    let bytes = writer.into_inner().expect("memory does not fail");
    String::from_utf8(bytes).expect("only text was written")
}
