//! Decoders with experts and latent attention, against what their makers published.

mod cache;
mod checkpoint;
mod hostile;

use serde_json::{Value, json};
use slipstick_core::model::Model;
use slipstick_import::config::import_value;

/// The model of a configuration that must be readable.
fn model(config: &Value) -> Model {
    import_value(config).expect("the configuration is readable").model
}

/// `config` with the keys of `change` replaced or added.
fn with(mut config: Value, change: &Value) -> Value {
    for (key, value) in change.as_object().into_iter().flatten() {
        config[key] = value.clone();
    }
    config
}

/// DeepSeek-V3 (config.json of deepseek-ai/DeepSeek-V3, read 2026-11).
fn deepseek_v3() -> Value {
    json!({
        "model_type": "deepseek_v3", "architectures": ["DeepseekV3ForCausalLM"],
        "vocab_size": 129_280, "hidden_size": 7168, "intermediate_size": 18_432, "moe_intermediate_size": 2048,
        "num_hidden_layers": 61, "first_k_dense_replace": 3, "moe_layer_freq": 1, "num_nextn_predict_layers": 1,
        "num_attention_heads": 128, "num_key_value_heads": 128, "q_lora_rank": 1536, "kv_lora_rank": 512,
        "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "attention_bias": false,
        "n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 8,
        "tie_word_embeddings": false, "torch_dtype": "bfloat16",
    })
}

/// DeepSeek-V3.2: the same with an indexer.
fn deepseek_v32() -> Value {
    let index = json!({
        "model_type": "deepseek_v32", "architectures": ["DeepseekV32ForCausalLM"],
        "index_n_heads": 64, "index_head_dim": 128, "index_topk": 2048,
    });
    with(deepseek_v3(), &index)
}

/// Kimi K2 Instruct: V3 with 384 experts, half the heads and one dense layer.
fn kimi_k2() -> Value {
    let change = json!({
        "model_type": "kimi_k2", "vocab_size": 163_840, "num_attention_heads": 64, "num_key_value_heads": 64,
        "n_routed_experts": 384, "first_k_dense_replace": 1, "num_nextn_predict_layers": 0,
    });
    with(deepseek_v3(), &change)
}

/// `LongCat`-Flash-Chat: two attentions and two dense blocks a layer, 512 experts and 256 that do nothing.
fn longcat_flash() -> Value {
    json!({
        "model_type": "longcat_flash", "architectures": ["LongcatFlashForCausalLM"],
        "vocab_size": 131_072, "hidden_size": 6144, "num_layers": 28, "num_attention_heads": 64,
        "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
        "ffn_hidden_size": 12_288, "expert_ffn_hidden_size": 2048, "n_routed_experts": 512, "moe_topk": 12,
        "zero_expert_num": 256,
    })
}

/// DeepSeek-V4-Flash: 43 layers, the first two with a window only.
fn deepseek_v4_flash() -> Value {
    let ratio = |layer: u64| match layer {
        0 | 1 | 43 => 0,
        layer if layer % 2 == 0 => 4,
        _ => 128,
    };
    json!({
        "model_type": "deepseek_v4", "architectures": ["DeepseekV4ForCausalLM"],
        "vocab_size": 129_280, "hidden_size": 4096, "moe_intermediate_size": 2048, "num_hidden_layers": 43,
        "num_attention_heads": 64, "num_key_value_heads": 1, "head_dim": 512, "q_lora_rank": 1024,
        "o_groups": 8, "o_lora_rank": 1024, "sliding_window": 128, "hc_mult": 4,
        "index_n_heads": 64, "index_head_dim": 128, "index_topk": 512,
        "n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 6,
        "compress_ratios": (0..44).map(ratio).collect::<Vec<u64>>(),
    })
}
