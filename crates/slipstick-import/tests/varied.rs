//! Configurations varied at random (sizes, flags, patterns, absent keys) give the reference implementation's counts, so
//! that a family is right because it reads the keys and not because it knows one model. And what makes no sense is refused.

use serde_json::{Value, json};
use slipstick_import::config::{ConfigError, import_value};

/// Counted by transformers 5.23.0 on the meta device, 2026-11: recurrent, hybrid and multimodal architectures.
const VARIED: &str = include_str!("goldens/varied.jsonl");

/// Counted by transformers 5.24.0 in the same way: types whose sizes a table holds, as `vary.py` changed them.
const TABLES: &str = include_str!("goldens/varied_tables.jsonl");

/// The first golden configuration of a type.
fn golden(model_type: &str) -> Value {
    let rows = include_str!("goldens/goldens.jsonl").lines();
    let mut rows = rows.map(|row| serde_json::from_str::<Value>(row).expect("the table is valid JSON"));
    let row = rows.find(|row| row["config"]["model_type"] == model_type);
    row.expect("the table has this type")["config"].clone()
}

fn refusal(config: &Value) -> String {
    import_value(config).expect_err("it makes no sense").to_string()
}

#[test]
fn varied_configurations_are_equal() {
    let mut wrong = Vec::new();
    for line in VARIED.lines().chain(TABLES.lines()) {
        let row: Value = serde_json::from_str(line).expect("the table is valid JSON");
        let model_type = &row["config"]["model_type"];
        match import_value(&row["config"]) {
            Ok(imported) => {
                let counted = imported.model.parameters();
                if row["total"] != counted.total || row["untied"] != counted.total_untied {
                    wrong.push(format!("{model_type}: {} against {}", counted.total, row["total"]));
                }
            }
            Err(error) => wrong.push(format!("{model_type}: {error}")),
        }
    }
    assert!(VARIED.lines().count() > 90);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// RecurrentGemma's paper (arXiv 2404.07839), table 1: 2.7B parameters, 2.0B of them beside the embedding's 0.7B.
#[test]
fn recurrent_gemma_has_the_published_sizes() {
    let config = json!({
        "model_type": "recurrent_gemma", "hidden_size": 2560, "intermediate_size": 15360, "lru_width": 2560,
        "num_attention_heads": 10, "num_key_value_heads": 1, "num_hidden_layers": 26, "vocab_size": 256_000,
    });
    let counted = import_value(&config).expect("it is complete").model.parameters();
    let tenths = |count: u64| (count + 50_000_000) / 100_000_000;
    assert_eq!(tenths(counted.total), 27);
    assert_eq!(tenths(counted.embedding), 7);
    assert_eq!(tenths(counted.total - counted.embedding), 20);
}

#[test]
fn patterns_that_make_no_sense_are_refused_by_name() {
    let mut config = golden("lfm2");
    config["layer_types"] = json!(["conv", "conv"]);
    assert!(refusal(&config).contains("2 entries for 16 layers"));
    config["layer_types"] = json!(["holography"]);
    assert!(refusal(&config).contains("holography"));

    let mut config = golden("nemotron_h");
    config["hybrid_override_pattern"] = json!("MEX");
    assert!(refusal(&config).contains("hybrid_override_pattern"));

    let mut config = golden("jamba");
    config["attn_layer_offset"] = json!(8);
    assert!(refusal(&config).contains("attn_layer_offset is 8, not below attn_layer_period 8"));

    let mut config = golden("mamba2");
    config["num_heads"] = json!(127);
    assert!(refusal(&config).contains("127 state space heads"));
}

#[test]
fn unknown_parts_of_larger_models_are_refused_by_name() {
    let mut config = golden("llava");
    config["vision_config"]["model_type"] = json!("camera_obscura");
    assert!(matches!(import_value(&config), Err(ConfigError::Unsupported { .. })));
    assert!(refusal(&config).contains("camera_obscura"));

    let mut config = golden("llava");
    config["text_config"]["model_type"] = json!("lama");
    assert!(refusal(&config).contains("llama"), "the nearest supported name is offered");

    let mut config = golden("gemma3");
    config["vision_config"]["image_size"] = json!(7);
    assert!(refusal(&config).contains("vision_config.image_size"));
}

/// A projector between any encoder and any decoder: the parts are chosen by their own types.
#[test]
fn a_decoder_may_be_any_registered_one() {
    let mut config = golden("llava");
    let alone = golden("jamba");
    config["text_config"] = alone.clone();
    let hidden = alone["hidden_size"].as_u64().expect("it states its width");
    let joined = import_value(&config).expect("both parts are known").model.parameters();
    let decoder = import_value(&alone).expect("it is golden").model.parameters();
    // CLIP at 336 pixels, and a projector of two biased matrices.
    let projector = 1024 * hidden + hidden + hidden * hidden + hidden;
    assert_eq!(joined.total - decoder.total, 303_507_456 + projector);
}
