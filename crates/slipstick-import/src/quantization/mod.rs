//! `quantization_config` and its relatives: what a checkpoint's config says of its formats.
//!
//! Sources: the config classes of transformers 5.23 (`utils/quantization_config.py`), compressed-tensors 0.12,
//! ModelOpt's export of `hf_quant_config.json`, GPTQModel, mlx-lm and ExLlama. One file a family of methods.

mod aqlm;
mod average;
mod bits_and_bytes;
mod compressed;
mod error;
mod fp8;
mod groups;
mod mlx;
mod modelopt;
mod mxfp4;
mod quark;
mod section;
mod torchao;

use serde_json::Value;
use slipstick_core::numeric::QuantScheme;

pub use error::QuantError;
use section::Section;

/// A method's importer.
type Read = fn(&Section<'_>) -> Result<QuantScheme, QuantError>;

/// Every method that is understood, by its `quant_method`.
const METHODS: &[(&str, Read)] = &[
    ("gptq", groups::gptq),
    ("awq", groups::awq),
    ("auto-round", groups::gptq),
    ("intel/auto-round", groups::gptq),
    ("bitsandbytes", bits_and_bytes::bits_and_bytes),
    ("fp8", fp8::fp8),
    ("fbgemm_fp8", fp8::fbgemm),
    ("compressed-tensors", compressed::compressed),
    ("mxfp4", mxfp4::mxfp4),
    ("modelopt", modelopt::modelopt),
    ("quark", quark::quark),
    ("hqq", groups::hqq),
    ("eetq", groups::eetq),
    ("quanto", groups::quanto),
    ("torchao", torchao::torchao),
    ("aqlm", aqlm::aqlm),
    ("bitnet", average::bitnet),
    ("exl2", average::exllama),
    ("exl3", average::exllama),
];

/// Reads what a `config.json` says of the checkpoint's formats, or `None` if the checkpoint is not quantised.
///
/// Multimodal configs keep it beside the text model's fields or above them, MLX under `quantization`.
///
/// # Errors
/// A method that is not known, or a variant of a known one whose bytes would be guesswork.
pub fn parse(config: &Value) -> Result<Option<QuantScheme>, QuantError> {
    let places = [Some(config), config.get("text_config"), config.get("llm_config")];
    for place in places.into_iter().flatten() {
        for key in ["quantization_config", "compression_config", "quantization"] {
            if let Some(section) = place.get(key).filter(|section| !section.is_null()) {
                return parse_section(config, section).map(Some);
            }
        }
    }
    Ok(None)
}

/// Reads a `hf_quant_config.json`, as ModelOpt writes it.
///
/// # Errors
/// As [`parse`], or if the text is no JSON object.
pub fn parse_hf_quant_config(json: &[u8]) -> Result<QuantScheme, QuantError> {
    const LIMIT: usize = 16 << 20;
    if json.len() > LIMIT {
        return Err(QuantError::Json(format!(
            "it has {} bytes, more than the {LIMIT} that are read",
            json.len()
        )));
    }
    let value: Value = serde_json::from_slice(json).map_err(|error| QuantError::Json(error.to_string()))?;
    let section = value.get("quantization").unwrap_or(&value);
    modelopt::modelopt(&Section::new(&value, section)?)
}

fn parse_section(config: &Value, section: &Value) -> Result<QuantScheme, QuantError> {
    let section = Section::new(config, section)?;
    match section.text("quant_method")? {
        Some(method) => match METHODS.iter().find(|(name, _)| *name == method) {
            Some((_, read)) => read(&section),
            None => Err(QuantError::unknown(method, METHODS.iter().map(|(name, _)| *name))),
        },
        // MLX names no method; ModelOpt's early exports name only the algorithm.
        None if section.has("quant_algo") => modelopt::modelopt(&section),
        None if section.has("bits") && section.has("group_size") => mlx::mlx(&section),
        None if section.has("config_groups") => compressed::compressed(&section),
        None if section.has("load_in_4bit") || section.has("load_in_8bit") => {
            bits_and_bytes::bits_and_bytes(&section)
        }
        None => Err(QuantError::Missing { key: "quant_method".to_owned() }),
    }
}
