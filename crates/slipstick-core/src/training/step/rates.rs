//! Rates that computation reaches.

use crate::{
    basis::Basis,
    formulas::training::step::{reached_bandwidth, reached_rate},
    hardware::Cluster,
    numeric::ScalarFormat,
    quantity::Detail as D,
    trace::{Origin, Source, Trace, fact, fitted},
    traced,
    training::{Efficiency, Job},
    units::{Bandwidth, FlopRate},
};

/// What the data sheet says.
pub(super) const SHEET: Origin = fact("", Source::Accelerator, Basis::Specified);

/// Rates that compute at full width reaches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) product: FlopRate,
    /// 16-bit peak, before what attention reaches of it.
    pub(super) attention: FlopRate,
    /// The head stays in 16 bit.
    pub(super) head: FlopRate,
    pub(super) memory: Bandwidth,
    /// Times of a product that its like in fp32 takes.
    pub(super) wide_gradients: f64,
    /// Whether products take inputs narrower than what is kept.
    pub(super) narrow: bool,
}

impl Rates {
    pub(super) fn of(
        job: &Job<'_>,
        cluster: &Cluster,
        efficiency: &Efficiency,
        trace: Trace<'_>,
    ) -> Option<Self> {
        let peaks = &cluster.accelerator.peaks;
        let wide = peaks.bf16.or(peaks.fp16).or(peaks.fp32)?;
        let format = job.recipe.compute;
        let peak = match format {
            ScalarFormat::Fp32 => peaks.tf32.or(peaks.fp32).unwrap_or(wide),
            other => peaks.of(other).unwrap_or(wide),
        };
        let shared =
            if peaks.of(format).is_some() { efficiency.compute.of(format) } else { efficiency.compute.wide };
        let rate = |quantity: D, peak: FlopRate, share: f64| {
            traced!(trace, quantity, reached_rate {
                P: peak => SHEET, s: share => fitted(""), f: efficiency.factor => fitted(""),
            })
        };
        let scaled = if job.recipe.fine_scales { efficiency.fine_scales } else { 1.0 };
        Some(Self {
            product: rate(D::ProductRate, peak, shared * scaled),
            attention: rate(D::AttentionRate, wide, 1.0),
            head: rate(D::HeadRate, wide, efficiency.compute.wide),
            memory: traced!(trace, D::KernelBandwidth, reached_bandwidth {
                B: cluster.accelerator.memory_bandwidth => SHEET,
                s: efficiency.memory => fitted(""),
                f: efficiency.factor => fitted(""),
            }),
            wide_gradients: peaks.fp32.map_or(1.0, |fp32| peak / fp32),
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
