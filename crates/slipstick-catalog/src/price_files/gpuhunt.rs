//! gpuhunt's catalogue files: one row for each instance, region and kind of sale.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use slipstick_core::units::UsdPerHour;

use super::{PriceFileError, PriceFormat, PriceText, Read, listed};
use crate::{
    Catalog, Confidence, Offer, OfferKind, Origin, Text,
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

pub(super) fn read(catalog: &Catalog, input: &PriceText<'_>) -> Result<Read, PriceFileError> {
    let as_of = input.date(PriceFormat::Gpuhunt)?;
    let cloud = input.cloud(PriceFormat::Gpuhunt)?;
    let mut out = Read::default();
    // On-demand and spot stand in rows of their own; they are one offer here.
    let mut merged: BTreeMap<(String, String), (u64, Offer)> = BTreeMap::new();
    for (line, row) in table::rows::<Row>(input.file, input.text)? {
        let shown = format!("{} {}", row.instance_name, row.location);
        let name = match row.gpu_name.as_deref() {
            Some(name) if row.gpu_count > 0 && !name.is_empty() => name,
            _ => {
                out.reject(line, shown, "it has no accelerator");
                continue;
            }
        };
        let (accelerator, each) = match listed(catalog, "gpuhunt", name, row.gpu_memory) {
            Ok(found) => found,
            Err(reason) => {
                out.reject(line, shown, reason);
                continue;
            }
        };
        let spot = match row.spot.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" | "" => false,
            other => {
                out.reject(line, shown, format!("spot is {other:?}, not True or False"));
                continue;
            }
        };
        let key = (row.instance_name.clone(), row.location.clone());
        let (_, offer) = merged.entry(key).or_insert_with(|| {
            let origin = Arc::new(Origin {
                layer: input.layer,
                file: input.file.to_owned(),
                sources: vec!["gpuhunt".to_owned()],
                seen: as_of,
                confidence: Confidence::Medium,
            });
            let offer = Offer {
                cloud: Text::from(cloud.as_str()),
                region: (!row.location.is_empty()).then(|| Text::from(row.location.as_str())),
                instance: Text::from(row.instance_name.as_str()),
                accelerator: Text::from(accelerator),
                count: row.gpu_count.saturating_mul(each),
                unit: PriceUnit::Instance,
                kind: if cloud == "vastai" { OfferKind::MarketplaceFloor } else { OfferKind::List },
                vcpus: row.cpu.filter(|n| *n > 0.0),
                ram_gb: row.memory.filter(|n| *n > 0.0),
                storage_gb: row.disk_size.filter(|n| *n > 0.0),
                network_gbit_s: None,
                prices: Prices::default(),
                as_of,
                as_of_basis: Text::from("given at import"),
                note: Text::from(""),
                origin,
            };
            (line, offer)
        });
        let slot = if spot { &mut offer.prices.spot } else { &mut offer.prices.on_demand };
        let price = UsdPerHour::dollars_per_hour(row.price);
        *slot = Some(slot.map_or(price, |known| known.min(price)));
    }
    (out.lines, out.offers) = merged.into_values().unzip();
    Ok(out)
}
