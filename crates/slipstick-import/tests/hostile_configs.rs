//! Configurations that lie: every key of a golden configuration of every fourth type replaced by hostile values, one at a
//! time, is read or refused, and never ends in a panic; and the contradictions that matter are refused by the key they are in.

use serde_json::{Map, Value, json};
use slipstick_import::config::{import_unknown, import_value};

const GOLDENS: &str = include_str!("goldens/goldens.jsonl");

fn configurations() -> Vec<Value> {
    let mut seen = Vec::new();
    let mut all = Vec::new();
    for line in GOLDENS.lines() {
        let row: Value = serde_json::from_str(line).expect("the table is valid JSON");
        let model_type = row["config"]["model_type"].to_string();
        if !seen.contains(&model_type) {
            seen.push(model_type);
            all.push(row["config"].clone());
        }
    }
    all
}

fn hostile() -> Vec<Value> {
    vec![
        Value::Null,
        json!(0),
        json!(1),
        json!(-1),
        json!(3),
        json!(1_u64 << 28),
        json!(u64::MAX),
        json!(1e300),
        json!(0.5),
        json!(true),
        json!(false),
        json!(""),
        json!("full_attention"),
        json!([]),
        json!([0, 1]),
        json!([u64::MAX]),
        json!(["sliding_attention"]),
        json!({}),
        json!({"num_heads": 0}),
        json!([{}, {}]),
    ]
}

/// Calls `then` with each variant of `config` in which one key, at any depth, has another value or is gone.
fn mutate(config: &Value, then: &mut dyn FnMut(&Value)) {
    let Some(object) = config.as_object() else { return };
    for (place, key) in object.keys().enumerate() {
        let mut without = object.clone();
        without.remove(key);
        then(&Value::Object(without));
        // Every third value, another third for each key: the whole product takes a minute.
        for value in hostile().into_iter().skip(place % 3).step_by(3) {
            let mut other: Map<String, Value> = object.clone();
            other.insert(key.clone(), value);
            then(&Value::Object(other));
        }
        mutate(&object[key], &mut |inner| {
            let mut other = object.clone();
            other.insert(key.clone(), inner.clone());
            then(&Value::Object(other));
        });
    }
}

#[test]
fn no_single_lie_ends_in_a_panic() {
    let (mut read, mut refused) = (0_u64, 0_u64);
    for config in configurations().into_iter().step_by(4) {
        mutate(&config, &mut |lie| match import_value(lie) {
            Ok(imported) => {
                read += 1;
                let parameters = imported.model.parameters();
                let is_ordered =
                    parameters.active <= parameters.total && parameters.total <= parameters.total_untied;
                assert!(is_ordered, "{parameters:?} of {lie}");
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        });
    }
    println!("{read} read, {refused} refused");
    assert!(refused > read / 10, "{refused} of {read} lies refused");
}

#[test]
fn no_single_lie_ends_in_a_panic_of_the_generic_path() {
    for mut config in configurations().into_iter().step_by(18) {
        config["rms_norm_eps"] = json!(1e-5);
        config["hidden_act"] = json!("silu");
        config["model_type"] = json!("nobody_knows");
        mutate(&config, &mut |lie| drop(import_unknown(lie.to_string().as_bytes())));
    }
}

fn llama() -> Value {
    json!({
        "model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
        "num_attention_heads": 32, "vocab_size": 32000,
    })
}

fn refusal(change: &[(&str, Value)]) -> String {
    let mut config = llama();
    for (key, value) in change {
        config[*key] = value.clone();
    }
    import_value(&config).expect_err("it contradicts itself").to_string()
}

#[test]
fn contradictions_are_refused_by_their_key() {
    assert!(refusal(&[("hidden_size", Value::Null)]).contains("\"hidden_size\" is missing"));
    assert!(refusal(&[("num_key_value_heads", json!(5))]).contains("num_key_value_heads 5"));
    assert!(refusal(&[("hidden_size", json!(4097))]).contains("4097"));
    assert!(refusal(&[("num_hidden_layers", json!(1 << 27))]).contains("num_hidden_layers"));
    assert!(refusal(&[("vocab_size", json!("many"))]).contains("vocab_size"));
    assert!(
        refusal(&[("architectures", json!(["LlamaForWeatherForecast"]))]).contains("LlamaForWeatherForecast")
    );
    let types = json!(["full_attention", "sliding_attention"]);
    let qwen = [("model_type", json!("qwen3")), ("layer_types", types)];
    assert!(refusal(&qwen).contains("layer_types has 2 entries for 32 layers"));
    let types = json!(vec!["telepathy"; 32]);
    let qwen = [("model_type", json!("qwen3")), ("layer_types", types)];
    assert!(refusal(&qwen).contains("telepathy"));
}

/// Llama 1 7B has 6,738,415,616 parameters (its safetensors index, rotary tables apart).
#[test]
fn what_a_missing_key_means_is_reported() {
    let imported = import_value(&llama()).unwrap();
    assert_eq!(imported.model.parameters().total, 6_738_415_616);
    let assumed: Vec<&str> = imported.assumed.iter().map(|one| one.key.as_str()).collect();
    assert!(assumed.contains(&"num_key_value_heads") && assumed.contains(&"tie_word_embeddings"));
}
