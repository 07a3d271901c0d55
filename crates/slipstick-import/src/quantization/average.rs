//! Formats known by their average rate only.

use slipstick_core::numeric::{Format, Names, QuantScheme};

use super::{QuantError, Section};

/// EXL2 and EXL3: an average rate for the decoder, another for the head.
pub(super) fn exllama(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let method = section.text("quant_method")?.unwrap_or("exl2");
    let decoder = rate(section, "bits")?.ok_or_else(|| QuantError::Missing { key: "bits".to_owned() })?;
    let head = rate(section, "head_bits")?;
    Ok(QuantScheme::linear(method, decoder).rule(Names::of(["lm_head"]), head))
}

/// The format of a rate.
fn rate(section: &Section<'_>, key: &str) -> Result<Option<Format>, QuantError> {
    let Some(value) = section.get(key) else { return Ok(None) };
    let format = value.as_f64().and_then(Format::average);
    format.map(Some).ok_or_else(|| QuantError::invalid(key, "not a rate between 1 and 16 bits"))
}

/// BitNet: ternary weights, four to a byte.
pub(super) fn bitnet(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    Ok(QuantScheme::linear("bitnet", Format::Average { centibits: 200 })
        .keep(section.names("modules_to_not_convert")?)
        .keep(Names::of(["lm_head"])))
}
