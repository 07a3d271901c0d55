//! skypilot-catalog's `vms.csv`: one row for each instance and zone, columns in an order of each cloud's own.

use std::io;

use serde::Deserialize;
use slipstick_core::units::UsdPerHour;

use super::{ListRow, PriceFileError, PriceFormat, PriceSource, Rows, list, named::Named};
use crate::{
    Catalog, Offer,
    offers::{Imported, Machine, Prices},
    table::Columns,
};

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(rename = "InstanceType")]
    instance: Option<&'a str>,
    #[serde(rename = "AcceleratorName")]
    accelerator: Option<&'a str>,
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
    region: &'a str,
}

impl Columns for Row<'static> {
    type Row<'a> = Row<'a>;
}

pub(super) fn read(
    catalog: &Catalog,
    source: &PriceSource<'_>,
    text: impl io::Read,
) -> Result<Rows, PriceFileError> {
    list::<Row<'static>>(catalog, source, text, (PriceFormat::Skypilot, "skypilot-catalog", "skypilot"))
}

impl ListRow for Row<'_> {
    fn offer(&self, named: &mut Named<'_>, shared: &mut Imported) -> Result<Offer, String> {
        let name = self.accelerator.filter(|name| !name.is_empty()).ok_or("it has no accelerator")?;
        let instance = self.instance.filter(|instance| !instance.is_empty()).ok_or(
            "an accelerator listed apart from its machine: the price is not that of a whole instance",
        )?;
        let count = self.count.filter(|count| *count >= 1.0 && *count <= 100_000.0 && count.fract() == 0.0);
        let count = count.ok_or("the number of accelerators is not a whole number above zero")?;
        // The memory column of this list is wrong for several clouds, so names alone are used.
        let (accelerator, each) = named.of(name, None)?;
        let usd = |price: Option<f64>| price.map(UsdPerHour::dollars_per_hour);
        let machine = Machine {
            vcpus: self.vcpus.filter(|n| *n > 0.0),
            ram_gb: self.memory_gib.filter(|n| *n > 0.0),
            ..Machine::default()
        };
        let prices = Prices { on_demand: usd(self.price), spot: usd(self.spot_price), ..Prices::default() };
        Ok(shared.offer(
            (instance, self.region),
            (accelerator, whole(count).saturating_mul(each)),
            machine,
            prices,
        ))
    }

    fn shown(&self) -> String {
        format!("{} {}", self.instance.unwrap_or("(no instance)"), self.region)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in 1..=100,000")]
fn whole(count: f64) -> u32 {
    count as u32
}
