//! Tables of our own: the columns of the shipped ones.

use std::{collections::HashMap, io};

use super::{PriceSource, Rows};
use crate::{
    Catalog, Offer, Place, TableError, Text, TokenPrice,
    offers::Shared,
    table,
    tables::{OfferRow, TokenPriceRow},
};

pub(super) fn offers(
    catalog: &Catalog,
    source: &PriceSource<'_>,
    text: impl io::Read,
) -> Result<Rows, TableError> {
    let mut out = Rows::default();
    // Thousands of rows name a few accelerators.
    let mut known: HashMap<Text, Result<Text, String>> = HashMap::new();
    let mut shared = Shared::new(Place { layer: source.layer, file: source.file });
    table::each::<OfferRow<'static>>(source.file, text, |line, row| {
        let mut offer = match row.offer(&mut shared) {
            Ok(offer) => offer,
            Err(reason) => return out.reject(line, "", &reason),
        };
        let id = known.entry(offer.accelerator.clone()).or_insert_with(|| {
            let found = catalog.accelerator(row.accelerator);
            found.map(|entry| Text::from(entry.accelerator.id.as_str())).map_err(|error| error.to_string())
        });
        match id {
            Ok(id) => {
                offer.accelerator = id.clone();
                out.offers.push((line, offer));
            }
            Err(error) => out.reject(line, row.instance, error.as_str()),
        }
    })?;
    Ok(out)
}

pub(super) fn token_prices(source: &PriceSource<'_>, text: impl io::Read) -> Result<Rows, TableError> {
    let mut out = Rows::default();
    table::each::<TokenPriceRow<'static>>(source.file, text, |line, row| {
        match row.price(source.layer, source.file) {
            Ok(price) => out.token_prices.push(price),
            Err(reason) => out.reject(line, "", &reason),
        }
    })?;
    Ok(out)
}

/// Offers as a table of our own.
pub(super) fn write_offers(offers: &[Offer], out: impl io::Write) -> io::Result<()> {
    write(offers, out, |offer, writer| {
        let source = offer.origin.sources.join(" ");
        writer.serialize(OfferRow::of(offer, &source))
    })
}

/// Token prices as a table of our own.
pub(super) fn write_token_prices(prices: &[TokenPrice], out: impl io::Write) -> io::Result<()> {
    write(prices, out, |price, writer| {
        let source = price.origin.sources.join(" ");
        writer.serialize(TokenPriceRow::of(price, &source))
    })
}

fn write<T, W: io::Write>(
    rows: &[T],
    out: W,
    one: impl Fn(&T, &mut csv::Writer<W>) -> csv::Result<()>,
) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    for row in rows {
        one(row, &mut writer)?;
    }
    writer.flush()
}
