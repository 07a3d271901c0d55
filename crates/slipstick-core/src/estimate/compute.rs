//! Which units a product runs on, and how fast they are.

use crate::{
    hardware::{Accelerator, Calibration},
    numeric::{Format, ScalarFormat},
    ops::Hardware,
    units::FlopRate,
};

/// What an accelerator computes in.
pub const fn hardware(accelerator: &Accelerator) -> Hardware {
    let peaks = &accelerator.peaks;
    Hardware {
        fp8: peaks.fp8.is_some(),
        fp4: peaks.fp4.is_some(),
        int8: peaks.int8.is_some(),
        bf16: peaks.bf16.is_some(),
    }
}

/// The format that products with weights in `format` are computed in.
///
/// FP8 and NVFP4 weights run on units of their own width where the chip has them; integer and block formats of engines
/// that only store narrow (GPTQ, AWQ, NF4, ggml) are widened to 16 bits first; MXFP4 weights meet 8-bit activations where
/// there are 4-bit units, and are widened elsewhere.
pub const fn compute_format(format: Format, hardware: Hardware) -> ScalarFormat {
    let wide = if hardware.bf16 { ScalarFormat::Bf16 } else { ScalarFormat::Fp16 };
    match format {
        Format::Plain(ScalarFormat::Fp16) => ScalarFormat::Fp16,
        Format::Plain(ScalarFormat::Fp64) => ScalarFormat::Fp64,
        Format::Plain(ScalarFormat::Fp32) => ScalarFormat::Fp32,
        Format::Plain(ScalarFormat::Tf32) => ScalarFormat::Tf32,
        Format::Plain(ScalarFormat::Fp8E4m3 | ScalarFormat::Fp8E5m2)
        | Format::Fp8Tensor
        | Format::Fp8Channel
        | Format::Fp8Block128
        | Format::Mxfp8 => {
            if hardware.fp8 {
                ScalarFormat::Fp8E4m3
            } else {
                wide
            }
        }
        Format::Int8Channel | Format::Plain(ScalarFormat::Int8) => {
            if hardware.int8 {
                ScalarFormat::Int8
            } else {
                wide
            }
        }
        Format::Nvfp4 | Format::Plain(ScalarFormat::Fp4) => {
            if hardware.fp4 {
                ScalarFormat::Fp4
            } else {
                wide
            }
        }
        Format::Mxfp4 => {
            if hardware.fp4 && hardware.fp8 {
                ScalarFormat::Fp8E4m3
            } else {
                wide
            }
        }
        Format::Plain(ScalarFormat::Bf16 | ScalarFormat::Int4)
        | Format::IntGroup { .. }
        | Format::IntChannel { .. }
        | Format::Nf4
        | Format::Nf4Double
        | Format::Mlx { .. }
        | Format::Codebooks { .. }
        | Format::Ggml(_)
        | Format::Average { .. } => wide,
    }
}

/// The dense peak in `format`, or in the nearest wider one the chip has: fp16 for bf16, then TF32, then fp32.
pub fn peak(accelerator: &Accelerator, format: ScalarFormat) -> Option<FlopRate> {
    let peaks = &accelerator.peaks;
    let wider = peaks.bf16.or(peaks.fp16).or(peaks.tf32).or(peaks.fp32);
    peaks.of(format).or(match format {
        ScalarFormat::Fp64 => None,
        ScalarFormat::Fp32 => peaks.fp32.or(wider),
        ScalarFormat::Tf32
        | ScalarFormat::Bf16
        | ScalarFormat::Fp16
        | ScalarFormat::Fp8E4m3
        | ScalarFormat::Fp8E5m2
        | ScalarFormat::Int8
        | ScalarFormat::Fp4
        | ScalarFormat::Int4 => wider,
    })
}

/// The rate that large products in `format` reach.
pub fn reached(
    accelerator: &Accelerator,
    calibration: &Calibration,
    format: ScalarFormat,
) -> Option<FlopRate> {
    // A fallback peak is reached as its own format is, not as the one asked for.
    let share = if accelerator.peaks.of(format).is_some() {
        calibration.compute.of(format)
    } else {
        calibration.compute.wide
    };
    Some(peak(accelerator, format)? * share)
}
