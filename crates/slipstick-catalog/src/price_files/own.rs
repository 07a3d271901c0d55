//! Tables of our own: the columns of the shipped ones.

use std::{collections::HashMap, io};

use super::{PriceSource, Rows};
use crate::{
    Catalog, Offer, Place, TableError, Text, TokenPrice,
    offers::Shared,
    table,
    tables::{OfferRow, TokenPriceRow},
};

/// Names beyond these, several times what the catalogue has, are noise.
const NAMES: usize = 2000;

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
        let found = match known.get(&offer.accelerator) {
            Some(found) => found.clone(),
            None if known.len() < NAMES => {
                let found = identified(catalog, row.accelerator);
                known.insert(offer.accelerator.clone(), found.clone());
                found
            }
            None => Err(format!("the accelerator {:?} is not looked up", row.accelerator)),
        };
        match found {
            Ok(id) => {
                offer.accelerator = id;
                out.offers.push((line, offer));
            }
            Err(error) => out.reject(line, row.instance, &error),
        }
    })?;
    Ok(out)
}

/// The id of an accelerator, or what names are near.
fn identified(catalog: &Catalog, name: &str) -> Result<Text, String> {
    let found = catalog.accelerator(name);
    found.map(|entry| Text::from(entry.accelerator.id.as_str())).map_err(|error| error.to_string())
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
