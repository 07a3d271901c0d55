//! `slipstick gpus NAME`: everything known of one accelerator.

use serde_json::{Map, Value, json};
use slipstick_catalog::{
    Catalog, OfferKind,
    accelerators::{AcceleratorEntry, Measured, Quantity, aliases, link_kind_name, measured_on},
    offers::{OfferFilter, OfferOrder},
};
use slipstick_core::units::{Bytes, FlopRate};

use super::{Row, fields, lowest, show_tflops};
use crate::{
    Output, World,
    commands::catalogue::{aged, pedigree, sheet},
    view::{Block, Cell, Column, Table, View},
};

/// Everything known of one accelerator.
pub(super) fn show(entry: &AcceleratorEntry, catalog: &Catalog, world: &dyn World) -> Output {
    let id = entry.accelerator.id.as_str();
    let rates: Vec<&Measured> = measured_on(id).collect();
    let view = full_view(entry, &rates, catalog, world);
    Output::new("gpus", Value::Object(full_document(entry, &rates, catalog)), view)
}

/// The peaks that are known, by format.
fn peaks(entry: &AcceleratorEntry) -> Vec<(&'static str, FlopRate)> {
    let p = entry.accelerator.peaks;
    [
        ("fp64", p.fp64),
        ("fp32", p.fp32),
        ("tf32", p.tf32),
        ("fp16", p.fp16),
        ("bf16", p.bf16),
        ("fp8", p.fp8),
        ("int8", p.int8),
        ("fp4", p.fp4),
        ("int4", p.int4),
    ]
    .into_iter()
    .filter_map(|(name, rate)| rate.map(|rate| (name, rate)))
    .collect()
}

fn names_of(entry: &AcceleratorEntry) -> Vec<&str> {
    let mut names: Vec<&str> = entry.aliases.iter().map(String::as_str).collect();
    for alias in aliases().filter(|alias| alias.accelerator == entry.accelerator.id) {
        if !names.contains(&alias.name) {
            names.push(alias.name);
        }
    }
    names
}

fn full_document(entry: &AcceleratorEntry, rates: &[&Measured], catalog: &Catalog) -> Map<String, Value> {
    let a = &entry.accelerator;
    let row = Row { entry, from: lowest(catalog, &a.id) };
    let mut gpu = sheet::object(&row, &fields());
    let peak: Map<String, Value> =
        peaks(entry).into_iter().map(|(name, rate)| (name.to_owned(), json!(rate.get()))).collect();
    gpu.insert("peak_flops".into(), Value::Object(peak));
    gpu.insert("memory_type".into(), json!(entry.memory_type));
    gpu.insert("form_factor".into(), json!(entry.form_factor));
    gpu.insert("link_kind".into(), json!(link_kind_name(a.link.kind)));
    gpu.insert("link_bytes_per_s_per_direction".into(), json!(a.link.bandwidth.get()));
    gpu.insert("domain_size".into(), json!(a.domain_size));
    gpu.insert("node_size".into(), json!(a.node_size));
    let node = catalog.node(a);
    gpu.insert("network_bytes_per_s_per_direction".into(), json!(node.network.bandwidth.get()));
    gpu.insert("host_memory_bytes".into(), json!(node.host.memory.map(Bytes::get)));
    gpu.insert("compute".into(), json!(entry.compute));
    gpu.insert("names".into(), json!(names_of(entry)));
    gpu.insert("sources".into(), json!(entry.origin.sources));
    gpu.insert("seen".into(), json!(entry.origin.seen.as_str()));
    gpu.insert("note".into(), json!(entry.note));
    let rates = rates.iter().map(|m| {
        let (name, factor) = unit(m.quantity);
        let scaled = |value: Option<f64>| value.map(|value| value * factor);
        json!({ "what": what(m.quantity), "format": m.format, "unit": name, "accelerators": m.accelerators,
            "p50": scaled(m.p50), "p90": scaled(m.p90), "max": scaled(m.max), "source": m.origin.sources[0] })
    });
    gpu.insert("measured".into(), Value::Array(rates.collect()));
    let mut document = Map::new();
    document.insert("gpu".into(), Value::Object(gpu));
    document
}

/// The base unit of a measured rate, and what the table's unit is in it.
const fn unit(quantity: Quantity) -> (&'static str, f64) {
    match quantity {
        Quantity::Matmul | Quantity::BestMatmul => ("flops_per_s", 1e12),
        Quantity::Memory | Quantity::AllReduce | Quantity::AllGather | Quantity::AllToAll => {
            ("bytes_per_s", 1e9)
        }
    }
}

const fn what(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Matmul => "matrix product",
        Quantity::BestMatmul => "best matrix product",
        Quantity::Memory => "memory stream",
        Quantity::AllReduce => "all-reduce",
        Quantity::AllGather => "all-gather",
        Quantity::AllToAll => "all-to-all",
    }
}

fn full_view(entry: &AcceleratorEntry, rates: &[&Measured], catalog: &Catalog, world: &dyn World) -> View {
    let a = &entry.accelerator;
    let mut view = View::new(format!("{} ({})", a.name, a.id));
    let memory = format!(
        "{:.1} GiB {} ({}; sold as {} GB), {:.0} GB/s",
        a.memory.as_gib(),
        entry.memory_type,
        entry.memory_basis.name(),
        entry.label_gb,
        a.memory_bandwidth.as_gb_per_s()
    );
    let rates_text: Vec<String> = peaks(entry)
        .into_iter()
        .map(|(name, rate)| format!("{name} {}", show_tflops(rate.as_tflops_per_s())))
        .collect();
    let link = format!(
        "{}, {} GB/s each way, {} in a domain, {} in a node",
        entry.link_name,
        a.link.bandwidth.as_gb_per_s(),
        a.domain_size,
        a.node_size
    );
    view.pairs([
        ("maker", format!("{}, {}, {}", a.vendor, a.architecture, a.year)),
        ("memory", memory),
        ("dense TFLOP/s", rates_text.join(", ")),
        ("link", link),
        ("node", node_text(catalog, entry)),
        ("power", a.power.map_or("not stated".to_owned(), |p| format!("{:.0} W", p.get()))),
        ("also called", names_of(entry).join(", ")),
        ("source", pedigree(&entry.origin)),
        (
            "trust",
            format!("{}, seen {}, {} layer", entry.origin.confidence, entry.origin.seen, entry.origin.layer),
        ),
    ]);
    if !entry.note.is_empty() {
        view.note(entry.note.clone());
    }
    if !rates.is_empty() {
        view.push(Block::Table(measured_table(rates)));
    }
    if let Some(table) = offers_table(catalog, &a.id, world) {
        view.push(Block::Table(table));
    }
    view
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
    ]);
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value}"));
    for m in rates {
        let unit = if unit(m.quantity).1 > 1e10 { "TFLOP/s" } else { "GB/s" };
        table.row([
            what(m.quantity).to_owned(),
            m.format.clone().unwrap_or_default(),
            m.accelerators.to_string(),
            number(m.p50),
            number(m.p90),
            number(m.max),
            unit.to_owned(),
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
    table.caption = Some("cheapest listed offers".to_owned());
    for quote in quotes.iter().take(5) {
        table.row([
            Cell::from(quote.offer.cloud.as_str()),
            quote.offer.instance.as_str().into(),
            quote.offer.count.to_string().into(),
            format!("{:.2}", quote.per_accelerator.get()).into(),
            aged(&quote.offer.as_of, world.today()),
        ]);
    }
    (!quotes.is_empty()).then_some(table)
}
