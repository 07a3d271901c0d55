//! GPT-2, GPT-NeoX, BLOOM, MPT, Falcon, StarCoder, StableLM and Nemotron.

use super::{
    GgufConfigError,
    fields::Fields,
    row::{
        Arch,
        From::{Count, Flag, IfTensor, Is, Of, OrNull, Tensor, Value},
    },
};

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(
        &["gpt2"],
        "gpt2",
        &[("n_positions", Of(positions)), ("n_inner", Count("feed_forward_length"))],
    ),
    Arch::new(
        &["starcoder"],
        "gpt_bigcode",
        &[
            ("n_positions", Of(positions)),
            ("n_inner", Count("feed_forward_length")),
            ("multi_query", Value(is_multi_query)),
        ],
    ),
    Arch::new(&["gptneox"], "gpt_neox", &[("attention_bias", Tensor("attn_qkv.bias"))]),
    Arch::new(&["bloom"], "bloom", &[("n_inner", Count("feed_forward_length"))]),
    Arch::new(&["mpt"], "mpt", &[("no_bias", Is(true)), ("expansion_ratio", Of(expansion))]),
    Arch::new(
        &["falcon"],
        "falcon",
        &[
            ("num_kv_heads", Count("attention.head_count_kv")),
            // The second generation has a norm for each of its two parallel blocks, or several key heads.
            ("new_decoder_architecture", Value(is_new_falcon)),
            ("num_ln_in_parallel_attn", IfTensor("attn_norm_2.weight", 2, 1)),
            ("multi_query", Is(true)),
            ("bias", Is(false)),
            ("parallel_attn", Is(true)),
            ("ffn_hidden_size", Count("feed_forward_length")),
        ],
    ),
    Arch::new(
        &["starcoder2"],
        "starcoder2",
        &[("use_bias", Tensor("attn_q.bias")), ("sliding_window", OrNull("attention.sliding_window"))],
    ),
    Arch::new(
        &["stablelm"],
        "stablelm",
        &[
            ("use_qkv_bias", Tensor("attn_q.bias")),
            ("qk_layernorm", Tensor("attn_q_norm.weight")),
            ("use_parallel_residual", Flag("use_parallel_residual")),
        ],
    ),
    Arch::new(
        &["nemotron"],
        "nemotron",
        &[("attention_bias", Tensor("attn_q.bias")), ("mlp_bias", Tensor("ffn_up.bias"))],
    ),
];

fn positions(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    match fields.rows("position_embd.weight") {
        Some(rows) => Ok(Some(rows)),
        None => fields.count("context_length").map(Some),
    }
}

fn is_multi_query(fields: &Fields<'_>) -> Result<Option<serde_json::Value>, GgufConfigError> {
    Ok(Some((fields.count("attention.head_count_kv")? == 1).into()))
}

fn expansion(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    Ok(fields.count("feed_forward_length")?.checked_div(fields.count("embedding_length")?))
}

fn is_new_falcon(fields: &Fields<'_>) -> Result<Option<serde_json::Value>, GgufConfigError> {
    Ok(Some((fields.count("attention.head_count_kv")? > 1).into()))
}
