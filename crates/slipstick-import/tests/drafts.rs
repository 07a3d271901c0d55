//! Draft heads of speculative decoding, against the parameters that their authors' own classes build; and what only looks
//! like one.

use serde_json::{Value, json};
use slipstick_import::config::import_value;

const DRAFTS: &str = include_str!("goldens/drafts.jsonl");

#[test]
fn every_draft_head_is_its_authors_class() {
    let mut seen = 0;
    for line in DRAFTS.lines() {
        let row: Value = serde_json::from_str(line).expect("the table is valid JSON");
        let counted = import_value(&row["config"]).expect("its class is known").model.parameters();
        assert_eq!(row["total"], counted.total, "{}", row["file"]);
        seen += 1;
    }
    assert!(seen >= 44, "{seen} heads");
}

fn eagle() -> Value {
    let mut rows = DRAFTS.lines().map(|line| serde_json::from_str::<Value>(line).expect("it is valid JSON"));
    rows.find(|row| row["file"] == "llama3-8B-eagle3.json").expect("the table has it")["config"].clone()
}

fn refusal(config: &Value) -> String {
    import_value(config).expect_err("it is refused").to_string()
}

#[test]
fn a_class_that_nobody_knows_is_refused_by_name() {
    let mut config = eagle();
    for class in ["X", "Eagle9LlamaForCausalLM", "MambaForCausalLM"] {
        config["architectures"] = json!([class]);
        assert!(refusal(&config).contains(class), "{}", refusal(&config));
    }
    // The keys of a draft head under the class of a whole model.
    config["architectures"] = json!(["LlamaForCausalLM"]);
    assert!(refusal(&config).contains("draft_vocab_size"));
    let plain = json!({"model_type": "llama", "architectures": ["MambaForCausalLM"]});
    assert!(refusal(&plain).contains("mamba"), "{}", refusal(&plain));
}

#[test]
fn what_a_head_does_not_have_is_refused() {
    let mut config = eagle();
    config["num_hidden_layers"] = json!(2);
    assert!(refusal(&config).contains("num_hidden_layers"));
    let mut config = eagle();
    config["eagle_config"] = json!({"eagle_aux_hidden_state_layer_ids": [1, 2]});
    assert!(refusal(&config).contains("eagle_aux_hidden_state_layer_ids"));
}

/// Medusa's heads on Vicuna 7B: five of one layer and a head each, 5 · (4096² + 32000 · 4096).
#[test]
fn medusa_is_its_heads() {
    let config = json!({
        "model_type": "medusa", "architectures": ["MedusaModel"], "hidden_size": 4096, "vocab_size": 32_000,
        "num_heads": 5, "num_hidden_layers": 1,
    });
    let counted = import_value(&config).expect("it is complete").model.parameters();
    assert_eq!(counted.total, 5 * (4096 * 4096 + 32_000 * 4096));
}
