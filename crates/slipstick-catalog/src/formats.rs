//! Formats by the names people type.

use slipstick_core::{
    model::what_if::{Mix, Quant},
    names::{did_you_mean, nearest},
    numeric::{CacheFormat, Format, GgmlType, ScalarFormat},
};

/// A name that is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a known {what}{}", did_you_mean(.nearest))]
pub struct FormatError {
    /// What was typed.
    pub name: String,
    /// `weight format` or `cache format`.
    pub what: &'static str,
    /// Known names like it.
    pub nearest: Vec<String>,
}

const E4M3: Format = Format::Plain(ScalarFormat::Fp8E4m3);

const fn groups(bits: u8, group: u16) -> Quant {
    Quant::Linear(Format::IntGroup { bits, group, zeros: true })
}

/// Weight formats beside llama.cpp's mixtures: the name that is shown first, its aliases after it.
const QUANTS: &[(&[&str], Quant)] = &[
    (&["bf16", "bfloat16"], Quant::Plain(ScalarFormat::Bf16)),
    (&["fp16", "f16", "float16", "half"], Quant::Plain(ScalarFormat::Fp16)),
    (&["fp32", "f32", "float32"], Quant::Plain(ScalarFormat::Fp32)),
    (&["fp8", "fp8-channel", "fp8-dynamic"], Quant::Linear(Format::Fp8Channel)),
    (&["fp8-tensor", "fp8-static"], Quant::Linear(Format::Fp8Tensor)),
    (&["fp8-block", "fp8-block128"], Quant::Linear(Format::Fp8Block128)),
    (&["int8", "w8a8", "w8a8-int8", "bnb-int8", "llm-int8"], Quant::Linear(Format::Int8Channel)),
    (&["mxfp8"], Quant::Linear(Format::Mxfp8)),
    (&["mxfp4", "mxfp4-experts"], Quant::Experts(Format::Mxfp4)),
    (&["mxfp4-all"], Quant::Linear(Format::Mxfp4)),
    (&["nvfp4", "fp4"], Quant::Linear(Format::Nvfp4)),
    (&["nvfp4-experts"], Quant::Experts(Format::Nvfp4)),
    (&["nf4", "nf4-double", "bnb-4bit", "qlora"], Quant::Linear(Format::Nf4Double)),
    (&["nf4-single"], Quant::Linear(Format::Nf4)),
    (
        &["awq", "awq-int4", "awq-int4-g128", "int4", "w4a16", "gptq", "gptq-int4", "gptq-int4-g128"],
        groups(4, 128),
    ),
    (&["awq-int4-g64", "gptq-int4-g64", "int4-g64"], groups(4, 64)),
    (&["awq-int4-g32", "gptq-int4-g32", "int4-g32"], groups(4, 32)),
    (&["gptq-int8", "gptq-int8-g128", "w8a16"], groups(8, 128)),
    (&["gptq-int3", "gptq-int3-g128"], groups(3, 128)),
    (&["gptq-int2", "gptq-int2-g128"], groups(2, 128)),
    (&["mlx-4bit", "mlx-q4"], Quant::Matrices(Format::Mlx { bits: 4, group: 64 })),
    (&["mlx-3bit", "mlx-q3"], Quant::Matrices(Format::Mlx { bits: 3, group: 64 })),
    (&["mlx-6bit", "mlx-q6"], Quant::Matrices(Format::Mlx { bits: 6, group: 64 })),
    (&["mlx-8bit", "mlx-q8"], Quant::Matrices(Format::Mlx { bits: 8, group: 64 })),
];

/// Cache formats: the name that is shown first, its aliases after it.
const CACHES: &[(&[&str], CacheFormat)] = &[
    (&["bf16", "bfloat16", "16bit"], CacheFormat::uniform(Format::BF16)),
    (&["fp16", "f16", "float16", "half"], CacheFormat::uniform(Format::FP16)),
    (&["fp32", "f32", "float32"], CacheFormat::uniform(Format::FP32)),
    (&["fp8", "fp8-e4m3", "fp8-e4m3fn"], CacheFormat::uniform(E4M3)),
    (&["fp8-e5m2"], CacheFormat::uniform(Format::Plain(ScalarFormat::Fp8E5m2))),
    (&["fp8-per-token-head"], CacheFormat { key: E4M3, value: E4M3, head_scale_bytes: 4 }),
    (&["int8"], CacheFormat::uniform(Format::Plain(ScalarFormat::Int8))),
    (
        &["int8-per-token-head"],
        CacheFormat {
            key: Format::Plain(ScalarFormat::Int8),
            value: Format::Plain(ScalarFormat::Int8),
            head_scale_bytes: 4,
        },
    ),
    (&["nvfp4"], CacheFormat::uniform(Format::Nvfp4)),
    (&["q8_0", "q8"], CacheFormat::uniform(Format::Ggml(GgmlType::Q8_0))),
    (&["q5_1"], CacheFormat::uniform(Format::Ggml(GgmlType::Q5_1))),
    (&["q5_0"], CacheFormat::uniform(Format::Ggml(GgmlType::Q5_0))),
    (&["q4_1"], CacheFormat::uniform(Format::Ggml(GgmlType::Q4_1))),
    (&["q4_0", "q4"], CacheFormat::uniform(Format::Ggml(GgmlType::Q4_0))),
    (&["iq4_nl"], CacheFormat::uniform(Format::Ggml(GgmlType::Iq4Nl))),
];

