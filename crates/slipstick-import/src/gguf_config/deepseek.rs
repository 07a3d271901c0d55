//! DeepSeek: experts after dense layers, with latent attention since V2.

use super::{
    GgufConfigError,
    fields::Fields,
    row::{
        Arch,
        From::{Count, NoTensor, Of, Optional, OrNull, OrZero, Value},
        Row, layers, vocabulary,
    },
};

/// The head sizes are stated apart, so the common rows do not hold.
const LATENT: &[Row] = &[
    ("num_hidden_layers", Of(layers)),
    ("hidden_size", Count("embedding_length")),
    ("num_attention_heads", Count("attention.head_count")),
    ("intermediate_size", Count("feed_forward_length")),
    ("max_position_embeddings", Optional("context_length")),
    ("vocab_size", Of(vocabulary)),
    ("tie_word_embeddings", NoTensor("output.weight")),
    ("q_lora_rank", OrNull("attention.q_lora_rank")),
    ("kv_lora_rank", Count("attention.kv_lora_rank")),
    ("qk_rope_head_dim", Count("rope.dimension_count")),
    ("qk_nope_head_dim", Of(nope_dim)),
    ("v_head_dim", Of(value_dim)),
    ("n_routed_experts", Count("expert_count")),
    ("num_experts_per_tok", Count("expert_used_count")),
    ("n_shared_experts", OrZero("expert_shared_count")),
    ("moe_intermediate_size", Count("expert_feed_forward_length")),
    ("first_k_dense_replace", Count("leading_dense_block_count")),
    ("num_nextn_predict_layers", OrZero("nextn_predict_layers")),
];

/// Layers with an indexer of their own pick what they and those after them attend to.
const INDEXED: &[Row] = &[
    ("index_n_heads", Count("attention.indexer.head_count")),
    ("index_head_dim", Count("attention.indexer.key_length")),
    ("index_topk", Count("attention.indexer.top_k")),
    ("indexer_types", Value(indexers)),
];

/// Kimi Linear under the names of its own.
const KIMI: &[Row] = &[
    ("num_experts", Count("expert_count")),
    ("num_experts_per_token", Count("expert_used_count")),
    ("num_shared_experts", OrZero("expert_shared_count")),
    ("linear_attn_config", Value(linear_attention)),
];

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["deepseek2"], "deepseek_v3", LATENT).alone().when(has_router_bias),
    Arch::new(&["deepseek2"], "deepseek_v2", LATENT).alone(),
    Arch::new(&["deepseek32"], "deepseek_v32", LATENT).and(INDEXED).alone(),
    Arch::new(&["glm-dsa"], "glm_moe_dsa", LATENT).and(INDEXED).alone(),
    Arch::new(&["kimi-linear"], "kimi_linear", LATENT).and(KIMI).alone(),
    Arch::new(
        &["deepseek"],
        "deepseek",
        &[
            ("n_routed_experts", Count("expert_count")),
            ("num_experts_per_tok", Count("expert_used_count")),
            ("n_shared_experts", OrZero("expert_shared_count")),
            ("moe_intermediate_size", Count("expert_feed_forward_length")),
            ("first_k_dense_replace", Count("leading_dense_block_count")),
        ],
    ),
];

/// V3 corrects its router's scores, V2 does not.
fn has_router_bias(fields: &Fields<'_>) -> bool {
    fields.has_tensor("exp_probs_b.bias")
}

/// Newer files state the sizes of the latent cache, and those of the heads under names of their own.
fn head_size(fields: &Fields<'_>, own: &str, older: &str) -> Result<u64, GgufConfigError> {
    match fields.optional(own)? {
        Some(size) => Ok(size),
        None => fields.count(older),
    }
}

fn nope_dim(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    let key = head_size(fields, "attention.key_length_mla", "attention.key_length")?;
    let rope = fields.count("rope.dimension_count")?;
    key.checked_sub(rope)
        .map(Some)
        .ok_or_else(|| fields.invalid("rope.dimension_count", "more than a key has"))
}

fn value_dim(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    head_size(fields, "attention.value_length_mla", "attention.value_length").map(Some)
}

fn indexers(fields: &Fields<'_>) -> Result<Option<serde_json::Value>, GgufConfigError> {
    let own = fields.layers_with("indexer.attn_q_b.weight");
    let count = fields.each("block_count", layers(fields)?.unwrap_or(0))?.len() as u64;
    Ok(Some((0..count).map(|layer| if own.contains(&layer) { "full" } else { "shared" }).collect()))
}

/// Layers without key heads are delta rules; the configuration counts layers from one.
fn linear_attention(fields: &Fields<'_>) -> Result<Option<serde_json::Value>, GgufConfigError> {
    let heads = fields.each("attention.head_count_kv", layers(fields)?.unwrap_or(0))?;
    let of = |attends: bool| -> Vec<u64> {
        heads.iter().zip(1..).filter(|(heads, _)| (**heads > 0) == attends).map(|(_, layer)| layer).collect()
    };
    Ok(Some(serde_json::json!({
        "full_attn_layers": of(true),
        "kda_layers": of(false),
        "num_heads": fields.count("attention.head_count")?,
        "head_dim": fields.count("kda.head_dim")?,
        "short_conv_kernel_size": fields.count("ssm.conv_kernel")?,
    })))
}
