//! Integers in groups along the row: GPTQ, AWQ and their relatives.

use serde_json::Value;
use slipstick_core::numeric::{Format, NamePattern, Names, QuantScheme};

use super::{QuantError, Section};

/// What these methods leave alone: they quantise the linear layers of the decoder and nothing else.
const OUTSIDE_THE_DECODER: [&str; 10] = [
    "lm_head",
    "visual",
    "vision_tower",
    "vision_model",
    "vision_encoder",
    "multi_modal_projector",
    "mm_projector",
    "audio_tower",
    "embed_vision",
    "mtp",
];

fn outside_the_decoder() -> Names {
    Names::of(OUTSIDE_THE_DECODER)
}

/// The format of `bits` in groups, or with one scale a row.
pub(super) const fn grouped(bits: u8, group: Option<u16>, zeros: bool) -> Format {
    match group {
        Some(group) => Format::IntGroup { bits, group, zeros },
        None => Format::IntChannel { bits, zeros },
    }
}

/// GPTQ, as GPTQModel and AutoRound write it.
pub(super) fn gptq(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let bits = section.bits("bits")?;
    let group = section.group("group_size")?;
    // Packed zero points are stored for symmetric quantisation too.
    let mut scheme = QuantScheme::linear("gptq", grouped(bits, group, true));
    if let Some(dynamic) = section.object("dynamic")? {
        for (key, value) in dynamic.entries() {
            scheme = exception(scheme, key, value, bits, group, section)?;
        }
    }
    scheme = scheme.keep(section.names("modules_to_not_convert")?);
    if section.flag("lm_head")? == Some(true) {
        return Ok(scheme.keep(Names::of(OUTSIDE_THE_DECODER.into_iter().filter(|name| *name != "lm_head"))));
    }
    Ok(scheme.keep(outside_the_decoder()))
}

/// One entry of GPTQModel's `dynamic`: `-:expression` keeps modules, `+:expression` or none gives them other bits.
fn exception(
    scheme: QuantScheme,
    key: &str,
    value: &Value,
    bits: u8,
    group: Option<u16>,
    section: &Section<'_>,
) -> Result<QuantScheme, QuantError> {
    let (keeps, expression) = match key.strip_prefix("-:") {
        Some(expression) => (true, expression),
        None => (false, key.strip_prefix("+:").unwrap_or(key)),
    };
    let mut names = Names::none();
    let pattern = NamePattern::expression(expression)
        .map_err(|problem| QuantError::invalid("dynamic", format!("'{key}' {problem}")))?;
    names.insert_pattern(pattern);
    if keeps {
        return Ok(scheme.keep(names));
    }
    let own = Section::new(section.config, value)?;
    let bits = if own.has("bits") { own.bits("bits")? } else { bits };
    let group = if own.has("group_size") { own.group("group_size")? } else { group };
    Ok(scheme.rule(names, Some(grouped(bits, group, true))))
}

/// AWQ.
pub(super) fn awq(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    // AutoAWQ's own files and transformers' spell the two keys differently.
    let (bits, group) = if section.has("w_bit") { ("w_bit", "q_group_size") } else { ("bits", "group_size") };
    let format = grouped(section.bits(bits)?, section.group(group)?, true);
    Ok(QuantScheme::linear("awq", format)
        .keep(section.names("modules_to_not_convert")?)
        .keep(outside_the_decoder()))
}

/// HQQ: a 16-bit scale and a 16-bit zero point a group, as affine formats have them.
pub(super) fn hqq(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let unsupported = || QuantError::unsupported("hqq", "its parameters differ from module to module");
    let parameters = section
        .object("quant_config")?
        .ok_or_else(|| QuantError::Missing { key: "quant_config".to_owned() })?
        .object("weight_quant_params")?
        .ok_or_else(unsupported)?;
    let bits = parameters.bits("nbits")?;
    let group = parameters.group("group_size")?.ok_or_else(unsupported)?;
    Ok(QuantScheme::linear("hqq", Format::Mlx { bits, group })
        .keep(section.names("skip_modules")?)
        .keep(outside_the_decoder()))
}

/// EETQ: int8 with a scale a row.
pub(super) fn eetq(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    match section.text("weights")? {
        None | Some("int8") => Ok(QuantScheme::linear("eetq", Format::Int8Channel)
            .keep(section.names("modules_to_not_convert")?)
            .keep(Names::of(["lm_head"]))),
        Some(other) => Err(QuantError::unsupported("eetq", format!("weights in {other} are not known"))),
    }
}

/// Quanto: a scale a row in 8 bits, groups of 128 below.
pub(super) fn quanto(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let format = match section.text("weights")? {
        Some("int8") => Format::Int8Channel,
        Some("float8") => Format::Fp8Channel,
        Some("int4") => Format::Mlx { bits: 4, group: 128 },
        Some("int2") => Format::Mlx { bits: 2, group: 128 },
        Some(other) => {
            return Err(QuantError::unsupported("quanto", format!("weights in {other} are not known")));
        }
        None => return Err(QuantError::Missing { key: "weights".to_owned() }),
    };
    Ok(QuantScheme::linear("quanto", format)
        .keep(section.names("modules_to_not_convert")?)
        .keep(Names::of(["lm_head"])))
}
