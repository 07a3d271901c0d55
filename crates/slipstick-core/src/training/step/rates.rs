//! Rates that computation reaches.

use crate::{
    hardware::Cluster,
    numeric::ScalarFormat,
    training::{Efficiency, Job},
    units::{Bandwidth, FlopRate},
};

/// Rates that compute at full width reaches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) product: FlopRate,
    /// 16-bit peak, before what attention reaches of it.
    pub(super) attention: FlopRate,
    /// The head stays in 16 bit.
    pub(super) head: FlopRate,
    pub(super) memory: Bandwidth,
    /// Whether products take inputs narrower than what is kept.
    pub(super) narrow: bool,
}

impl Rates {
    pub(super) fn of(job: &Job<'_>, cluster: &Cluster, efficiency: &Efficiency) -> Option<Self> {
        let peaks = &cluster.accelerator.peaks;
        let wide = peaks.bf16.or(peaks.fp16).or(peaks.fp32)?;
        let format = job.recipe.compute;
        let peak = match format {
            ScalarFormat::Fp32 => peaks.tf32.or(peaks.fp32).unwrap_or(wide),
            other => peaks.of(other).unwrap_or(wide),
        };
        let shared =
            if peaks.of(format).is_some() { efficiency.compute.of(format) } else { efficiency.compute.wide };
        Some(Self {
            product: peak * (shared / efficiency.factor),
            attention: wide * (1.0 / efficiency.factor),
            head: wide * (efficiency.compute.wide / efficiency.factor),
            memory: cluster.accelerator.memory_bandwidth * (efficiency.memory / efficiency.factor),
            narrow: peaks.of(format).is_some() && is_narrow(format),
        })
    }
}

/// Whether a format takes less than 16 bit a value.
const fn is_narrow(format: ScalarFormat) -> bool {
    match format {
        ScalarFormat::Fp8E4m3
        | ScalarFormat::Fp8E5m2
        | ScalarFormat::Int8
        | ScalarFormat::Fp4
        | ScalarFormat::Int4 => true,
        ScalarFormat::Fp64
        | ScalarFormat::Fp32
        | ScalarFormat::Tf32
        | ScalarFormat::Bf16
        | ScalarFormat::Fp16 => false,
    }
}