/// Compared without case, and with `-`, `_` and spaces alike.
fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace([' ', '_'], "-")
}

fn find<T: Copy>(table: &[(&[&str], T)], name: &str) -> Option<T> {
    let wanted = plain(name);
    table.iter().find(|(names, _)| names.iter().any(|known| plain(known) == wanted)).map(|(_, value)| *value)
}

/// The weight formats' names, one each.
pub fn quant_names() -> impl Iterator<Item = &'static str> {
    let mixes = Mix::ALL.iter().map(|mix| mix.name());
    QUANTS.iter().filter_map(|(names, _)| names.first().copied()).chain(mixes)
}

/// The cache formats' names, one each.
pub fn cache_format_names() -> impl Iterator<Item = &'static str> {
    CACHES.iter().filter_map(|(names, _)| names.first().copied())
}

/// A weight format by name.
///
/// # Errors
/// If there is none of that name; the nearest are named.
///
/// ```
/// # use slipstick_catalog::formats::parse_quant;
/// # use slipstick_core::model::what_if::{Mix, Quant};
/// assert_eq!(parse_quant("q4_k_m").unwrap(), Quant::Mix(Mix::Q4KM));
/// assert_eq!(parse_quant("AWQ").unwrap(), parse_quant("gptq-int4-g128").unwrap());
/// assert_eq!(
///     parse_quant("q4_k_n").unwrap_err().to_string(),
///     "\"q4_k_n\" is not a known weight format; did you mean Q4_K_M, Q4_K_S or Q2_K?"
/// );
/// ```
pub fn parse_quant(name: &str) -> Result<Quant, FormatError> {
    let wanted = plain(name);
    // Names of repositories put a vendor's mark before the mixture.
    let mix = wanted.strip_prefix("ud-").unwrap_or(&wanted);
    let mix = Mix::ALL.iter().find(|known| plain(known.name()) == mix).map(|mix| Quant::Mix(*mix));
    find(QUANTS, name).or(mix).ok_or_else(|| FormatError {
        name: name.chars().take(40).collect(),
        what: "weight format",
        nearest: nearest(name, quant_names(), 3),
    })
}

/// A cache format by name.
///
/// # Errors
/// If there is none of that name; the nearest are named.
///
/// ```
/// # use slipstick_catalog::formats::parse_cache_format;
/// assert_eq!(parse_cache_format("fp8_e5m2").unwrap().key.layout().bytes, 1);
/// assert!(parse_cache_format("fp9").is_err());
/// ```
pub fn parse_cache_format(name: &str) -> Result<CacheFormat, FormatError> {
    find(CACHES, name).ok_or_else(|| FormatError {
        name: name.chars().take(40).collect(),
        what: "cache format",
        nearest: nearest(name, cache_format_names(), 3),
    })
}

/// The shown name of a weight format.
pub fn quant_name(quant: Quant) -> &'static str {
    match quant {
        Quant::Mix(mix) => mix.name(),
        Quant::Plain(_) | Quant::Linear(_) | Quant::Experts(_) | Quant::Matrices(_) => QUANTS
            .iter()
            .find(|(_, known)| *known == quant)
            .and_then(|(names, _)| names.first().copied())
            .unwrap_or("custom"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_itself() {
        for name in quant_names() {
            assert_eq!(quant_name(parse_quant(name).expect(name)), name);
        }
        for (names, _) in QUANTS {
            for name in *names {
                assert!(parse_quant(&name.to_uppercase()).is_ok(), "{name}");
            }
        }
        for name in cache_format_names() {
            assert!(parse_cache_format(&name.replace('-', "_")).is_ok(), "{name}");
        }
    }
}
