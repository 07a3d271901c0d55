//! What large products hold of a chip's peaks when clocks have settled.
//!
//! A peak is worked out at the highest clock, which dense products do not hold: they draw more than the power limit allows, so
//! that the driver lowers the clock until they do not. Two chips of equal peaks and unequal limits (750 and 1,000 W) then run
//! a long product at unequal rates (708 and 843 TFLOP/s), which no share of a family can say.

use slipstick_core::{
    hardware::{Accelerator, ComputeShares, Peaks},
    units::FlopRate,
};

use crate::accelerators::{Measured, RateKind, measured, measured_on, shipped};

/// The shares that a chip's large products hold: its own where they were measured, else the mean of those of its family that
/// were, else what its family reaches.
pub(super) fn held(family: ComputeShares, accelerator: &Accelerator) -> ComputeShares {
    let own = |format| mean(measured_on(&accelerator.id).filter_map(|row| share(row, format)));
    let like = |format| {
        let rows = measured().filter(|row| family_of(row) == Some(accelerator.family.as_str()));
        mean(rows.filter_map(|row| share(row, format)))
    };
    let of = |format, else_: f64| own(format).or_else(|| like(format)).unwrap_or(else_);
    ComputeShares { wide: of("bf16", family.wide), fp8: of("fp8", family.fp8), ..family }
}

fn family_of(row: &Measured) -> Option<&'static str> {
    shipped(&row.accelerator).map(|entry| entry.accelerator.family.as_str())
}

/// What a measured rate in a format is of the peak, where it is one of settled clocks.
fn share(row: &Measured, format: &str) -> Option<f64> {
    if row.quantity != RateKind::SustainedMatmul || row.format.as_deref() != Some(format) {
        return None;
    }
    let peak = peak(&shipped(&row.accelerator)?.accelerator.peaks, format)?;
    Some(FlopRate::tflops_per_s(row.p50?) / peak)
}

fn peak(peaks: &Peaks, format: &str) -> Option<FlopRate> {
    match format {
        "bf16" => peaks.bf16,
        "fp8" => peaks.fp8,
        _ => None,
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, number) = values.fold((0.0, 0.0), |(sum, number), value| (sum + value, number + 1.0));
    (number > 0.0).then(|| sum / number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: ComputeShares = ComputeShares { wide: 0.5, fp8: 0.45, fp4: 0.4, int: 0.5 };

    fn of(id: &str) -> ComputeShares {
        held(FAMILY, &shipped(id).expect("it is in the catalogue").accelerator)
    }

    /// AMD's table of what it calls the most that can be achieved: 708 and 843 TFLOP/s in bf16, 1,273 and 1,519 in fp8.
    #[test]
    fn chips_of_equal_peaks_hold_what_their_power_limits_allow() {
        let (low, high) = (of("amd-mi300x-192gb"), of("amd-mi325x-256gb"));
        assert!((low.wide - 708.0 / 1307.4).abs() < 1e-12 && (low.fp8 - 1273.0 / 2614.9).abs() < 1e-12);
        assert!((high.wide / low.wide - 843.0 / 708.0).abs() < 1e-12);
        assert!((high.fp8 / low.fp8 - 1519.0 / 1273.0).abs() < 1e-12);
        assert!((low.fp4 - FAMILY.fp4).abs() < 1e-12, "nobody measured it");
    }

    #[test]
    fn a_chip_that_nobody_measured_is_taken_for_its_like() {
        let like = of("amd-mi350x-288gb");
        assert!((like.fp8 - of("amd-mi355x-288gb").fp8).abs() < 1e-12);
        assert!((of("nvidia-l40s-48gb").wide - FAMILY.wide).abs() < 1e-12);
    }
}
