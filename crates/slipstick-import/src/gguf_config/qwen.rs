//! Qwen 1 to 3.5. The vision models' files hold the text model alone.

use super::{
    GgufConfigError,
    fields::Fields,
    row::{
        Arch,
        From::{Count, Is, Of, Optional, OrZero, Tensor},
        Row,
    },
};

const DENSE: &[Row] = &[("use_sliding_window", Is(false))];

const EXPERTS: &[Row] = &[
    ("use_sliding_window", Is(false)),
    ("num_experts", Count("expert_count")),
    ("num_experts_per_tok", Count("expert_used_count")),
    ("moe_intermediate_size", Count("expert_feed_forward_length")),
];

/// What the recurrent layers state under the names of state spaces.
const HYBRID: &[Row] = &[
    ("linear_conv_kernel_dim", Count("ssm.conv_kernel")),
    ("linear_key_head_dim", Count("ssm.state_size")),
    ("linear_num_key_heads", Count("ssm.group_count")),
    ("linear_num_value_heads", Count("ssm.time_step_rank")),
    ("linear_value_head_dim", Of(value_dim)),
    ("full_attention_interval", Optional("full_attention_interval")),
    ("attention_bias", Tensor("attn_q.bias")),
    ("num_experts", OrZero("expert_count")),
    ("num_experts_per_tok", Optional("expert_used_count")),
    ("moe_intermediate_size", Optional("expert_feed_forward_length")),
    ("shared_expert_intermediate_size", Optional("expert_shared_feed_forward_length")),
];

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["qwen2", "qwen2vl"], "qwen2", DENSE),
    Arch::new(&["qwen3", "qwen3vl"], "qwen3", DENSE),
    Arch::new(
        &["qwen2moe"],
        "qwen2_moe",
        &[
            ("use_sliding_window", Is(false)),
            ("num_experts", Count("expert_count")),
            ("num_experts_per_tok", Count("expert_used_count")),
            ("moe_intermediate_size", Count("expert_feed_forward_length")),
            ("shared_expert_intermediate_size", Count("expert_shared_feed_forward_length")),
            ("qkv_bias", Tensor("attn_q.bias")),
        ],
    ),
    Arch::new(&["qwen3moe", "qwen3vlmoe"], "qwen3_moe", EXPERTS),
    Arch::new(&["qwen3next"], "qwen3_next", HYBRID),
    Arch::new(&["qwen35"], "qwen3_5_text", HYBRID),
    Arch::new(&["qwen35moe"], "qwen3_5_moe_text", HYBRID),
];

/// The file states all value heads together.
fn value_dim(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    Ok(fields.count("ssm.inner_size")?.checked_div(fields.count("ssm.time_step_rank")?))
}
