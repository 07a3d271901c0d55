//! `slipstick gpus NAME`: everything known of one accelerator.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::{
    Catalog, OfferKind,
    accelerators::{AcceleratorEntry, Measured, RateKind, aliases, link_kind_name, measured_on},
    offers::{CHEAPEST, OfferFilter, OfferOrder},
};
use slipstick_core::{
    hardware::Peaks,
    units::{Bandwidth, Bytes, FlopRate},
};

use super::{GpuRow, GpusReport, row};
use crate::{
    Answered, World,
    commands::catalogue::{aged, pedigree},
    report::Plain,
    view::{Block, Cell, Column, Table, View},
};

/// Everything known of one accelerator.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct GpuDetail {
    /// As in the list.
    #[serde(flatten)]
    pub row: GpuRow,
    /// The dense peak in each format that the hardware computes in.
    pub peak_flops: PeakRates,
    /// The kind of memory.
    pub memory_type: String,
    /// How it is built.
    pub form_factor: String,
    /// The kind of link to peers.
    pub link_kind: &'static str,
    /// The link's bandwidth in each direction.
    pub link_bytes_per_s_per_direction: Plain<Bandwidth>,
    /// Accelerators that share the link's domain.
    pub domain_size: u32,
    /// Accelerators in the usual node.
    pub node_size: u32,
    /// The usual node's network, for each accelerator in each direction.
    pub network_bytes_per_s_per_direction: Plain<Bandwidth>,
    /// The usual node's main memory.
    pub host_memory_bytes: Option<Plain<Bytes>>,
    /// The compute target as compilers name it; empty if unknown.
    pub compute: String,
    /// Other names.
    pub names: Vec<String>,
    /// Keys of the sources.
    pub sources: Vec<String>,
    /// The day the sources were read.
    pub seen: String,
    /// What to know about the figures.
    pub note: String,
    /// Rates that somebody measured.
    pub measured: Vec<MeasuredRate>,
}

/// Dense peaks in FLOP/s; a format that the hardware has no units for is absent.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the format of its name")]
pub struct PeakRates {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp64: Option<Plain<FlopRate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp32: Option<Plain<FlopRate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tf32: Option<Plain<FlopRate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp16: Option<Plain<FlopRate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bf16: Option<Plain<FlopRate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp8: Option<Plain<FlopRate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub int8: Option<Plain<FlopRate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp4: Option<Plain<FlopRate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub int4: Option<Plain<FlopRate>>,
}

impl From<Peaks> for PeakRates {
    fn from(p: Peaks) -> Self {
        let [fp64, fp32, tf32, fp16, bf16, fp8, int8, fp4, int4] =
            [p.fp64, p.fp32, p.tf32, p.fp16, p.bf16, p.fp8, p.int8, p.fp4, p.int4]
                .map(|rate| rate.map(Plain));
        Self { fp64, fp32, tf32, fp16, bf16, fp8, int8, fp4, int4 }
    }
}

impl PeakRates {
    /// Those that are known, by format.
    fn known(&self) -> impl Iterator<Item = (&'static str, FlopRate)> {
        [
            ("fp64", self.fp64),
            ("fp32", self.fp32),
            ("tf32", self.tf32),
            ("fp16", self.fp16),
            ("bf16", self.bf16),
            ("fp8", self.fp8),
            ("int8", self.int8),
            ("fp4", self.fp4),
            ("int4", self.int4),
        ]
        .into_iter()
        .filter_map(|(name, rate)| rate.map(|rate| (name, rate.0)))
    }
}

/// A rate that somebody measured.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MeasuredRate {
    /// What was measured.
    pub what: &'static str,
    /// The number format, for matrix products.
    pub format: Option<String>,
    /// The unit of the rates.
    pub unit: &'static str,
    /// Accelerators that took part.
    pub accelerators: u32,
    /// The median over the shapes measured.
    pub p50: Option<f64>,
    /// The 90th percentile.
    pub p90: Option<f64>,
    /// The best.
    pub max: Option<f64>,
    /// The key of the source.
    pub source: String,
    /// The day the source was read, or the measurement made.
    pub seen: String,
    /// Under which conditions.
    pub note: String,
}

