//! AMD Quark: one scheme for all linear layers, others by pattern, and a list of what is left alone.
//!
//! Source: vLLM, `quantization/quark/quark.py` and its `schemes/`.

use serde_json::Value;
use slipstick_core::numeric::{Format, QuantScheme, ScalarFormat};

use super::{QuantError, Section, section};

const METHOD: &str = "quark";

/// Quark's export.
pub(super) fn quark(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    if let Some(export) = section.object("export")?
        && export.text("weight_format")?.is_some_and(|format| format != "real_quantized")
    {
        return Err(QuantError::unsupported(METHOD, "its weights are not stored quantised".to_owned()));
    }
    let mut scheme = QuantScheme::only_rules(METHOD).keep(section.names("exclude")?);
    if let Some(layers) = section.object("layer_quant_config")? {
        for (pattern, value) in layers.entries() {
            let layer = Section::new(section.config, value)?;
            let names = section::names("layer_quant_config", &[Value::from(pattern)])?;
            scheme = scheme.rule(names, weights(&layer)?);
            if layer.has("output_tensors") {
                scheme.kv_cache = cache(&layer)?;
            }
        }
    }
    if let Some(global) = section.object("global_quant_config")? {
        scheme.linear = weights(&global)?;
    }
    Ok(scheme)
}

/// The format of the weights; NVFP4 is stated as its values and, apart, their scales.
fn weights(config: &Section<'_>) -> Result<Option<Format>, QuantError> {
    match config.get("weight") {
        None => Ok(None),
        Some(Value::Array(stages)) => match stages.as_slice() {
            [values, scales]
                if states(values, "fp4", "per_group", Some(16))
                    && states(scales, "fp8_e4m3", "per_tensor", None) =>
            {
                Ok(Some(Format::Nvfp4))
            }
            _ => Err(QuantError::unsupported(METHOD, "weights of several stages are not known".to_owned())),
        },
        Some(weight) => stage(&Section::new(config.config, weight)?).map(Some),
    }
}

fn states(stage: &Value, dtype: &str, scheme: &str, group: Option<u64>) -> bool {
    stage["dtype"] == dtype && stage["qscheme"] == scheme && stage["group_size"].as_u64() == group
}

/// What Quark stores of integers beside their scales differs between its versions: those are refused.
fn stage(weight: &Section<'_>) -> Result<Format, QuantError> {
    let dtype = weight.text("dtype")?.unwrap_or_default();
    let scheme = weight.text("qscheme")?.unwrap_or_default();
    let group = if weight.has("group_size") { weight.integer("group_size")? } else { None };
    let scales = weight.text("scale_format")?;
    match (dtype, scheme, group, scales) {
        ("fp8_e4m3", "per_tensor", ..) => Ok(Format::Fp8Tensor),
        ("fp8_e4m3", "per_channel", ..) => Ok(Format::Fp8Channel),
        ("fp8_e4m3", "per_group", Some(32), Some("e8m0")) => Ok(Format::Mxfp8),
        ("fp4", "per_group", Some(32), Some("e8m0")) => Ok(Format::Mxfp4),
        _ => Err(QuantError::unsupported(
            METHOD,
            format!("{dtype} {scheme} in groups of {group:?} with scales {scales:?} is not known"),
        )),
    }
}

/// The cache's format, as the output of the layers that fill it.
fn cache(layer: &Section<'_>) -> Result<Option<Format>, QuantError> {
    let Some(output) = layer.object("output_tensors")? else { return Ok(None) };
    match output.text("dtype")? {
        Some("fp8_e4m3") => Ok(Some(Format::Plain(ScalarFormat::Fp8E4m3))),
        other => Err(QuantError::unsupported(METHOD, format!("a cache in {other:?} is not known"))),
    }
}
