//! torchao: one configuration for all linear layers, or one by name.
//!
//! Source: torchao 0.18, `core/config.py` (how a configuration is written), `quantization/quant_api.py` (defaults) and the
//! tensors under `quantization/quantize_/workflows`; transformers 5.24, `TorchAoConfig`.

use serde_json::Value;
use slipstick_core::numeric::{Format, Names, QuantScheme};

use super::{QuantError, Section, section};

const METHOD: &str = "torchao";

/// What a module's entry says: a format, or that it stays as it is.
type Entry = Result<Option<Format>, QuantError>;

pub(super) fn torchao(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let mut scheme = QuantScheme::only_rules(METHOD).keep(section.names("modules_to_not_convert")?);
    let whole = match section.get("quant_type") {
        Some(Value::String(name)) => return named(section, scheme, name),
        Some(Value::Object(types)) => types.get("default"),
        Some(_) => return Err(QuantError::invalid("quant_type", "neither a text nor an object")),
        None => None,
    };
    let whole = whole.ok_or_else(|| QuantError::Missing { key: "quant_type".to_owned() })?;
    match by_name(whole) {
        Some(entries) => {
            for (name, value) in entries {
                scheme = entry(scheme, name, value)?;
            }
        }
        None => scheme.linear = format(whole)?,
    }
    let with_embeddings = section.flag("include_input_output_embeddings")? == Some(true);
    Ok(if with_embeddings { embedded(scheme) } else { scheme.keep(Names::of(["lm_head"])) })
}

/// The embedding and the head in the format of all others.
fn embedded(mut scheme: QuantScheme) -> QuantScheme {
    scheme.embedding = scheme.embedding.or(scheme.linear);
    scheme
}

/// Older files name a function and its arguments.
fn named(section: &Section<'_>, mut scheme: QuantScheme, name: &str) -> Result<QuantScheme, QuantError> {
    let arguments = section.object("quant_type_kwargs")?;
    let group = match arguments {
        Some(arguments) if arguments.has("group_size") => arguments.group("group_size")?,
        _ => Some(128),
    };
    match (name, group) {
        ("int4_weight_only", Some(group)) => scheme.linear = Some(Format::Mlx { bits: 4, group }),
        _ => return Err(unknown(name)),
    }
    Ok(scheme.keep(Names::of(["lm_head"])))
}

/// The entries of a configuration by name.
fn by_name(config: &Value) -> Option<impl Iterator<Item = (&str, &Value)>> {
    let kind = config["_type"].as_str()?;
    let key = match kind {
        "FqnToConfig" => "fqn_to_config",
        "ModuleFqnToConfig" => "module_fqn_to_config",
        _ => return None,
    };
    // The newer class writes its entries under both names.
    let entries = config["_data"].get(key).or_else(|| config["_data"].get("module_fqn_to_config"))?;
    Some(entries.as_object()?.iter().map(|(name, value)| (name.as_str(), value)))
}

fn entry(mut scheme: QuantScheme, name: &str, value: &Value) -> Result<QuantScheme, QuantError> {
    let format = if value.is_null() { None } else { format(value)? };
    let module = name.trim_end_matches(".weight");
    if module == "_default" {
        scheme.linear = format;
    } else if ["embed_tokens", "wte", "word_embeddings"].iter().any(|end| module.ends_with(end)) {
        scheme.embedding = format;
    } else {
        scheme = scheme.rule(section::names("fqn_to_config", &[Value::from(module)])?, format);
    }
    Ok(scheme)
}

fn unknown(kind: &str) -> QuantError {
    let kind: String = kind.chars().take(60).collect();
    QuantError::unsupported(METHOD, format!("what {kind} stores is not known"))
}

/// The format that a configuration stores.
fn format(config: &Value) -> Entry {
    let kind = config["_type"].as_str().ok_or_else(|| QuantError::Missing { key: "_type".to_owned() })?;
    let data = &config["_data"];
    match kind {
        "Int4WeightOnlyConfig" | "Float8DynamicActivationInt4WeightConfig" => int4(data, kind),
        // Its first version kept scales in the weights' format, and zero points beside them.
        "Int8WeightOnlyConfig" | "Int8DynamicActivationInt8WeightConfig" if config["_version"] == 2 => {
            let by_row = matches!(granularity(data), None | Some("PerRow")) && data["group_size"].is_null();
            if by_row { Ok(Some(Format::Int8Channel)) } else { Err(unknown(kind)) }
        }
        "Float8WeightOnlyConfig" => float8(data, "PerRow", kind),
        "Float8DynamicActivationFloat8WeightConfig" => float8(data, "PerTensor", kind),
        "NVFP4WeightOnlyConfig" | "NVFP4DynamicActivationNVFP4WeightConfig" => Ok(Some(Format::Nvfp4)),
        "MXDynamicActivationMXWeightConfig" => match data["weight_dtype"]["_data"].as_str() {
            Some("float8_e4m3fn") => Ok(Some(Format::Mxfp8)),
            Some("float4_e2m1fn_x2") => Ok(Some(Format::Mxfp4)),
            _ => Err(unknown(kind)),
        },
        _ => Err(unknown(kind)),
    }
}

/// Half a byte a value, and a 16-bit scale and zero point a group.
fn int4(data: &Value, kind: &str) -> Entry {
    let packing =
        data["int4_packing_format"]["_data"].as_str().or_else(|| data["int4_packing_format"].as_str());
    let is_plain = packing.is_none_or(|name| {
        ["plain", "tile_packed_to_4d"].iter().any(|known| name.eq_ignore_ascii_case(known))
    });
    let group = data["group_size"].as_u64().unwrap_or(128);
    let group = u16::try_from(group).ok().filter(|group| group.is_power_of_two() && is_plain);
    group.map(|group| Some(Format::Mlx { bits: 4, group })).ok_or_else(|| unknown(kind))
}

fn float8(data: &Value, usual: &str, kind: &str) -> Entry {
    match granularity(data).unwrap_or(usual) {
        "PerRow" => Ok(Some(Format::Fp8Channel)),
        "PerTensor" => Ok(Some(Format::Fp8Tensor)),
        _ => Err(unknown(kind)),
    }
}

/// For what a scale stands: of the weights, where activations have their own before it.
fn granularity(data: &Value) -> Option<&str> {
    let stated = &data["granularity"];
    stated.as_array().and_then(|both| both.last()).unwrap_or(stated)["_type"].as_str()
}