/// Everything known of one accelerator.
pub(super) fn show(entry: &AcceleratorEntry, catalog: &Catalog, world: &dyn World) -> Answered<GpusReport> {
    let rates: Vec<&Measured> = measured_on(&entry.accelerator.id).collect();
    let gpu = Box::new(detail(entry, &rates, catalog, world.today()));
    let view = view(entry, &gpu, &rates, catalog, world);
    Answered::new(GpusReport::One { gpu }, view)
}

/// What an accelerator is called besides its id, the shortest of people's names first.
pub fn names_of(entry: &AcceleratorEntry) -> Vec<&str> {
    let mut names: Vec<&str> = entry.aliases.iter().map(String::as_str).collect();
    for alias in aliases().filter(|alias| alias.accelerator == entry.accelerator.id) {
        if !names.contains(&alias.name) {
            names.push(alias.name);
        }
    }
    names
}

fn detail(entry: &AcceleratorEntry, rates: &[&Measured], catalog: &Catalog, today: Date) -> GpuDetail {
    let a = &entry.accelerator;
    let node = catalog.node(a);
    GpuDetail {
        row: row(entry, catalog, today),
        peak_flops: a.peaks.into(),
        memory_type: entry.memory_type.clone(),
        form_factor: entry.form_factor.clone(),
        link_kind: link_kind_name(a.link.kind),
        link_bytes_per_s_per_direction: a.link.bandwidth.into(),
        domain_size: a.domain_size,
        node_size: a.node_size,
        network_bytes_per_s_per_direction: node.network.bandwidth.into(),
        host_memory_bytes: node.host.memory.map(Plain),
        compute: entry.compute.clone(),
        names: names_of(entry).into_iter().map(str::to_owned).collect(),
        sources: entry.origin.sources.clone(),
        seen: entry.origin.seen.as_str().to_owned(),
        note: entry.note.clone(),
        measured: rates.iter().map(|rate| measured_rate(rate)).collect(),
    }
}

fn measured_rate(m: &Measured) -> MeasuredRate {
    let (unit, factor, _) = unit(m.quantity);
    let scaled = |value: Option<f64>| value.map(|value| value * factor);
    MeasuredRate {
        what: what(m.quantity),
        format: m.format.clone(),
        unit,
        accelerators: m.accelerators,
        p50: scaled(m.p50),
        p90: scaled(m.p90),
        max: scaled(m.max),
        source: m.origin.sources[0].clone(),
        seen: m.origin.seen.as_str().to_owned(),
        note: m.note.clone(),
    }
}

/// The base unit of what was measured, what the table's unit is in it, and that unit.
const fn unit(quantity: RateKind) -> (&'static str, f64, &'static str) {
    match quantity {
        RateKind::Matmul | RateKind::BestMatmul | RateKind::SustainedMatmul => {
            ("flops_per_s", 1e12, "TFLOP/s")
        }
        RateKind::Memory
        | RateKind::Copy
        | RateKind::Write
        | RateKind::DecodeAttention
        | RateKind::AllReduce
        | RateKind::AllGather
        | RateKind::AllToAll
        | RateKind::HostCopy => ("bytes_per_s", 1e9, "GB/s"),
        RateKind::Launch | RateKind::GraphLaunch => ("s", 1e-6, "us"),
        RateKind::Context => ("bytes", 1_048_576.0, "MiB"),
    }
}

const fn what(quantity: RateKind) -> &'static str {
    match quantity {
        RateKind::Matmul => "matrix product",
        RateKind::BestMatmul => "best matrix product",
        RateKind::SustainedMatmul => "sustained product",
        RateKind::Memory => "memory stream",
        RateKind::Copy => "memory copy",
        RateKind::Write => "memory write",
        RateKind::DecodeAttention => "decode attention",
        RateKind::AllReduce => "all-reduce",
        RateKind::AllGather => "all-gather",
        RateKind::AllToAll => "all-to-all",
        RateKind::HostCopy => "host copy, pinned",
        RateKind::Launch => "launch",
        RateKind::GraphLaunch => "operation of a graph",
        RateKind::Context => "process context",
    }
}

fn view(
    entry: &AcceleratorEntry,
    gpu: &GpuDetail,
    rates: &[&Measured],
    catalog: &Catalog,
    world: &dyn World,
) -> View {
    let a = &entry.accelerator;
    let mut view = View::new(format!("{} ({})", a.name, a.id));
    view.pairs(stated(entry, gpu, catalog));
    if !entry.note.is_empty() {
        view.note(entry.note.clone());
    }
    if !rates.is_empty() {
        view.push(Block::Table(measured_table(rates)));
    }
    if let Some(table) = offers_table(catalog, &a.id, world) {
        view.push(Block::Table(table));
        if let Some(price) = gpu.row.list_usd_per_hour {
            view.note(format!("estimates take {} for one: {CHEAPEST}", price.0));
        }
    }
    view
}

