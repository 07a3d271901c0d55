//! Broken configurations are refused with a message that names the key.

use serde_json::{Value, json};
use slipstick_import::config::{ConfigError, import_value};

use super::{deepseek_v3, deepseek_v4_flash, deepseek_v32, kimi_k2, with};

fn refusal(config: &Value) -> String {
    import_value(config).expect_err("the configuration is broken").to_string()
}

#[test]
fn a_missing_size_is_named() {
    for key in ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"] {
        let config = with(deepseek_v3(), &json!({ key: null }));
        assert!(refusal(&config).contains(key), "{key}: {}", refusal(&config));
    }
    // A written null is no default.
    assert!(refusal(&with(deepseek_v3(), &json!({"kv_lora_rank": null}))).contains("kv_lora_rank"));
}

#[test]
fn contradictions_are_refused() {
    let more_active = with(kimi_k2(), &json!({"num_experts_per_tok": 385}));
    assert!(matches!(import_value(&more_active), Err(ConfigError::Contradiction(_))));
    let cases = [
        (deepseek_v3(), json!({"moe_layer_freq": 0}), "moe_layer_freq"),
        (deepseek_v3(), json!({"mlp_layer_types": ["dense"]}), "mlp_layer_types"),
        (deepseek_v3(), json!({"q_lora_rank": 0}), "q_lora_rank"),
        (deepseek_v3(), json!({"num_nextn_predict_layers": 1_000_000}), "num_nextn_predict_layers"),
        (deepseek_v32(), json!({"indexer_types": ["full", "shared"]}), "indexer_types"),
        (deepseek_v32(), json!({"q_lora_rank": null}), "q_lora_rank"),
        (deepseek_v4_flash(), json!({"compress_ratios": [0, 4, 128]}), "compress_ratios"),
        (deepseek_v4_flash(), json!({"compress_ratios": vec![7; 44]}), "compress_ratios"),
        (deepseek_v4_flash(), json!({"o_groups": 7}), "o_groups"),
        (deepseek_v4_flash(), json!({"num_key_value_heads": 4}), "num_key_value_heads"),
    ];
    for (config, change, key) in cases {
        let message = refusal(&with(config, &change));
        assert!(message.contains(key), "{key}: {message}");
    }
}

#[test]
fn absurd_sizes_are_refused_without_overflow() {
    let huge = 1_u64 << 28;
    for config in [deepseek_v3(), deepseek_v32(), deepseek_v4_flash()] {
        let sizes = config.as_object().expect("it is an object").clone();
        for (key, _) in sizes.iter().filter(|(_, value)| value.is_u64()) {
            // It may be refused or, where nothing multiplies by it, read; but it must not overflow.
            let _ = import_value(&with(config.clone(), &json!({ key: huge })));
            let negative = import_value(&with(config.clone(), &json!({ key: -1 })));
            // Latent attention has no heads of its own to keep, so that key is not read there.
            assert!(negative.is_err() || key == "num_key_value_heads", "{key} cannot be -1");
        }
        let everything: serde_json::Map<String, Value> = sizes
            .iter()
            .map(|(key, value)| {
                let value =
                    if value.is_u64() && key != "num_hidden_layers" { json!(huge) } else { value.clone() };
                (key.clone(), value)
            })
            .collect();
        assert!(import_value(&Value::Object(everything)).is_err());
    }
}
