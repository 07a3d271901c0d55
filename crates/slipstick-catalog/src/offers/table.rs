//! The columns of an offers table: the shipped one and users' own.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use slipstick_core::units::UsdPerHour;

use super::{Offer, OfferKind, PriceUnit, Prices};
use crate::{AsOf, Confidence, LayerName, Origin, table};

const FILE: &str = "offers.csv";

pub(crate) static BUILTIN: LazyLock<Vec<Offer>> = LazyLock::new(|| {
    table::rows::<Row>(FILE, include_str!("../../data/offers.csv"))
        .expect("the shipped table is read by the tests")
        .into_iter()
        .map(|(line, row)| {
            row.offer(LayerName::Builtin, FILE)
                .unwrap_or_else(|why| panic!("{FILE}, line {line}: {why}; checked by the tests"))
        })
        .collect()
});

/// One row as written.
#[derive(Deserialize, Serialize)]
pub(crate) struct Row {
    cloud: String,
    region: Option<String>,
    instance: String,
    accelerator: String,
    count: u32,
    unit: String,
    kind: String,
    vcpus: Option<f64>,
    ram_gb: Option<f64>,
    storage_gb: Option<f64>,
    network_gbit_s: Option<f64>,
    usd_per_hour: Option<f64>,
    spot_usd_per_hour: Option<f64>,
    committed_1y_usd_per_hour: Option<f64>,
    committed_3y_usd_per_hour: Option<f64>,
    as_of: String,
    as_of_basis: String,
    source: String,
    confidence: String,
    note: String,
}

impl Row {
    /// The offer, or what is wrong with the row.
    pub(crate) fn offer(self, layer: LayerName, file: &str) -> Result<Offer, String> {
        let as_of = AsOf::parse(&self.as_of).map_err(|e| format!("as_of: {e}"))?;
        let word = |column: &str, given: &str, known: &str| {
            format!("{column}: {:?} is not one of {known}", given.chars().take(20).collect::<String>())
        };
        Ok(Offer {
            cloud: self.cloud,
            region: self.region,
            instance: self.instance,
            accelerator: self.accelerator,
            count: self.count,
            unit: PriceUnit::from_name(&self.unit)
                .ok_or_else(|| word("unit", &self.unit, "instance, accelerator"))?,
            kind: OfferKind::from_name(&self.kind)
                .ok_or_else(|| word("kind", &self.kind, "list, managed, floor"))?,
            vcpus: positive("vcpus", self.vcpus)?,
            ram_gb: positive("ram_gb", self.ram_gb)?,
            storage_gb: positive("storage_gb", self.storage_gb)?,
            network_gbit_s: positive("network_gbit_s", self.network_gbit_s)?,
            prices: Prices {
                on_demand: dollars(self.usd_per_hour),
                spot: dollars(self.spot_usd_per_hour),
                one_year: dollars(self.committed_1y_usd_per_hour),
                three_years: dollars(self.committed_3y_usd_per_hour),
            },
            as_of: as_of.clone(),
            as_of_basis: self.as_of_basis,
            note: self.note,
            origin: Origin {
                layer,
                file: file.to_owned(),
                sources: vec![self.source],
                seen: as_of,
                confidence: Confidence::from_name(&self.confidence)
                    .ok_or_else(|| word("confidence", &self.confidence, "low, medium, high"))?,
            },
        })
    }

    /// The row that would be read back as this offer.
    pub(crate) fn of(offer: &Offer) -> Self {
        let usd = |price: Option<UsdPerHour>| price.map(UsdPerHour::get);
        Self {
            cloud: offer.cloud.clone(),
            region: offer.region.clone(),
            instance: offer.instance.clone(),
            accelerator: offer.accelerator.clone(),
            count: offer.count,
            unit: offer.unit.name().to_owned(),
            kind: offer.kind.name().to_owned(),
            vcpus: offer.vcpus,
            ram_gb: offer.ram_gb,
            storage_gb: offer.storage_gb,
            network_gbit_s: offer.network_gbit_s,
            usd_per_hour: usd(offer.prices.on_demand),
            spot_usd_per_hour: usd(offer.prices.spot),
            committed_1y_usd_per_hour: usd(offer.prices.one_year),
            committed_3y_usd_per_hour: usd(offer.prices.three_years),
            as_of: offer.as_of.as_str().to_owned(),
            as_of_basis: offer.as_of_basis.clone(),
            source: offer.origin.sources.join(" "),
            confidence: offer.origin.confidence.name().to_owned(),
            note: offer.note.clone(),
        }
    }
}

fn dollars(price: Option<f64>) -> Option<UsdPerHour> {
    price.map(UsdPerHour::dollars_per_hour)
}

/// A size that may be unknown but never zero, negative or not a number.
fn positive(column: &str, value: Option<f64>) -> Result<Option<f64>, String> {
    match value {
        Some(size) if !(size.is_finite() && size > 0.0) => Err(format!("{column}: {size} is not above zero")),
        other => Ok(other),
    }
}
