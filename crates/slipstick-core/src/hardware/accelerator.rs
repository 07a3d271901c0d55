//! One accelerator: memory, bandwidth, dense peaks, power.

use super::Link;
use crate::{
    numeric::ScalarFormat,
    units::{Bandwidth, Bytes, FlopRate, Power},
};

/// The broad kind of device: it decides how software sees its memory and what a "step" costs on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AcceleratorClass {
    /// A data-centre GPU with high-bandwidth memory or a server card.
    DatacenterGpu,
    /// A consumer or workstation graphics card.
    ConsumerGpu,
    /// A system on a chip whose CPU and GPU share one memory.
    UnifiedMemory,
    /// A dedicated matrix processor (TPU, NPU).
    Npu,
    /// A general processor with its own memory channels.
    Cpu,
}

/// Dense peak rates by compute format. `None` means the hardware has no units for it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Peaks {
    /// IEEE binary64, vector or matrix, whichever is the larger.
    pub fp64: Option<FlopRate>,
    /// IEEE binary32 without tensor cores.
    pub fp32: Option<FlopRate>,
    /// TF32 on tensor cores.
    pub tf32: Option<FlopRate>,
    /// fp16 with fp32 accumulation.
    pub fp16: Option<FlopRate>,
    /// bf16 with fp32 accumulation.
    pub bf16: Option<FlopRate>,
    /// FP8, either variant.
    pub fp8: Option<FlopRate>,
    /// 8-bit integer.
    pub int8: Option<FlopRate>,
    /// 4-bit float.
    pub fp4: Option<FlopRate>,
    /// 4-bit integer.
    pub int4: Option<FlopRate>,
}

impl Peaks {
    /// The dense peak in a format, if the hardware computes in it.
    pub const fn of(&self, format: ScalarFormat) -> Option<FlopRate> {
        match format {
            ScalarFormat::Fp64 => self.fp64,
            ScalarFormat::Fp32 => self.fp32,
            ScalarFormat::Tf32 => self.tf32,
            ScalarFormat::Bf16 => self.bf16,
            ScalarFormat::Fp16 => self.fp16,
            ScalarFormat::Fp8E4m3 | ScalarFormat::Fp8E5m2 => self.fp8,
            ScalarFormat::Int8 => self.int8,
            ScalarFormat::Fp4 => self.fp4,
            ScalarFormat::Int4 => self.int4,
        }
    }
}

/// One accelerator, as its maker specifies it and as its driver reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct Accelerator {
    /// Catalogue id.
    pub id: String,
    /// Label for people; never parsed.
    pub name: String,
    /// Maker.
    pub vendor: String,
    /// The maker's name for the generation.
    pub architecture: String,
    /// The chip family whose kernels behave alike, finer than the generation where a maker sells unlike chips under one
    /// name: calibrations are keyed by it.
    pub family: String,
    /// The broad kind.
    pub class: AcceleratorClass,
    /// Year of first sale.
    pub year: u16,
    /// What the driver reports as total memory: the capacity to plan with.
    pub memory: Bytes,
    /// Specified memory bandwidth.
    pub memory_bandwidth: Bandwidth,
    /// Dense peaks.
    pub peaks: Peaks,
    /// The fastest link to peers of its own kind.
    pub link: Link,
    /// Accelerators that share that link's domain (a bridged pair, a node, or a rack-scale domain).
    pub domain_size: u32,
    /// What joins those of one node that are not in one domain: PCI Express through the host.
    pub host_link: Link,
    /// Accelerators in the usual node.
    pub node_size: u32,
    /// Board, module or package power limit, as the maker states it.
    pub power: Option<Power>,
    /// CUDA compute capability in tenths (8.9 is 89), where there is one.
    pub compute_capability: Option<u16>,
}

impl Accelerator {
    /// Whether it is the host itself, so that nothing lies beside it.
    pub fn is_host(&self) -> bool {
        self.class == AcceleratorClass::Cpu
    }
}
