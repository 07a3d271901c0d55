//! `slipstick gpus`: accelerators.

mod one;
mod request;

pub use one::{GpuDetail, MeasuredRate, PeakRates, names_of};
pub use request::GpusRequest;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::{
    Catalog,
    accelerators::{AcceleratorEntry, class_name},
    offers::{CHEAPEST, Need, Term},
};
use slipstick_core::units::{Bandwidth, Bytes, FlopRate, Power, UsdPerHour};

use super::catalogue::{counted, like};
use crate::{
    Answered, ApiError, World,
    report::{self, Plain, Report, Shown},
    view::{Block, Cell, Tone, View},
};

/// `slipstick gpus`: the list, or one accelerator in full.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum GpusReport {
    /// The list.
    List(GpusList),
    /// One accelerator in full.
    One {
        /// The accelerator.
        gpu: Box<GpuDetail>,
    },
}

impl Report for GpusReport {
    const COMMAND: &'static str = "gpus";
    const ROWS: Option<&'static str> = Some("gpus");
}

/// Accelerators.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct GpusList {
    /// How many there are before the list is cut.
    pub total: usize,
    /// The accelerators.
    pub gpus: Vec<GpuRow>,
}

/// An accelerator.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct GpuRow {
    /// The name to type.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its maker.
    pub vendor: String,
    /// The maker's name for the generation.
    pub architecture: String,
    /// The chip family whose kernels behave alike.
    pub family: String,
    /// The broad kind of device.
    pub class: &'static str,
    /// The year of first sale.
    pub year: u16,
    /// What the driver reports as total memory.
    pub memory_bytes: Plain<Bytes>,
    /// How the memory is known.
    pub memory_basis: &'static str,
    /// Specified memory bandwidth.
    pub memory_bandwidth_bytes_per_s: Plain<Bandwidth>,
    /// Dense 16-bit peak: bf16 where there are units for it, else fp16.
    pub bf16_flops: Option<Plain<FlopRate>>,
    /// Dense FP8 peak.
    pub fp8_flops: Option<Plain<FlopRate>>,
    /// Dense FP4 peak.
    pub fp4_flops: Option<Plain<FlopRate>>,
    /// The power limit that the maker states.
    pub power_w: Option<Plain<Power>>,
    /// The maker's name for the link to peers.
    pub link: String,
    /// The cheapest offer of one on demand, by the rule of all estimates.
    pub list_usd_per_hour: Option<Plain<UsdPerHour>>,
    /// How far to trust the row.
    pub confidence: &'static str,
    /// The layer of the catalogue that it was read in.
    pub layer: String,
}

const COLUMNS: &[Shown<GpuRow>] = &[
    Shown::new("id", "id"),
    Shown::new("year", "year").priority(4).cell(|row| row.year.to_string().into()),
    Shown::new("memory_bytes", "GiB"),
    Shown::new("memory_bandwidth_bytes_per_s", "GB/s"),
    Shown::new("bf16_flops", "bf16 TFLOP/s").priority(1),
    Shown::new("fp8_flops", "fp8").priority(2),
    Shown::new("fp4_flops", "fp4").priority(3),
    Shown::new("power_w", "W").priority(4),
    Shown::new("link", "link").priority(5),
    Shown::new("list_usd_per_hour", "from $/h").priority(3),
    Shown::new("confidence", "trust").priority(5).cell(|row| Cell::toned(row.confidence, Tone::Faint)),
];

/// Lists accelerators, or shows one in full.
///
/// # Errors
/// If the name is not known or not of one alone, or the column to sort by does not exist.
pub fn gpus(
    request: &GpusRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<GpusReport>, ApiError> {
    if let Some(name) = &request.name {
        let held = || catalog.accelerator(catalog.machines(name)?.accelerator).ok();
        let entry = catalog.accelerator(name).or_else(|error| held().ok_or(error)).map_err(|error| {
            ApiError::input("gpu.unknown", error.to_string()).at("NAME").help("slipstick gpus lists them all")
        })?;
        let shown = one::show(entry, catalog, world);
        if request.toml {
            let template = entry.template(&world.today().to_string());
            let mut view = View::default();
            view.push(Block::Code { language: "toml", text: template });
            return Ok(Answered::new(shown.report, view));
        }
        return Ok(shown);
    }
    let entries = catalog.accelerators();
    let admitted = entries.iter().filter(|entry| admits(request, entry));
    let mut rows: Vec<GpuRow> = admitted.map(|entry| row(entry, catalog, world.today())).collect();
    let total = report::arrange(&mut rows, &report::heads(COLUMNS), &request.page)?;
    let mut view = View::new(format!("{} accelerators", counted(rows.len(), total)));
    view.push(Block::Table(report::table(&rows, COLUMNS)));
    view.note("peaks are dense; memory is what the driver reports");
    view.note(format!("from: one of it on demand, {CHEAPEST}"));
    Ok(Answered::new(GpusReport::List(GpusList { total, gpus: rows }), view))
}

fn admits(request: &GpusRequest, entry: &AcceleratorEntry) -> bool {
    let a = &entry.accelerator;
    request.vendor.as_ref().is_none_or(|vendor| vendor.eq_ignore_ascii_case(&a.vendor))
        && request.min_memory.is_none_or(|least| a.memory >= least.0)
        && like(request.like.as_deref(), &[&a.id, &a.name, &a.architecture, &a.family])
}

/// What one of it costs at the least, as every estimate takes it.
fn lowest(catalog: &Catalog, id: &str, today: Date) -> Option<UsdPerHour> {
    let need = Need {
        accelerator: id.to_owned(),
        per_node: 1,
        nodes: 1,
        term: Term::OnDemand,
        cloud: None,
        region: None,
        instance: None,
    };
    catalog.cheapest(&need, today).map(|rental| rental.price)
}

fn row(entry: &AcceleratorEntry, catalog: &Catalog, today: Date) -> GpuRow {
    let a = &entry.accelerator;
    GpuRow {
        id: a.id.clone(),
        name: a.name.clone(),
        vendor: a.vendor.clone(),
        architecture: a.architecture.clone(),
        family: a.family.clone(),
        class: class_name(a.class),
        year: a.year,
        memory_bytes: a.memory.into(),
        memory_basis: entry.memory_basis.name(),
        memory_bandwidth_bytes_per_s: a.memory_bandwidth.into(),
        bf16_flops: a.peaks.bf16.or(a.peaks.fp16).map(Plain),
        fp8_flops: a.peaks.fp8.map(Plain),
        fp4_flops: a.peaks.fp4.map(Plain),
        power_w: a.power.map(Plain),
        link: entry.link_name.clone(),
        list_usd_per_hour: lowest(catalog, &a.id, today).map(Plain),
        confidence: entry.origin.confidence.name(),
        layer: entry.origin.layer.to_string(),
    }
}
