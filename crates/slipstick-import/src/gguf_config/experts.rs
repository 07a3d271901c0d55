//! Decoders of experts that are built unlike Llama: DBRX, ERNIE 4.5, Hunyuan and Ling.

use serde_json::{Value as Json, json};

use super::{
    GgufConfigError,
    fields::Fields,
    row::{
        Arch,
        From::{Count, Is, NoTensor, Of, Optional, OrZero, Tensor, Value},
        Row, kv_heads, layers, vocabulary,
    },
};

const DBRX: &[Row] = &[
    ("n_layers", Of(layers)),
    ("d_model", Count("embedding_length")),
    ("n_heads", Count("attention.head_count")),
    ("vocab_size", Of(vocabulary)),
    ("tie_word_embeddings", NoTensor("output.weight")),
    ("max_seq_len", Optional("context_length")),
    ("attn_config", Value(dbrx_attention)),
    ("ffn_config", Value(dbrx_experts)),
];

const LING: &[Row] = &[
    ("num_experts", Count("expert_count")),
    ("num_experts_per_tok", Count("expert_used_count")),
    ("num_shared_experts", OrZero("expert_shared_count")),
    ("moe_intermediate_size", Count("expert_feed_forward_length")),
    ("first_k_dense_replace", Count("leading_dense_block_count")),
    ("num_nextn_predict_layers", OrZero("nextn_predict_layers")),
    ("use_qkv_bias", Tensor("attn_qkv.bias")),
    ("use_bias", Tensor("attn_output.bias")),
    ("use_qk_norm", Tensor("attn_q_norm.weight")),
    ("moe_router_enable_expert_bias", Tensor("exp_probs_b.bias")),
];

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["dbrx"], "dbrx", DBRX).alone(),
    Arch::new(
        &["ernie4_5-moe"],
        "ernie4_5_moe",
        &[
            ("moe_num_experts", Count("expert_count")),
            ("moe_k", Count("expert_used_count")),
            ("moe_num_shared_experts", OrZero("expert_shared_count")),
            ("moe_intermediate_size", Count("expert_feed_forward_length")),
            ("moe_layer_interval", Count("interleave_moe_layer_step")),
            ("moe_layer_start_index", Count("leading_dense_block_count")),
            ("use_bias", Is(false)),
        ],
    ),
    Arch::new(
        &["hunyuan-moe"],
        "hunyuan_v1_moe",
        &[
            ("num_experts", Count("expert_count")),
            ("moe_topk", Count("expert_used_count")),
            ("num_shared_expert", OrZero("expert_shared_count")),
            ("moe_intermediate_size", Count("expert_feed_forward_length")),
            ("attention_bias", Tensor("attn_q.bias")),
        ],
    ),
    Arch::new(&["bailingmoe", "bailingmoe2"], "bailing_moe", LING),
];

fn dbrx_attention(fields: &Fields<'_>) -> Result<Option<Json>, GgufConfigError> {
    Ok(Some(json!({"kv_n_heads": kv_heads(fields)?})))
}

fn dbrx_experts(fields: &Fields<'_>) -> Result<Option<Json>, GgufConfigError> {
    Ok(Some(json!({
        "ffn_hidden_size": fields.count("feed_forward_length")?,
        "moe_num_experts": fields.count("expert_count")?,
        "moe_top_k": fields.count("expert_used_count")?,
    })))
}
