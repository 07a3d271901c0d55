//! Figures that engines printed, asked for as a person would.

use serde_json::Value;

use crate::world::{Asked, GLM};

fn memory(question: &str) -> Value {
    Asked::new(question).memory()
}

fn number(document: &Value, pointer: &str) -> f64 {
    document.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {pointer}"))
}

fn mib(document: &Value, pointer: &str) -> f64 {
    number(document, pointer) / 1_048_576.0
}

/// A figure within a share of what was printed.
fn assert_near(predicted: f64, printed: f64, share: f64) {
    assert!((predicted / printed - 1.0).abs() <= share, "{predicted} against {printed}");
}

/// A figure inside the band of an estimate.
fn assert_holds(document: &Value, pointer: &str, printed: f64) {
    let at = |end: &str| number(document, &format!("{pointer}/{end}"));
    assert!((at("low")..=at("high")).contains(&printed), "{printed} not in {} to {}", at("low"), at("high"));
}

/// The server's four slots share one context (engine log in lmstudio-ai/lmstudio-bug-tracker#1862).
#[test]
fn qwen_27b_under_llama_cpp() {
    let question = "qwen3.5-27b --on h100 --engine llama.cpp --context 262144 --kv-dtype fp16 --slots 4";
    let memory = memory(question);
    assert_near(mib(&memory, "/per_accelerator/kv_cache_bytes"), 16_384.0, 0.0);
    assert_near(mib(&memory, "/per_accelerator/state_bytes"), 598.5, 0.0);
}

/// Engine log in vllm-project/vllm#40691: 290,864 tokens, 33.04 requests.
#[test]
fn qwen_27b_under_vllm() {
    let memory = memory(
        "qwen3.5-27b --on h20-141gb --engine vllm@0.19 --context 32768 --max-sequences 16 \
         --max-batched-tokens 16384 --memory-fraction 0.9",
    );
    assert_near(number(&memory, "/pool/printed_tokens/value"), 290_864.0, 0.03);
    assert_near(number(&memory, "/pool/concurrency"), 33.04, 0.03);
}

/// redhat-performance/configiq#112: 64.68 GiB hold 626,949 tokens.
#[test]
fn gemma_31b_under_vllm() {
    let memory = memory(
        "nvidia/Gemma-4-31B-IT-NVFP4 --quant bf16 --kv-dtype bf16 --on h200 --engine vllm@0.24 --context 262144",
    );
    assert_holds(&memory, "/pool/bytes", 64.68 * 1_073_741_824.0);
    assert_holds(&memory, "/pool/printed_tokens", 626_949.0);
    let a_token = number(&memory, "/pool/bytes/value") / number(&memory, "/pool/printed_tokens/value");
    assert_near(a_token / 1024.0, 108.2, 0.001);
}

/// Engine log in vllm-project/vllm#25350: 221,000 tokens need 10.12 GiB beside 29.09 GiB of weights.
#[test]
fn qwen_30b_in_eight_bits() {
    let memory = memory("Qwen/Qwen3-30B-A3B-FP8 --on h100 --engine vllm --kv-dtype fp8 --context 221000");
    assert_near(mib(&memory, "/per_accelerator/kv_cache_bytes") / 1024.0, 10.12, 0.0005);
    let loaded =
        number(&memory, "/per_accelerator/weights_bytes") + number(&memory, "/overhead/tables_bytes/value");
    assert_near(loaded / 1_073_741_824.0, 29.09, 0.003);
}

/// Engine message in vllm-project/vllm#32105: 202,752 tokens need 71.16 GiB over all layers, and the fullest of eight stages
/// has 28.57 GiB.
#[test]
fn glm_4_5_in_stages() {
    let ask = |more: &str| {
        memory(&format!(
            "{GLM} --quant fp8 --engine vllm@0.15 --context 202752 --memory-fraction 0.925 --max-sequences 128 {more}"
        ))
    };
    let whole = ask("--on a100-80gb");
    assert_near(mib(&whole, "/per_accelerator/kv_cache_bytes") / 1024.0, 71.16, 0.0001);
    let stages = ask("--on 8xa100-80gb --pp 8 --tp 1");
    assert_near(mib(&stages, "/pool/bytes/value") / 1024.0, 28.57, 0.02);
    assert_holds(&stages, "/pool/bytes", 28.57 * 1_073_741_824.0);
}

/// Engine log in NVIDIA/TensorRT-LLM#1400: 132,608 tokens.
#[test]
fn llama_2_under_tensorrt_llm() {
    let memory =
        memory("llama-2-7b --quant int8 --kv-dtype fp16 --on a100-80gb --engine tensorrt-llm --context 4096");
    assert_near(number(&memory, "/max_context_tokens"), 132_608.0, 0.02);
}

