//! gpuhunt's catalogue files: one row for each instance, region and kind of sale.

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
    instance_name: &'a str,
    location: &'a str,
    price: f64,
    cpu: Option<f64>,
    memory: Option<f64>,
    gpu_count: u32,
    gpu_name: Option<&'a str>,
    gpu_memory: Option<f64>,
    spot: &'a str,
    disk_size: Option<f64>,
}

impl Columns for Row<'static> {
    type Row<'a> = Row<'a>;
}

impl Row<'_> {
    /// The price, on demand or spot.
    fn prices(&self) -> Result<Prices, String> {
        let price = Some(UsdPerHour::dollars_per_hour(self.price));
        match self.spot.to_ascii_lowercase().as_str() {
            "true" => Ok(Prices { spot: price, ..Prices::default() }),
            "false" | "" => Ok(Prices { on_demand: price, ..Prices::default() }),
            other => Err(format!("spot is {other:?}, not True or False")),
        }
    }
}

impl ListRow for Row<'_> {
    fn offer(&self, named: &mut Named<'_>, shared: &mut Imported) -> Result<Offer, String> {
        let name = self.gpu_name.filter(|name| self.gpu_count > 0 && !name.is_empty());
        let (accelerator, each) = named.of(name.ok_or("it has no accelerator")?, self.gpu_memory)?;
        let machine = Machine {
            vcpus: self.cpu.filter(|n| *n > 0.0),
            ram_gb: self.memory.filter(|n| *n > 0.0),
            storage_gb: self.disk_size.filter(|n| *n > 0.0),
            network_gbit_s: None,
        };
        let count = self.gpu_count.saturating_mul(each);
        Ok(shared.offer((self.instance_name, self.location), (accelerator, count), machine, self.prices()?))
    }

    fn shown(&self) -> String {
        format!("{} {}", self.instance_name, self.location)
    }
}

pub(super) fn read(
    catalog: &Catalog,
    source: &PriceSource<'_>,
    text: impl io::Read,
) -> Result<Rows, PriceFileError> {
    list::<Row<'static>>(catalog, source, text, (PriceFormat::Gpuhunt, "gpuhunt", "gpuhunt"))
}
