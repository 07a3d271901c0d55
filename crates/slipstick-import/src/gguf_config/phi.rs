//! Phi 2 to 4, and Phi 3.5 with experts.

use super::row::{
    Arch,
    From::{Count, OrNull, Tensor},
};

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["phi2"], "phi", &[]),
    Arch::new(&["phi3"], "phi3", &[("sliding_window", OrNull("attention.sliding_window"))]),
    Arch::new(
        &["phimoe"],
        "phimoe",
        &[
            ("num_local_experts", Count("expert_count")),
            ("num_experts_per_tok", Count("expert_used_count")),
            ("attention_bias", Tensor("attn_q.bias")),
            ("lm_head_bias", Tensor("output.bias")),
            ("sliding_window", OrNull("attention.sliding_window")),
        ],
    ),
];