/// Engine message in vllm-project/vllm#29233: 4.38 GiB are needed, 4.00 are there, 37,376 tokens at most.
#[test]
fn qwen_600m_on_a_processor() {
    let memory = memory("qwen3-0.6b --on epyc-7763 --engine vllm@0.11 --context 40960");
    assert_eq!(memory["verdict"], "does_not_start");
    assert_near(mib(&memory, "/per_accelerator/kv_cache_bytes") / 1024.0, 4.38, 0.002);
    assert_near(mib(&memory, "/pool/bytes/value") / 1024.0, 4.0, 0.003);
    assert_near(number(&memory, "/max_context_tokens"), 37_376.0, 0.0);
    assert_near(number(&memory, "/pool/printed_tokens/value"), 37_376.0, 0.0);
}

/// Engine log in ggml-org/llama.cpp#20490: 47,011 MiB of weights, a maker's choice of types among them. Nothing lies
/// beside a processor's memory.
#[test]
fn qwen_next_80b_on_a_processor() {
    let question = "Qwen/Qwen3-Next-80B-A3B-Instruct --quant q4_k_m --on epyc-9654 --engine llama.cpp@b6500 --context 4096";
    let memory = memory(question);
    assert_holds(&memory, "/per_accelerator/weights_band_bytes", 47_011.0 * 1_048_576.0);
    assert_eq!(memory["per_accelerator"]["weights_band_bytes"]["basis"], "fitted");
    assert_eq!(memory["host_bytes"], Value::Null);
}

/// The token embedding lies beside an accelerator, in the host's memory, and in a processor's own.
#[test]
fn the_embedding_is_somewhere() {
    let ask =
        |on: &str| memory(&format!("qwen3.5-27b --quant q4_k_m --engine llama.cpp --context 4096 --on {on}"));
    let (beside, whole) = (ask("h100"), ask("epyc-9654"));
    let weights = |memory: &Value| number(memory, "/per_accelerator/weights_bytes");
    assert_near(weights(&whole) - weights(&beside), 715_161_600.0, 0.0);
    assert!(number(&beside, "/host_bytes") > 715_161_600.0);
}

/// sgl-project/sglang#18262: of 204.63 GiB that an MI355X has for the cache of Qwen3-30B-A3B at 262,144 tokens, 51.75 GiB
/// are the attention's own; on other makers' accelerators there is no such workspace.
#[test]
fn attention_workspace_of_sglang() {
    let ask = |on: &str| {
        memory(&format!(
            "Qwen/Qwen3-30B-A3B --engine sglang --context 262144 --memory-fraction 0.911 --on {on}"
        ))
    };
    let (amd, nvidia) = (ask("mi355x"), ask("b200"));
    let gib = |memory: &Value, end: &str| {
        number(memory, &format!("/per_accelerator/activations_bytes/{end}")) / 1_073_741_824.0
    };
    let workspace = gib(&amd, "value") - gib(&nvidia, "value");
    assert_near(workspace, 51.75, 0.03);
    assert!(gib(&amd, "low") < gib(&amd, "value") && gib(&amd, "value") < gib(&amd, "high"));
}

/// Engine logs in ggml-org/llama.cpp#18181 and lmstudio-ai/lmstudio-bug-tracker#1176: 1224.00 MiB of cache, an image encoder
/// of 2198.75 MiB in F32, and 372 MiB for its graph.
#[test]
fn qwen_vl_8b_under_llama_cpp() {
    let question = "Qwen/Qwen3-VL-8B-Instruct --quant q4_k_m --kv-dtype q8_0 --engine llama.cpp --context 16384 --on h100";
    let ask = |encoder: &str| memory(&format!("{question} --image-encoder {encoder}"));
    let (with, without) = (memory(question), ask("false"));
    assert_near(mib(&with, "/per_accelerator/kv_cache_bytes"), 1224.0, 0.0);
    assert_near(mib(&with, "/per_accelerator/towers_bytes/high"), 2198.75, 0.00001);
    assert_eq!(without["per_accelerator"]["towers_bytes"], Value::Null);
    let added = |pointer: &str| mib(&with, pointer) - mib(&without, pointer);
    assert_near(added("/per_accelerator/activations_bytes/value"), 372.0, 0.001);
    assert_near(added("/per_accelerator/weights_bytes"), 2198.75 / 2.0, 0.00001);
}
