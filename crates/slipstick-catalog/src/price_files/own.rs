//! Tables of our own: the columns of the shipped ones.

use std::collections::HashMap;

use super::{PriceText, Read};
use crate::{
    Catalog, Offer, Place, TableError, Text, TokenPrice,
    offers::Shared,
    table,
    tables::{OfferRow, TokenPriceRow},
};

pub(super) fn offers(catalog: &Catalog, input: &PriceText<'_>) -> Result<Read, TableError> {
    let mut out = Read::default();
    // Thousands of rows name a few accelerators.
    let mut known: HashMap<Text, Result<Text, String>> = HashMap::new();
    let mut shared = Shared::new(Place { layer: input.layer, file: input.file });
    out.offers.reserve(input.text.lines().count());
    table::each::<OfferRow<'static>>(input.file, text(input), |line, row| {
        let mut offer = match row.offer(&mut shared) {
            Ok(offer) => offer,
            Err(reason) => return out.reject(line, "", reason),
        };
        let id = known.entry(offer.accelerator.clone()).or_insert_with(|| {
            let found = catalog.accelerator(row.accelerator);
            found.map(|entry| Text::from(entry.accelerator.id.as_str())).map_err(|error| error.to_string())
        });
        match id {
            Ok(id) => {
                offer.accelerator = id.clone();
                out.offer(line, offer);
            }
            Err(error) => out.reject(line, row.instance, error.as_str()),
        }
    })?;
    Ok(out)
}

pub(super) fn token_prices(input: &PriceText<'_>) -> Result<Read, TableError> {
    let mut out = Read::default();
    table::each::<TokenPriceRow<'static>>(input.file, text(input), |line, row| {
        match row.price(input.layer, input.file) {
            Ok(price) => out.token_prices.push(price),
            Err(reason) => out.reject(line, "", reason),
        }
    })?;
    Ok(out)
}

/// Editors on Windows begin a file with a byte order mark.
fn text<'a>(input: &PriceText<'a>) -> &'a str {
    input.text.trim_start_matches('\u{feff}')
}

/// Offers as a table of our own.
pub(super) fn offers_csv(offers: &[Offer]) -> String {
    write(offers, |offer, writer| {
        let source = offer.origin.sources.join(" ");
        writer.serialize(OfferRow::of(offer, &source))
    })
}

/// Token prices as a table of our own.
pub(super) fn token_prices_csv(prices: &[TokenPrice]) -> String {
    write(prices, |price, writer| {
        let source = price.origin.sources.join(" ");
        writer.serialize(TokenPriceRow::of(price, &source))
    })
}

fn write<T>(rows: &[T], one: impl Fn(&T, &mut csv::Writer<Vec<u8>>) -> csv::Result<()>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        one(row, &mut writer).expect("rows are flat and memory does not fail");
    }
    let bytes = writer.into_inner().expect("memory does not fail");
    String::from_utf8(bytes).expect("only text was written")
}
