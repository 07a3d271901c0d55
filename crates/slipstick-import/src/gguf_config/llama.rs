//! Llama and what is built like it, with and without experts.

use super::{
    fields::Fields,
    row::{
        Arch,
        From::{Count, Is, Number, Optional, OrNull, Tensor, Value},
        Row, layer_types,
    },
};

const BIASES: &[Row] = &[("attention_bias", Tensor("attn_q.bias")), ("mlp_bias", Tensor("ffn_up.bias"))];

const EXPERTS: &[Row] =
    &[("num_local_experts", Count("expert_count")), ("num_experts_per_tok", Count("expert_used_count"))];

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["llama", "granite"], "mixtral", EXPERTS).when(has_experts),
    Arch::new(&["llama"], "llama", BIASES),
    Arch::new(&["granite"], "granite", BIASES),
    Arch::new(&["granitemoe"], "granitemoe", EXPERTS),
    Arch::new(&["arcee"], "arcee", BIASES),
    Arch::new(&["baichuan"], "baichuan", &[]),
    Arch::new(&["orion"], "orion", &[]),
    Arch::new(&["internlm2"], "internlm2", &[("bias", Tensor("attn_q.bias"))]),
    Arch::new(&["exaone"], "exaone", &[]),
    Arch::new(&["ernie4_5"], "ernie4_5", &[("use_bias", Tensor("attn_q.bias"))]),
    Arch::new(
        &["seed_oss"],
        "seed_oss",
        &[
            ("attention_bias", Tensor("attn_q.bias")),
            ("attention_out_bias", Tensor("attn_output.bias")),
            ("mlp_bias", Tensor("ffn_up.bias")),
        ],
    ),
    Arch::new(&["smollm3"], "smollm3", BIASES),
    Arch::new(&["minicpm"], "minicpm", &[("attention_bias", Tensor("attn_q.bias"))]),
    Arch::new(&["hunyuan-dense"], "hunyuan_v1_dense", &[("attention_bias", Tensor("attn_q.bias"))]),
    Arch::new(&["apertus"], "apertus", &[("attention_bias", Tensor("attn_q.bias"))]),
    Arch::new(&["bitnet"], "bitnet", &[]),
    Arch::new(&["mistral3"], "ministral3", &[("sliding_window", OrNull("attention.sliding_window"))]),
    Arch::new(
        &["exaone4"],
        "exaone4",
        &[("sliding_window", OrNull("attention.sliding_window")), ("layer_types", Value(layer_types))],
    ),
    Arch::new(
        &["llama4"],
        "llama4_text",
        &[
            ("num_local_experts", Count("expert_count")),
            ("num_experts_per_tok", Count("expert_used_count")),
            ("interleave_moe_layer_step", Count("interleave_moe_layer_step")),
            // The routed width takes the usual key here, the dense one its own.
            ("intermediate_size", Count("expert_feed_forward_length")),
            ("intermediate_size_mlp", Count("feed_forward_length")),
            ("no_rope_layer_interval", Number(4)),
            ("attention_chunk_size", Number(8192)),
            ("attention_bias", Is(false)),
        ],
    ),
    Arch::new(
        &["minimax-m2"],
        "minimax_m2",
        &[
            ("num_local_experts", Count("expert_count")),
            ("num_experts_per_tok", Count("expert_used_count")),
            ("intermediate_size", Count("expert_feed_forward_length")),
            ("sliding_window", OrNull("attention.sliding_window")),
        ],
    ),
    Arch::new(
        &["gpt-oss"],
        "gpt_oss",
        &[
            ("num_local_experts", Count("expert_count")),
            ("num_experts_per_tok", Count("expert_used_count")),
            ("intermediate_size", Count("expert_feed_forward_length")),
            ("sliding_window", Count("attention.sliding_window")),
            ("attention_bias", Tensor("attn_q.bias")),
            ("max_position_embeddings", Optional("context_length")),
        ],
    ),
];

fn has_experts(fields: &Fields<'_>) -> bool {
    fields.optional("expert_count").is_ok_and(|count| count.is_some_and(|count| count > 0))
}
