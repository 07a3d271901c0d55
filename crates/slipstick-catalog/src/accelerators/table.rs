//! The shipped table of accelerators.

use std::sync::LazyLock;

use serde::Deserialize;
use slipstick_core::{
    hardware::{Accelerator, AcceleratorClass, Link, LinkKind, Peaks},
    units::{Bandwidth, Bytes, FlopRate, Power},
};

use super::{AcceleratorEntry, MemoryBasis};
use crate::{AsOf, Confidence, LayerName, Origin, table};

const FILE: &str = "accelerators.csv";

pub(crate) static BUILTIN: LazyLock<Vec<AcceleratorEntry>> = LazyLock::new(|| {
    table::rows::<Row>(FILE, include_str!("../../data/accelerators.csv"))
        .expect("the shipped table is read by the tests")
        .into_iter()
        .map(|(line, row)| row.entry().unwrap_or_else(|| panic!("{FILE}, line {line}: checked by the tests")))
        .collect()
});

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    vendor: String,
    architecture: String,
    family: String,
    class: String,
    year: u16,
    form_factor: String,
    memory_type: String,
    memory_label_gb: f64,
    memory_mib: u64,
    memory_basis: String,
    bandwidth_gb_s: f64,
    fp64_tflops: Option<f64>,
    fp32_tflops: Option<f64>,
    tf32_tflops: Option<f64>,
    fp16_tflops: Option<f64>,
    bf16_tflops: Option<f64>,
    fp8_tflops: Option<f64>,
    int8_tops: Option<f64>,
    fp4_tflops: Option<f64>,
    int4_tops: Option<f64>,
    cache_mb: Option<f64>,
    power_w: Option<f64>,
    link: String,
    link_kind: String,
    link_gb_s_per_direction: f64,
    domain_size: u32,
    node_size: u32,
    host_link_gb_s_per_direction: Option<f64>,
    compute: String,
    source: String,
    seen: String,
    confidence: String,
    note: String,
}

impl Row {
    /// The entry, or `None` if a word is not one of its column's.
    fn entry(self) -> Option<AcceleratorEntry> {
        let tflops = |rate: Option<f64>| rate.map(FlopRate::tflops_per_s);
        let link = Link {
            kind: link_kind(&self.link_kind)?,
            bandwidth: Bandwidth::gb_per_s(self.link_gb_s_per_direction),
        };
        let host_link = self
            .host_link_gb_s_per_direction
            .map_or(link, |gb| Link { kind: LinkKind::Pcie, bandwidth: Bandwidth::gb_per_s(gb) });
        let accelerator = Accelerator {
            id: self.id,
            name: self.name,
            vendor: self.vendor,
            architecture: self.architecture,
            family: self.family,
            class: class(&self.class)?,
            year: self.year,
            memory: Bytes::mib(self.memory_mib),
            memory_bandwidth: Bandwidth::gb_per_s(self.bandwidth_gb_s),
            peaks: Peaks {
                fp64: tflops(self.fp64_tflops),
                fp32: tflops(self.fp32_tflops),
                tf32: tflops(self.tf32_tflops),
                fp16: tflops(self.fp16_tflops),
                bf16: tflops(self.bf16_tflops),
                fp8: tflops(self.fp8_tflops),
                int8: tflops(self.int8_tops),
                fp4: tflops(self.fp4_tflops),
                int4: tflops(self.int4_tops),
            },
            link,
            domain_size: self.domain_size,
            host_link,
            node_size: self.node_size,
            power: self.power_w.map(Power::watts),
            compute_capability: compute_capability(&self.compute),
        };
        Some(AcceleratorEntry {
            accelerator,
            form_factor: self.form_factor,
            memory_type: self.memory_type,
            label_gb: self.memory_label_gb,
            memory_basis: MemoryBasis::from_name(&self.memory_basis)?,
            cache_mb: self.cache_mb,
            link_name: self.link,
            compute: self.compute,
            aliases: Vec::new(),
            note: self.note,
            origin: Origin {
                layer: LayerName::Builtin,
                file: FILE.to_owned(),
                sources: self.source.split(' ').map(str::to_owned).collect(),
                seen: AsOf::parse(&self.seen).ok()?,
                confidence: Confidence::from_name(&self.confidence)?,
            },
        })
    }
}

pub(super) const CLASSES: [(&str, AcceleratorClass); 5] = [
    ("datacenter", AcceleratorClass::DatacenterGpu),
    ("consumer", AcceleratorClass::ConsumerGpu),
    ("unified", AcceleratorClass::UnifiedMemory),
    ("npu", AcceleratorClass::Npu),
    ("cpu", AcceleratorClass::Cpu),
];

pub(super) fn class(name: &str) -> Option<AcceleratorClass> {
    CLASSES.iter().find(|(known, _)| *known == name).map(|(_, class)| *class)
}

/// The word for a class in tables and JSON.
pub fn class_name(class: AcceleratorClass) -> &'static str {
    CLASSES.iter().find(|(_, known)| *known == class).map_or("", |(name, _)| name)
}

/// The word for a kind of link in tables and JSON.
pub fn link_kind_name(kind: LinkKind) -> &'static str {
    LINK_KINDS.iter().find(|(_, known)| *known == kind).map_or("", |(name, _)| name)
}

pub(super) const LINK_KINDS: [(&str, LinkKind); 6] = [
    ("nvlink", LinkKind::NvLink),
    ("infinity-fabric", LinkKind::InfinityFabric),
    ("ici", LinkKind::Ici),
    ("proprietary", LinkKind::Proprietary),
    ("pcie", LinkKind::Pcie),
    ("network", LinkKind::Network),
];

pub(super) fn link_kind(name: &str) -> Option<LinkKind> {
    LINK_KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// `8.9` as 89; compute targets of other makers are not numbers.
pub(super) fn compute_capability(text: &str) -> Option<u16> {
    let (major, minor) = text.split_once('.')?;
    let minor = minor.parse::<u16>().ok().filter(|minor| *minor < 10)?;
    major.parse::<u16>().ok()?.checked_mul(10)?.checked_add(minor)
}
