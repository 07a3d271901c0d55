//! Every published configuration of the goldens gives the reference implementation's counts, or is refused by name.

use serde_json::Value;
use slipstick_core::{
    model::{Model, Weight},
    numeric::Format,
};
use slipstick_import::config::{ConfigError, import_value};

const GOLDENS: &str = include_str!("goldens/goldens.jsonl");

/// Architectures outside the library that the goldens were made with, by the parameters of their published checkpoints
/// (the totals of their safetensors indices).
const PUBLISHED: &[(&str, u64)] = &[
    ("OpenGVLab/InternVL2-2B", 2_205_754_368),
    ("allenai/Molmo-7B-D-0924", 8_021_025_280),
    ("moonshotai/Kimi-K3", 2_779_931_837_184),
    ("openbmb/MiniCPM-V-2_6", 8_099_175_152),
];

/// Figures of the table that break its own convention, with what they must be instead (parameters active in a token, and
/// routed experts): its generator did not recognise the experts of Granite. Published: 9B active of 32B
/// (Granite 4.0 H Small), 800M active of 3B (PowerMoE).
const CORRECTED: &[(&str, u64, u64)] = &[
    ("ibm-granite/granite-4.0-h-small", 8_803_121_664, 27_179_089_920),
    ("ibm-research/PowerMoE-3b", 882_869_760, 3_019_898_880),
];

/// The expected value of a column, corrected.
fn expected(row: &Value, column: &str) -> Option<u64> {
    let corrected = CORRECTED.iter().find(|(model, ..)| row["model"] == *model);
    match (column, corrected) {
        ("active", Some((_, active, _))) => Some(*active),
        ("experts", Some((_, _, experts))) => Some(*experts),
        _ => row["expected"][column].as_u64(),
    }
}

fn rows() -> impl Iterator<Item = Value> {
    GOLDENS.lines().map(|line| serde_json::from_str(line).expect("the table is valid JSON"))
}

fn only(model_type: &str) -> bool {
    std::env::var("GOLDEN").is_ok_and(|only| !only.split(',').any(|name| name == model_type))
}

/// The golden columns as this crate computes them.
fn columns(model: &Model) -> Vec<(&'static str, Option<u64>)> {
    let parameters = model.parameters();
    let kinds = model.layer_kinds();
    let cache = model.cache(Format::BF16);
    vec![
        ("total", Some(parameters.total)),
        ("untied", Some(parameters.total_untied)),
        ("embedding", Some(parameters.embedding)),
        ("lm_head", Some(parameters.lm_head)),
        ("active", Some(parameters.active)),
        ("experts", Some(parameters.experts)),
        ("layers", Some(kinds.total)),
        ("full", Some(kinds.full_attention)),
        ("sliding", Some(kinds.sliding_window)),
        ("linear", Some(kinds.linear_or_ssm)),
        ("kv", Some(cache.bytes_per_token)),
        ("window", cache.sliding_window),
        ("kv_sliding", Some(cache.sliding_bytes_per_token)),
        ("state", Some(2 * cache.state_elements)),
    ]
}

#[test]
fn every_configuration_is_equal_or_refused() {
    let (mut equal, mut refused, mut wrong) = (0, Vec::new(), Vec::new());
    for row in rows() {
        let model_type = row["config"]["model_type"].as_str().unwrap_or_default();
        let name = row["model"].as_str().expect("each row names its model");
        if only(model_type) {
            continue;
        }
        match import_value(&row["config"]) {
            Ok(imported) if row["expected"]["total"].is_null() => {
                let total = imported.model.parameters().total;
                if PUBLISHED.contains(&(name, total)) {
                    equal += 1;
                } else {
                    wrong.push(format!("{model_type} {name}: {total} is not the published total"));
                }
            }
            Ok(imported) => {
                let differences: Vec<String> = columns(&imported.model)
                    .into_iter()
                    .filter(|(column, _)| row["expected"].get(column).is_some())
                    .filter(|(column, value)| expected(&row, column) != *value)
                    .map(|(column, value)| format!("{column} {value:?} != {:?}", expected(&row, column)))
                    .collect();
                if differences.is_empty() {
                    equal += 1;
                } else {
                    wrong.push(format!("{model_type} {name}: {}", differences.join(", ")));
                }
            }
            Err(error @ (ConfigError::UnknownType { .. } | ConfigError::Unsupported { .. })) => {
                refused.push(format!("{model_type} {name}: {error}"));
            }
            Err(error) => wrong.push(format!("{model_type} {name}: {error}")),
        }
    }
    println!("{equal} equal, {} refused, {} wrong", refused.len(), wrong.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused.is_empty(), "{} refused without need:\n{refused:#?}", refused.len());
}

#[test]
fn every_layer_is_equal() {
    for row in rows() {
        let Ok(imported) = import_value(&row["config"]) else { continue };
        let expected: Vec<u64> = row["per_layer"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|run| {
                let count = usize::try_from(run[1].as_u64().unwrap_or(0)).unwrap_or(0);
                vec![run[0].as_u64().unwrap_or(0); count]
            })
            .collect();
        if expected.is_empty() || only(row["config"]["model_type"].as_str().unwrap_or_default()) {
            continue;
        }
        let ours: Vec<u64> = imported
            .model
            .layers
            .iter()
            .map(|layer| layer.weights.iter().map(Weight::parameters).sum())
            .collect();
        assert_eq!(ours, expected, "parameters by layer of {}", row["model"]);
    }
}
