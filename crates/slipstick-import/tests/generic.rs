//! The reading of unknown architectures, tried on known ones under a name that nobody knows: what it does not refuse must
//! come out close to the truth.

use serde_json::{Value, json};
use slipstick_import::config::import_unknown;

const GOLDENS: &str = include_str!("goldens/goldens.jsonl");

/// Types whose files state `rms_norm_eps` and `hidden_act: silu`, which the table leaves out since they change no count.
const USUAL: &[&str] = &[
    "baichuan",
    "bailing_moe",
    "deepseek",
    "deepseek_v2",
    "deepseek_v3",
    "ernie4_5",
    "exaone4",
    "glm",
    "glm4",
    "glm4_moe",
    "glm4_moe_lite",
    "gpt_oss",
    "granite",
    "granitemoe",
    "hunyuan_v1_dense",
    "internlm",
    "internlm2",
    "internlm3",
    "iquestcoder",
    "kimi_k2",
    "llama",
    "mimo",
    "minicpm",
    "minimax_m2",
    "ministral3",
    "mistral",
    "mixtral",
    "olmo2",
    "olmo3",
    "olmoe",
    "phi3",
    "qwen2",
    "qwen2_moe",
    "qwen3",
    "qwen3_moe",
    "solar_open",
    "youtu",
];

/// Norms and biases that the keys do not speak of are all that may be missed: less than 0.1 % of the parameters.
#[test]
fn what_is_not_refused_is_close() {
    let (mut read, mut refused, mut exact, mut far) = (0, 0, 0, Vec::new());
    for line in GOLDENS.lines() {
        let mut row: Value = serde_json::from_str(line).expect("the table is valid JSON");
        let model_type = row["config"]["model_type"].as_str().unwrap_or_default().to_owned();
        row["config"]["model_type"] = json!("nobody_knows");
        row["config"]["architectures"] = json!(["NobodyKnowsForCausalLM"]);
        if USUAL.contains(&model_type.as_str()) {
            row["config"]["rms_norm_eps"] = json!(1e-5);
            row["config"]["hidden_act"] = json!("silu");
        }
        let Ok(imported) = import_unknown(row["config"].to_string().as_bytes()) else {
            refused += 1;
            continue;
        };
        read += 1;
        assert!(imported.assumed_architecture);
        let truth = row["expected"]["total"].as_u64().unwrap_or(0) as f64;
        let error = imported.model.parameters().total as f64 / truth - 1.0;
        exact += u32::from(imported.model.parameters().total == row["expected"]["total"]);
        if error.abs() > 0.001 {
            far.push(format!("{}: {:.2} %", row["model"], 100.0 * error));
        }
    }
    println!("{read} read, {exact} of them exactly; {refused} refused");
    assert!(far.is_empty(), "{far:#?}");
    assert!(read >= 60, "only {read} of the usual decoders were read");
}