/// What its maker and its sources state.
fn stated(entry: &AcceleratorEntry, gpu: &GpuDetail, catalog: &Catalog) -> [(&'static str, String); 9] {
    let a = &entry.accelerator;
    let memory = format!(
        "{:.1} GiB {} ({}; sold as {} GB), {:.0} GB/s",
        a.memory.as_gib(),
        entry.memory_type,
        entry.memory_basis.name(),
        entry.label_gb,
        a.memory_bandwidth.as_gb_per_s()
    );
    let rates_text: Vec<String> =
        gpu.peak_flops.known().map(|(name, rate)| format!("{name} {}", tflops(rate))).collect();
    let link = format!(
        "{}, {} GB/s each way, {} in a domain, {} in a node",
        entry.link_name,
        a.link.bandwidth.as_gb_per_s(),
        a.domain_size,
        a.node_size
    );
    [
        ("maker", format!("{}, {}, {}", a.vendor, a.architecture, a.year)),
        ("memory", memory),
        ("dense TFLOP/s", rates_text.join(", ")),
        ("link", link),
        ("node", node_text(catalog, entry)),
        ("power", a.power.map_or("not stated".to_owned(), |p| format!("{:.0} W", p.get()))),
        ("also called", gpu.names.join(", ")),
        ("source", pedigree(&entry.origin)),
        (
            "trust",
            format!("{}, seen {}, {} layer", entry.origin.confidence, entry.origin.seen, entry.origin.layer),
        ),
    ]
}

/// A peak in TFLOP/s.
fn tflops(rate: FlopRate) -> String {
    let tflops = rate.as_tflops_per_s();
    if tflops < 100.0 { format!("{tflops:.1}") } else { format!("{tflops:.0}") }
}

/// The usual node: its name, the network, the host.
fn node_text(catalog: &Catalog, entry: &AcceleratorEntry) -> String {
    let node = catalog.node(&entry.accelerator);
    let host =
        node.host.memory.map_or_else(String::new, |memory| format!(", {:.0} GiB host", memory.as_gib()));
    format!("{}, network {} GB/s each way for one{host}", node.name, node.network.bandwidth.as_gb_per_s())
}

fn measured_table(rates: &[&Measured]) -> Table {
    let mut table = Table::new(vec![
        Column::text("measured"),
        Column::text("format"),
        Column::number("on"),
        Column::number("p50"),
        Column::number("p90"),
        Column::number("max"),
        Column::text("unit"),
        Column { priority: 1, ..Column::text("source") },
    ]);
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value}"));
    for m in rates {
        table.row([
            what(m.quantity).to_owned(),
            m.format.clone().unwrap_or_default(),
            m.accelerators.to_string(),
            number(m.p50),
            number(m.p90),
            number(m.max),
            unit(m.quantity).2.to_owned(),
            m.origin.sources.join(" "),
        ]);
    }
    table
}

/// The five cheapest listed offers.
fn offers_table(catalog: &Catalog, id: &str, world: &dyn World) -> Option<Table> {
    let filter = OfferFilter {
        accelerator: Some(id.to_owned()),
        kinds: vec![OfferKind::List],
        ..OfferFilter::default()
    };
    let quotes = catalog.quotes(&filter, OfferOrder::PricePerAccelerator);
    let mut table = Table::new(vec![
        Column::text("cloud"),
        Column::text("instance"),
        Column::number("count"),
        Column::number("$/h each"),
        Column::text("as of"),
    ]);
    table.caption = Some("cheapest listed offers, whatever their age".to_owned());
    for quote in quotes.iter().take(5) {
        table.row([
            Cell::from(quote.offer.cloud.as_str()),
            quote.offer.instance.as_str().into(),
            quote.offer.count.to_string().into(),
            format!("{:.2}", quote.per_accelerator.get()).into(),
            aged(quote.offer.as_of.as_str(), quote.offer.as_of.age_days(world.today())),
        ]);
    }
    (!quotes.is_empty()).then_some(table)
}
