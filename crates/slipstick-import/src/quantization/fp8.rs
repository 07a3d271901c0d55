//! 8-bit floats as transformers and DeepSeek write them.

use slipstick_core::numeric::{Format, Names, QuantScheme};

use super::{QuantError, Section, modelopt};

/// `fp8`: one scale a tensor, or one a tile of `weight_block_size`.
pub(super) fn fp8(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let mut scheme = QuantScheme::linear("fp8", tile(section)?);
    scheme.rules = modelopt::quantized_layers(section)?;
    // Checkpoints whose experts are in 4 bits say so beside the model's own fields.
    match section.config.get("expert_dtype").and_then(serde_json::Value::as_str) {
        Some("fp4") => scheme = scheme.rule(Names::of(["experts"]), Some(Format::Mxfp4)),
        None | Some("fp8") => {}
        Some(other) => {
            return Err(QuantError::unsupported("fp8", format!("experts in {other} are not known")));
        }
    }
    Ok(scheme.keep(section.names("modules_to_not_convert")?).keep(Names::of(["lm_head"])))
}

/// The format that `weight_block_size` states.
fn tile(section: &Section<'_>) -> Result<Format, QuantError> {
    match section.get("weight_block_size") {
        None => Ok(Format::Fp8Tensor),
        Some(size) if *size == serde_json::json!([128, 128]) => Ok(Format::Fp8Block128),
        Some(_) => Err(QuantError::unsupported("fp8", "only tiles of 128 × 128 are known")),
    }
}

/// `fbgemm_fp8`: one scale a row.
pub(super) fn fbgemm(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    Ok(QuantScheme::linear("fbgemm_fp8", Format::Fp8Channel)
        .keep(section.names("modules_to_not_convert")?)
        .keep(Names::of(["lm_head"])))
}
