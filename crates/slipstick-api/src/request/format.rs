//! Names of formats.

use slipstick_catalog::Catalog;
use slipstick_core::numeric::{CacheFormat, Format, ScalarFormat};

use crate::ApiError;

/// The cache format of a name.
///
/// # Errors
/// If there is none of that name.
///
/// ```
/// # use slipstick_api::request::cache_format;
/// # use slipstick_catalog::Catalog;
/// let catalog = Catalog::builtin();
/// assert_eq!(cache_format("FP8", &catalog).unwrap().key.layout().bytes, 1);
/// assert_eq!(cache_format("fp9", &catalog).unwrap_err().code, "kv_dtype.unknown");
/// ```
pub fn cache_format(name: &str, catalog: &Catalog) -> Result<CacheFormat, ApiError> {
    catalog.cache_format(name).map_err(|_| {
        ApiError::unknown("kv_dtype.unknown", "cache format", name, [])
            .help(format!("known cache formats: {}", catalog.cache_format_names().join(", ")))
            .at("--kv-dtype")
    })
}

/// A format's short name, as in reports.
pub fn format_name(format: Format) -> String {
    match format {
        Format::Plain(scalar) => scalar_name(scalar).to_owned(),
        Format::Fp8Tensor => "fp8 (scale a tensor)".to_owned(),
        Format::Fp8Channel => "fp8 (scale a channel)".to_owned(),
        Format::Fp8Block128 => "fp8 (128x128 blocks)".to_owned(),
        Format::Int8Channel => "int8 (scale a channel)".to_owned(),
        Format::IntGroup { bits, group, .. } => format!("int{bits} (groups of {group})"),
        Format::IntChannel { bits, .. } => format!("int{bits} (scale a channel)"),
        Format::Nf4 => "nf4".to_owned(),
        Format::Nf4Double => "nf4 (double quantised)".to_owned(),
        Format::Mxfp4 => "mxfp4".to_owned(),
        Format::Mxfp8 => "mxfp8".to_owned(),
        Format::Nvfp4 => "nvfp4".to_owned(),
        Format::Mlx { bits, group } => format!("mlx {bits} bit (groups of {group})"),
        Format::Codebooks { count, bits, group } => {
            format!("{count} codebooks of {bits} bits (groups of {group})")
        }
        Format::Ggml(ggml) => ggml.name().to_owned(),
        Format::Average { .. } => format!("{:.2} bits a weight", format.layout().bits_per_value()),
    }
}

pub(crate) const fn scalar_name(scalar: ScalarFormat) -> &'static str {
    match scalar {
        ScalarFormat::Fp64 => "fp64",
        ScalarFormat::Fp32 => "fp32",
        ScalarFormat::Tf32 => "tf32",
        ScalarFormat::Bf16 => "bf16",
        ScalarFormat::Fp16 => "fp16",
        ScalarFormat::Fp8E4m3 => "fp8_e4m3",
        ScalarFormat::Fp8E5m2 => "fp8_e5m2",
        ScalarFormat::Int8 => "int8",
        ScalarFormat::Fp4 => "fp4",
        ScalarFormat::Int4 => "int4",
    }
}
