//! skypilot-catalog's `vms.csv`: one row for each instance and zone, columns in an order of each cloud's own.

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
    #[serde(rename = "InstanceType")]
    instance: Option<String>,
    #[serde(rename = "AcceleratorName")]
    accelerator: Option<String>,
    #[serde(rename = "AcceleratorCount")]
    count: Option<f64>,
    #[serde(rename = "vCPUs")]
    vcpus: Option<f64>,
    #[serde(rename = "MemoryGiB")]
    memory_gib: Option<f64>,
    #[serde(rename = "Price")]
    price: Option<f64>,
    #[serde(rename = "SpotPrice")]
    spot_price: Option<f64>,
    #[serde(rename = "Region")]
    region: String,
}

/// What all rows of a file share.
struct File<'a> {
    input: &'a PriceText<'a>,
    cloud: String,
    as_of: AsOf,
}

pub(super) fn read(catalog: &Catalog, input: &PriceText<'_>) -> Result<Read, PriceFileError> {
    let as_of = input.date(PriceFormat::Skypilot)?;
    let cloud = input.cloud(PriceFormat::Skypilot)?;
    let file = File { input, cloud, as_of };
    let mut out = Read::default();
    // The zones of a region repeat its on-demand price; the lowest spot price among them is kept.
    let mut merged: BTreeMap<(String, String), (u64, Offer)> = BTreeMap::new();
    for (line, row) in table::rows::<Row>(input.file, input.text)? {
        let shown = format!("{} {}", row.instance.as_deref().unwrap_or("(no instance)"), row.region);
        match file.offer(catalog, row) {
            Err(reason) => out.reject(line, shown, reason),
            Ok(offer) => {
                let region = offer.region.as_deref().unwrap_or_default();
                let key = (offer.instance.to_string(), region.to_owned());
                match merged.get_mut(&key) {
                    None => drop(merged.insert(key, (line, offer))),
                    Some((_, known)) => {
                        known.prices.on_demand = lower(known.prices.on_demand, offer.prices.on_demand);
                        known.prices.spot = lower(known.prices.spot, offer.prices.spot);
                    }
                }
            }
        }
    }
    (out.lines, out.offers) = merged.into_values().unzip();
    Ok(out)
}

impl File<'_> {
    fn offer(&self, catalog: &Catalog, row: Row) -> Result<Offer, String> {
        let name =
            row.accelerator.as_deref().filter(|name| !name.is_empty()).ok_or("it has no accelerator")?;
        let instance = row.instance.filter(|instance| !instance.is_empty()).ok_or(
            "an accelerator listed apart from its machine: the price is not that of a whole instance",
        )?;
        let count = row.count.filter(|count| *count >= 1.0 && *count <= 100_000.0 && count.fract() == 0.0);
        let count = count.ok_or("the number of accelerators is not a whole number above zero")?;
        // The memory column of this list is wrong for several clouds, so names alone are used.
        let (accelerator, each) = listed(catalog, "skypilot", name, None)?;
        let usd = |price: Option<f64>| price.map(UsdPerHour::dollars_per_hour);
        Ok(Offer {
            cloud: Text::from(self.cloud.as_str()),
            region: (!row.region.is_empty()).then(|| Text::from(row.region)),
            instance: Text::from(instance),
            accelerator: Text::from(accelerator),
            count: whole(count).saturating_mul(each),
            unit: PriceUnit::Instance,
            kind: if self.cloud == "vast" { OfferKind::MarketplaceFloor } else { OfferKind::List },
            vcpus: row.vcpus.filter(|n| *n > 0.0),
            ram_gb: row.memory_gib.filter(|n| *n > 0.0),
            storage_gb: None,
            network_gbit_s: None,
            prices: Prices { on_demand: usd(row.price), spot: usd(row.spot_price), ..Prices::default() },
            as_of: self.as_of,
            as_of_basis: Text::from("given at import"),
            note: Text::from(""),
            origin: Arc::new(Origin {
                layer: self.input.layer,
                file: self.input.file.to_owned(),
                sources: vec!["skypilot-catalog".to_owned()],
                seen: self.as_of,
                confidence: Confidence::Medium,
            }),
        })
    }
}

fn lower(a: Option<UsdPerHour>, b: Option<UsdPerHour>) -> Option<UsdPerHour> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in 1..=100,000")]
fn whole(count: f64) -> u32 {
    count as u32
}
