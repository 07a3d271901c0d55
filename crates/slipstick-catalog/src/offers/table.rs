//! The columns of an offers table: the shipped one and users' own.

use slipstick_core::units::UsdPerHour;

use super::{Machine, Offer, OfferKind, PriceUnit, Prices, shared::Shared};
use crate::{
    AsOf, Place,
    tables::{OFFERS, OfferRow, shipped},
};

const FILE: &str = "offers.csv";

shipped!(BUILTIN: OfferRow<'static> => Offer, OFFERS, |row| {
    row.offer(&mut Shared::new(Place::shipped(FILE))).expect("the build script checks the words of every row")
});

/// A word that is none of its column's.
pub(super) fn word(column: &str, given: &str, known: &str) -> String {
    format!("{column}: {:?} is not one of {known}", given.chars().take(20).collect::<String>())
}

impl<'a> OfferRow<'a> {
    /// The offer, or what is wrong with the row.
    pub(crate) fn offer(&self, shared: &mut Shared<'_>) -> Result<Offer, String> {
        let as_of = AsOf::parse(self.as_of).map_err(|e| format!("as_of: {e}"))?;
        Ok(Offer {
            unit: PriceUnit::from_name(self.unit)
                .ok_or_else(|| word("unit", self.unit, "instance, accelerator"))?,
            kind: OfferKind::from_name(self.kind)
                .ok_or_else(|| word("kind", self.kind, "list, managed, floor"))?,
            machine: shared.machines.of(Machine {
                vcpus: positive("vcpus", self.vcpus)?,
                ram_gb: positive("ram_gb", self.ram_gb)?,
                storage_gb: positive("storage_gb", self.storage_gb)?,
                network_gbit_s: positive("network_gbit_s", self.network_gbit_s)?,
            }),
            prices: Prices {
                on_demand: dollars(self.usd_per_hour),
                spot: dollars(self.spot_usd_per_hour),
                one_year: dollars(self.committed_1y_usd_per_hour),
                three_years: dollars(self.committed_3y_usd_per_hour),
            },
            as_of,
            origin: shared.origin(self, as_of)?,
            cloud: shared.texts.of(self.cloud),
            region: (!self.region.is_empty()).then(|| shared.texts.of(self.region)),
            instance: shared.texts.of(self.instance),
            accelerator: shared.texts.of(self.accelerator),
            count: self.count,
            as_of_basis: shared.texts.of(self.as_of_basis),
            note: shared.texts.of(self.note),
        })
    }

    /// The row that would be read back as this offer; `source` is its sources in one text.
    pub(crate) fn of(offer: &'a Offer, source: &'a str) -> Self {
        let usd = |price: Option<UsdPerHour>| price.map(UsdPerHour::get);
        Self {
            cloud: &offer.cloud,
            region: offer.region.as_deref().unwrap_or_default(),
            instance: &offer.instance,
            accelerator: &offer.accelerator,
            count: offer.count,
            unit: offer.unit.name(),
            kind: offer.kind.name(),
            vcpus: offer.machine.vcpus,
            ram_gb: offer.machine.ram_gb,
            storage_gb: offer.machine.storage_gb,
            network_gbit_s: offer.machine.network_gbit_s,
            usd_per_hour: usd(offer.prices.on_demand),
            spot_usd_per_hour: usd(offer.prices.spot),
            committed_1y_usd_per_hour: usd(offer.prices.one_year),
            committed_3y_usd_per_hour: usd(offer.prices.three_years),
            as_of: offer.as_of.as_str(),
            as_of_basis: &offer.as_of_basis,
            source,
            confidence: offer.origin.confidence.name(),
            note: &offer.note,
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
