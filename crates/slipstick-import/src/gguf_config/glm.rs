//! GLM-4 and GLM-4.5.

use super::row::{
    Arch,
    From::{Count, Number, OrZero, Tensor},
};

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["chatglm"], "glm", &[("attention_bias", Tensor("attn_qkv.bias"))]),
    Arch::new(&["glm4"], "glm4", &[("attention_bias", Tensor("attn_q.bias"))]),
    Arch::new(
        &["glm4moe"],
        "glm4_moe",
        &[
            ("n_routed_experts", Count("expert_count")),
            ("num_experts_per_tok", Count("expert_used_count")),
            ("n_shared_experts", OrZero("expert_shared_count")),
            ("moe_intermediate_size", Count("expert_feed_forward_length")),
            ("first_k_dense_replace", Count("leading_dense_block_count")),
            ("attention_bias", Tensor("attn_q.bias")),
            ("use_qk_norm", Tensor("attn_q_norm.weight")),
            ("num_nextn_predict_layers", OrZero("nextn_predict_layers")),
        ],
    ),
    Arch::new(
        &["dots1"],
        "dots1",
        &[
            ("n_routed_experts", Count("expert_count")),
            ("num_experts_per_tok", Count("expert_used_count")),
            ("n_shared_experts", OrZero("expert_shared_count")),
            ("moe_intermediate_size", Count("expert_feed_forward_length")),
            ("first_k_dense_replace", Count("leading_dense_block_count")),
            ("attention_bias", Tensor("attn_q.bias")),
            ("max_window_layers", Number(10_000)),
        ],
    ),
];
