//! compressed-tensors: groups of targets, each with its weight scheme, and a list of what is ignored.

use slipstick_core::numeric::{Format, QuantScheme, ScalarFormat};

use super::{QuantError, Section, groups::grouped, modelopt, section};

const METHOD: &str = "compressed-tensors";

/// compressed-tensors.
pub(super) fn compressed(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let groups = section
        .object("config_groups")?
        .ok_or_else(|| QuantError::Missing { key: "config_groups".to_owned() })?;
    let mut scheme = QuantScheme::only_rules(METHOD);
    // The ignored modules come first: no group may claim them back.
    scheme = scheme.keep(section.names("ignore")?);
    for (name, value) in groups.entries() {
        let group = Section::new(section.config, value)?;
        let Some(weights) = group.object("weights")? else { continue };
        let format = weight_format(METHOD, &weights)?;
        scheme = add_targets(scheme, &group, name, format)?;
    }
    scheme.kv_cache = kv_cache(METHOD, section)?;
    Ok(scheme)
}

/// Gives a group's format to its targets: the class `Linear`, or modules by name.
pub(super) fn add_targets(
    mut scheme: QuantScheme,
    group: &Section<'_>,
    name: &str,
    format: Format,
) -> Result<QuantScheme, QuantError> {
    let targets = match group.get("targets") {
        Some(serde_json::Value::Array(targets)) => targets.as_slice(),
        _ => return Err(QuantError::invalid(name, "a group without targets")),
    };
    let (classes, named): (Vec<_>, Vec<_>) =
        targets.iter().cloned().partition(|target| matches!(target.as_str(), Some("Linear" | "Embedding")));
    if classes.iter().any(|class| class == "Linear") {
        scheme.linear = Some(format);
    }
    if classes.iter().any(|class| class == "Embedding") {
        scheme.embedding = Some(format);
    }
    Ok(scheme.rule(section::names("targets", &named)?, Some(format)))
}

/// The format that a weight scheme states: type, bits, strategy and group.
pub(super) fn weight_format(method: &str, weights: &Section<'_>) -> Result<Format, QuantError> {
    let bits = weights.bits("num_bits")?;
    let kind = weights.text("type")?.unwrap_or("int");
    let group = if weights.has("group_size") { weights.group("group_size")? } else { None };
    let strategy = weights.text("strategy")?.unwrap_or(if group.is_some() { "group" } else { "tensor" });
    let symmetric = weights.flag("symmetric")? != Some(false);
    let unknown = || {
        QuantError::unsupported(
            method,
            format!("{kind}{bits} with one scale a {strategy} (groups of {group:?}) is not known"),
        )
    };
    match (kind, bits, strategy, group) {
        ("float", 8, "tensor", None) => Ok(Format::Fp8Tensor),
        ("float", 8, "channel", None) => Ok(Format::Fp8Channel),
        ("float", 8, "block", _)
            if weights.get("block_structure") == Some(&serde_json::json!([128, 128])) =>
        {
            Ok(Format::Fp8Block128)
        }
        ("float", 8, "group" | "tensor_group", Some(32)) => Ok(Format::Mxfp8),
        ("float", 4, "group" | "tensor_group", Some(32)) => Ok(Format::Mxfp4),
        ("float", 4, "group" | "tensor_group", Some(16)) => Ok(Format::Nvfp4),
        ("int", 8, "tensor" | "channel", None) => Ok(Format::Int8Channel),
        ("int", bits, "group" | "tensor_group", Some(_)) | ("int", bits, "channel", None) => {
            Ok(grouped(bits, group, !symmetric))
        }
        _ => Err(unknown()),
    }
}

/// The cache format that `kv_cache_scheme` states, as a scheme or by its name alone.
pub(super) fn kv_cache(method: &str, section: &Section<'_>) -> Result<Option<Format>, QuantError> {
    if let Some(serde_json::Value::String(name)) = section.get("kv_cache_scheme") {
        return modelopt::cache_format(name);
    }
    let Some(cache) = section.object("kv_cache_scheme")? else { return Ok(None) };
    match (cache.text("type")?.unwrap_or("float"), cache.bits("num_bits")?) {
        ("float", 8) => Ok(Some(Format::Plain(ScalarFormat::Fp8E4m3))),
        ("float", 4) => Ok(Some(Format::Nvfp4)),
        ("int", 8) => Ok(Some(Format::Plain(ScalarFormat::Int8))),
        (kind, bits) => Err(QuantError::unsupported(method, format!("a cache in {kind}{bits} is not known"))),
    }
}
