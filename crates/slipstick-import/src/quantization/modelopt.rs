//! NVIDIA ModelOpt: one algorithm with exceptions, or an algorithm a module.

use std::collections::BTreeMap;

use slipstick_core::numeric::{Format, Names, QuantScheme, ScalarFormat, SchemeRule};

use super::{QuantError, Section, compressed};

const METHOD: &str = "modelopt";

/// ModelOpt's export, in `hf_quant_config.json` or in `quantization_config`.
pub(super) fn modelopt(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let mut scheme = QuantScheme::only_rules(METHOD);
    let kept = section.names("exclude_modules")?;
    let ignored = section.names("ignore")?;
    let silent = kept.is_empty() && ignored.is_empty();
    scheme.rules = quantized_layers(section)?;
    scheme = scheme.keep(kept).keep(ignored);
    match section.text("quant_algo")? {
        // Only what is listed is quantised.
        Some("MIXED_PRECISION") if scheme.rules.iter().any(|rule| rule.format.is_some()) => {}
        Some("MIXED_PRECISION") => {
            return Err(QuantError::Missing { key: "quantized_layers".to_owned() });
        }
        Some(algorithm) => {
            scheme.linear = Some(format(algorithm, section)?);
            if silent {
                scheme.notes.push(format!(
                    "the checkpoint states {algorithm} and not what it keeps in high precision: its headers do"
                ));
            }
        }
        None => scheme = groups(scheme, section)?,
    }
    scheme.kv_cache = match section.text("kv_cache_quant_algo")? {
        Some(algorithm) => cache_format(algorithm)?,
        None => compressed::kv_cache(METHOD, section)?,
    };
    Ok(scheme)
}

fn groups(mut scheme: QuantScheme, section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let groups = section
        .object("config_groups")?
        .ok_or_else(|| QuantError::Missing { key: "quant_algo".to_owned() })?;
    for (name, value) in groups.entries() {
        let group = Section::new(section.config, value)?;
        let Some(weights) = group.object("weights")? else { continue };
        let format = compressed::weight_format(METHOD, &weights)?;
        scheme = compressed::add_targets(scheme, &group, name, format)?;
    }
    Ok(scheme)
}

/// `quantized_layers`: the algorithm of each module that has one of its own.
pub(super) fn quantized_layers(section: &Section<'_>) -> Result<Vec<SchemeRule>, QuantError> {
    let Some(layers) = section.object("quantized_layers")? else { return Ok(Vec::new()) };
    // One rule for each algorithm: lists name thousands of modules.
    let mut by_algorithm: BTreeMap<(&str, Option<u16>), (Names, Format)> = BTreeMap::new();
    let mut experts: BTreeMap<&str, Format> = BTreeMap::new();
    for (module, value) in layers.entries() {
        let layer = Section::new(section.config, value)?;
        let algorithm =
            layer.text("quant_algo")?.ok_or_else(|| QuantError::Missing { key: "quant_algo".to_owned() })?;
        let group = if layer.has("group_size") { layer.group("group_size")? } else { None };
        let format = format(algorithm, &layer)?;
        let module = together(module);
        if module.ends_with(EXPERTS) && *experts.entry(module).or_insert(format) != format {
            return Err(QuantError::unsupported(METHOD, format!("{module} have several formats")));
        }
        by_algorithm.entry((algorithm, group)).or_insert_with(|| (Names::none(), format)).0.insert(module);
    }
    Ok(by_algorithm.into_values().map(|(names, format)| SchemeRule { names, format: Some(format) }).collect())
}

const EXPERTS: &str = ".experts";

/// The module of all experts of a layer, where one of them is named by its number.
fn together(module: &str) -> &str {
    let numbered = module.find(".experts.").map(|at| at + EXPERTS.len());
    let is_number = |end: usize| module[end + 1..].starts_with(|letter: char| letter.is_ascii_digit());
    numbered.filter(|end| is_number(*end)).map_or(module, |end| &module[..end])
}

/// The weight format of an algorithm.
fn format(algorithm: &str, section: &Section<'_>) -> Result<Format, QuantError> {
    let group = if section.has("group_size") { section.group("group_size")? } else { None };
    match (algorithm, group) {
        ("FP8", _) => Ok(Format::Fp8Tensor),
        ("FP8_PER_CHANNEL_PER_TOKEN", _) => Ok(Format::Fp8Channel),
        ("FP8_PB_WO" | "FP8_BLOCK_SCALES", _) => Ok(Format::Fp8Block128),
        ("NVFP4" | "NVFP4_AWQ" | "W4A16_NVFP4" | "W4A8_NVFP4_FP8", None | Some(16)) => Ok(Format::Nvfp4),
        ("MXFP4" | "W4A8_MXFP4_FP8" | "W4A16_MXFP4", None | Some(32)) => Ok(Format::Mxfp4),
        ("MXFP8", None | Some(32)) => Ok(Format::Mxfp8),
        ("W8A8_SQ_PER_CHANNEL" | "INT8_SQ" | "W8A16", _) => Ok(Format::Int8Channel),
        ("W4A16_AWQ" | "INT4_AWQ" | "W4A8_AWQ", group) => {
            Ok(Format::IntGroup { bits: 4, group: group.unwrap_or(128), zeros: false })
        }
        (other, group) => Err(QuantError::unsupported(
            METHOD,
            match group {
                Some(group) => format!("algorithm '{other}' in groups of {group} is not known"),
                None => format!("algorithm '{other}' is not known"),
            },
        )),
    }
}

pub(super) fn cache_format(algorithm: &str) -> Result<Option<Format>, QuantError> {
    match algorithm {
        "FP8" => Ok(Some(Format::Plain(ScalarFormat::Fp8E4m3))),
        "NVFP4" => Ok(Some(Format::Nvfp4)),
        "INT8" => Ok(Some(Format::Plain(ScalarFormat::Int8))),
        "NONE" | "None" => Ok(None),
        other => Err(QuantError::unsupported(METHOD, format!("a cache in '{other}' is not known"))),
    }
}
