//! Command R and Aya.

use super::row::{
    Arch,
    From::{Count, Tensor, Value},
    layer_types,
};

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["command-r"], "cohere", &[("use_qk_norm", Tensor("attn_q_norm.weight"))]),
    Arch::new(
        &["cohere2"],
        "cohere2",
        &[("sliding_window", Count("attention.sliding_window")), ("layer_types", Value(layer_types))],
    ),
];
