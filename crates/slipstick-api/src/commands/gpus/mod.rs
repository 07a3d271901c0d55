//! `slipstick gpus`: accelerators.

mod one;
mod request;

pub use request::GpusRequest;

use serde_json::{Value, json};
use slipstick_catalog::{
    Catalog, OfferKind,
    accelerators::{AcceleratorEntry, class_name},
    offers::{OfferFilter, OfferOrder, Term},
};
use slipstick_core::units::{FlopRate, Power, UsdPerHour};

use super::catalogue::{
    like,
    sheet::{self, Field},
};
use crate::{
    ApiError, Output, World,
    view::{Block, Cell, Tone, View},
};

/// An accelerator, and the lowest list price of one for an hour.
pub(super) struct Row<'a> {
    pub(super) entry: &'a AcceleratorEntry,
    pub(super) from: Option<UsdPerHour>,
}

/// Lists accelerators, or shows one in full.
///
/// # Errors
/// If the name is not known or not of one alone, or the column to sort by does not exist.
pub fn gpus(request: &GpusRequest, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    if let Some(name) = &request.name {
        let entry = catalog.accelerator(name).map_err(|error| {
            ApiError::input("gpu.unknown", error.to_string()).at("NAME").help("slipstick gpus lists them all")
        })?;
        return Ok(one::show(entry, catalog, world));
    }
    let mut rows: Vec<Row<'_>> = catalog
        .accelerators()
        .into_iter()
        .filter(|entry| admits(request, entry))
        .map(|entry| Row { entry, from: lowest(catalog, &entry.accelerator.id) })
        .collect();
    let fields = fields();
    let all = sheet::arrange(&mut rows, &fields, &request.page)?;
    let mut view = View::new(format!("{} accelerators", sheet::counted(rows.len(), all)));
    view.push(Block::Table(sheet::table(&rows, &fields)));
    view.note("peaks are dense; memory is what the driver reports; the price is the lowest listed one");
    let document = json!({ "total": all, "gpus": sheet::array(&rows, &fields) });
    Ok(Output::new("gpus", document, view))
}

fn admits(request: &GpusRequest, entry: &AcceleratorEntry) -> bool {
    let a = &entry.accelerator;
    request.vendor.as_ref().is_none_or(|vendor| vendor.eq_ignore_ascii_case(&a.vendor))
        && request.min_memory.is_none_or(|least| a.memory >= least.0)
        && like(request.like.as_deref(), &[&a.id, &a.name, &a.architecture, &a.family])
}

/// The lowest price that a provider lists for one accelerator-hour on demand.
pub(super) fn lowest(catalog: &Catalog, id: &str) -> Option<UsdPerHour> {
    let filter = OfferFilter {
        accelerator: Some(id.to_owned()),
        kinds: vec![OfferKind::List],
        terms: vec![Term::OnDemand],
        ..OfferFilter::default()
    };
    catalog.quotes(&filter, OfferOrder::PricePerAccelerator).first().map(|quote| quote.per_accelerator)
}

pub(super) fn fields<'a>() -> Vec<Field<Row<'a>>> {
    vec![
        Field::text(
            "id",
            |r| json!(r.entry.accelerator.id),
            "id",
            0,
            |r| r.entry.accelerator.id.as_str().into(),
        ),
        Field::json("name", |r| json!(r.entry.accelerator.name)),
        Field::json("vendor", |r| json!(r.entry.accelerator.vendor)),
        Field::json("architecture", |r| json!(r.entry.accelerator.architecture)),
        Field::json("family", |r| json!(r.entry.accelerator.family)),
        Field::json("class", |r| json!(class_name(r.entry.accelerator.class))),
        Field::number(
            "year",
            |r| json!(r.entry.accelerator.year),
            "year",
            4,
            |r| r.entry.accelerator.year.to_string().into(),
        ),
        Field::number(
            "memory_bytes",
            |r| json!(r.entry.accelerator.memory.get()),
            "GiB",
            0,
            |r| format!("{:.1}", r.entry.accelerator.memory.as_gib()).into(),
        ),
        Field::json("memory_basis", |r| json!(r.entry.memory_basis.name())),
        Field::number(
            "memory_bandwidth_bytes_per_s",
            |r| json!(r.entry.accelerator.memory_bandwidth.get()),
            "GB/s",
            0,
            |r| format!("{:.0}", r.entry.accelerator.memory_bandwidth.as_gb_per_s()).into(),
        ),
        Field::number("bf16_flops", |r| flops(wide(r.entry)), "bf16 TFLOP/s", 1, |r| tflops(wide(r.entry))),
        Field::number(
            "fp8_flops",
            |r| flops(r.entry.accelerator.peaks.fp8),
            "fp8",
            2,
            |r| tflops(r.entry.accelerator.peaks.fp8),
        ),
        Field::number(
            "fp4_flops",
            |r| flops(r.entry.accelerator.peaks.fp4),
            "fp4",
            3,
            |r| tflops(r.entry.accelerator.peaks.fp4),
        ),
        Field::number(
            "power_w",
            |r| json!(r.entry.accelerator.power.map(Power::get)),
            "W",
            4,
            |r| r.entry.accelerator.power.map_or_else(String::new, |p| format!("{:.0}", p.get())).into(),
        ),
        Field::text("link", |r| json!(r.entry.link_name), "link", 5, |r| r.entry.link_name.as_str().into()),
        Field::number(
            "list_usd_per_hour",
            |r| json!(r.from.map(UsdPerHour::get)),
            "from $/h",
            3,
            |r| r.from.map_or_else(String::new, |usd| format!("{:.2}", usd.get())).into(),
        ),
        Field::text(
            "confidence",
            |r| json!(r.entry.origin.confidence.name()),
            "trust",
            5,
            |r| Cell::toned(r.entry.origin.confidence.name(), Tone::Faint),
        ),
        Field::json("layer", |r| json!(r.entry.origin.layer.to_string())),
    ]
}

/// The 16-bit peak: bf16 where there are units for it, else fp16.
fn wide(entry: &AcceleratorEntry) -> Option<FlopRate> {
    entry.accelerator.peaks.bf16.or(entry.accelerator.peaks.fp16)
}

fn flops(rate: Option<FlopRate>) -> Value {
    json!(rate.map(FlopRate::get))
}

fn tflops(rate: Option<FlopRate>) -> Cell {
    rate.map_or_else(String::new, |rate| show_tflops(rate.as_tflops_per_s())).into()
}

pub(super) fn show_tflops(tflops: f64) -> String {
    if tflops < 100.0 { format!("{tflops:.1}") } else { format!("{tflops:.0}") }
}
