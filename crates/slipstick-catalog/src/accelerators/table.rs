//! The shipped table of accelerators.

use slipstick_core::{
    hardware::{Accelerator, AcceleratorClass, Link, LinkKind, Peaks},
    units::{Bandwidth, Bytes, FlopRate, Power},
};

use super::{AcceleratorEntry, MemoryBasis};
use crate::{
    AsOf, Confidence, LayerName, Origin,
    tables::{ACCELERATORS, AcceleratorRow, shipped},
};

const FILE: &str = "accelerators.csv";

shipped!(BUILTIN: AcceleratorRow<'static> => AcceleratorEntry, ACCELERATORS, |row| {
    row.entry().expect("the build script checks the words of every row")
});

impl AcceleratorRow<'_> {
    /// The entry, or `None` if a word is not one of its column's.
    fn entry(&self) -> Option<AcceleratorEntry> {
        Some(AcceleratorEntry {
            accelerator: self.accelerator()?,
            form_factor: self.form_factor.to_owned(),
            memory_type: self.memory_type.to_owned(),
            label_gb: self.memory_label_gb,
            memory_basis: MemoryBasis::from_name(self.memory_basis)?,
            cache_mb: self.cache_mb,
            link_name: self.link.to_owned(),
            compute: self.compute.to_owned(),
            aliases: Vec::new(),
            note: self.note.to_owned(),
            origin: Origin {
                layer: LayerName::Builtin,
                file: FILE.to_owned(),
                sources: self.source.split(' ').map(str::to_owned).collect(),
                seen: AsOf::parse(self.seen).ok()?,
                confidence: Confidence::from_name(self.confidence)?,
            },
        })
    }

    /// Its physical side.
    fn accelerator(&self) -> Option<Accelerator> {
        let link = Link {
            kind: link_kind(self.link_kind)?,
            bandwidth: Bandwidth::gb_per_s(self.link_gb_s_per_direction),
        };
        let host_link = self
            .host_link_gb_s_per_direction
            .map_or(link, |gb| Link { kind: LinkKind::Pcie, bandwidth: Bandwidth::gb_per_s(gb) });
        Some(Accelerator {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            vendor: self.vendor.to_owned(),
            architecture: self.architecture.to_owned(),
            family: self.family.to_owned(),
            class: class(self.class)?,
            year: self.year,
            memory: Bytes::mib(self.memory_mib),
            memory_bandwidth: Bandwidth::gb_per_s(self.bandwidth_gb_s),
            peaks: self.peaks(),
            link,
            domain_size: self.domain_size,
            host_link,
            node_size: self.node_size,
            power: self.power_w.map(Power::watts),
            compute_capability: compute_capability(self.compute),
        })
    }

    fn peaks(&self) -> Peaks {
        let tflops = |rate: Option<f64>| rate.map(FlopRate::tflops_per_s);
        Peaks {
            fp64: tflops(self.fp64_tflops),
            fp32: tflops(self.fp32_tflops),
            tf32: tflops(self.tf32_tflops),
            fp16: tflops(self.fp16_tflops),
            bf16: tflops(self.bf16_tflops),
            fp8: tflops(self.fp8_tflops),
            int8: tflops(self.int8_tops),
            fp4: tflops(self.fp4_tflops),
            int4: tflops(self.int4_tops),
        }
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
