//! gpuhunt's catalogue files: one row for each instance, region and kind of sale.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use slipstick_core::units::UsdPerHour;

use super::{PriceFileError, PriceFormat, PriceText, Read, listed};
use crate::{
    AsOf, Catalog, Confidence, Offer, OfferKind, Origin, Text,
    offers::{PriceUnit, Prices},
    table,
};

#[derive(Deserialize)]
struct Row {
    instance_name: String,
    location: String,
    price: f64,
    cpu: Option<f64>,
    memory: Option<f64>,
    gpu_count: u32,
    gpu_name: Option<String>,
    gpu_memory: Option<f64>,
    spot: String,
    disk_size: Option<f64>,
}

impl Row {
    /// The accelerator of the catalogue, how many of it one listed unit holds, and whether the price is a spot price; or
    /// why the row says nothing about one.
    fn offered(&self, catalog: &Catalog) -> Result<(String, u32, bool), String> {
        let named = self.gpu_name.as_deref().filter(|name| self.gpu_count > 0 && !name.is_empty());
        let name = named.ok_or("it has no accelerator")?;
        let (accelerator, each) = listed(catalog, "gpuhunt", name, self.gpu_memory)?;
        match self.spot.to_ascii_lowercase().as_str() {
            "true" => Ok((accelerator, each, true)),
            "false" | "" => Ok((accelerator, each, false)),
            other => Err(format!("spot is {other:?}, not True or False")),
        }
    }

    /// The offer, still without a price.
    fn offer(&self, accelerator: &str, each: u32, cloud: &str, as_of: AsOf, input: &PriceText<'_>) -> Offer {
        let origin = Arc::new(Origin {
            layer: input.layer,
            file: input.file.to_owned(),
            sources: vec!["gpuhunt".to_owned()],
            seen: as_of,
            confidence: Confidence::Medium,
        });
        Offer {
            cloud: Text::from(cloud),
            region: (!self.location.is_empty()).then(|| Text::from(self.location.as_str())),
            instance: Text::from(self.instance_name.as_str()),
            accelerator: Text::from(accelerator),
            count: self.gpu_count.saturating_mul(each),
            unit: PriceUnit::Instance,
            kind: if cloud == "vastai" { OfferKind::MarketplaceFloor } else { OfferKind::List },
            vcpus: self.cpu.filter(|n| *n > 0.0),
            ram_gb: self.memory.filter(|n| *n > 0.0),
            storage_gb: self.disk_size.filter(|n| *n > 0.0),
            network_gbit_s: None,
            prices: Prices::default(),
            as_of,
            as_of_basis: Text::from("given at import"),
            note: Text::from(""),
            origin,
        }
    }
}

pub(super) fn read(catalog: &Catalog, input: &PriceText<'_>) -> Result<Read, PriceFileError> {
    let as_of = input.date(PriceFormat::Gpuhunt)?;
    let cloud = input.cloud(PriceFormat::Gpuhunt)?;
    let mut out = Read::default();
    // On-demand and spot stand in rows of their own; they are one offer here.
    let mut merged: BTreeMap<(String, String), (u64, Offer)> = BTreeMap::new();
    for (line, row) in table::rows::<Row>(input.file, input.text)? {
        let (accelerator, each, is_spot) = match row.offered(catalog) {
            Ok(offered) => offered,
            Err(reason) => {
                out.reject(line, format!("{} {}", row.instance_name, row.location), reason);
                continue;
            }
        };
        let key = (row.instance_name.clone(), row.location.clone());
        let (_, offer) = merged
            .entry(key)
            .or_insert_with(|| (line, row.offer(&accelerator, each, cloud.as_str(), as_of, input)));
        let slot = if is_spot { &mut offer.prices.spot } else { &mut offer.prices.on_demand };
        let price = UsdPerHour::dollars_per_hour(row.price);
        *slot = Some(slot.map_or(price, |known| known.min(price)));
    }
    (out.lines, out.offers) = merged.into_values().unzip();
    Ok(out)
}
