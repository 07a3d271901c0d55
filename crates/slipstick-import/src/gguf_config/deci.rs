//! Deci's and NVIDIA's decoders from architecture search: each layer states its own heads and width.

use serde_json::{Value as Json, json};

use super::{
    GgufConfigError,
    fields::Fields,
    row::{
        Arch,
        From::{Count, NoTensor, Of, Optional, Tensor, Value},
        Row, layers, vocabulary,
    },
};

const ROWS: &[Row] = &[
    ("num_hidden_layers", Of(layers)),
    ("hidden_size", Count("embedding_length")),
    ("num_attention_heads", Of(|fields| Ok(heads(fields)?.into_iter().max()))),
    ("head_dim", Optional("attention.key_length")),
    ("vocab_size", Of(vocabulary)),
    ("max_position_embeddings", Optional("context_length")),
    ("tie_word_embeddings", NoTensor("output.weight")),
    ("attention_bias", Tensor("attn_q.bias")),
    ("mlp_bias", Tensor("ffn_gate.bias")),
    ("block_configs", Value(blocks)),
];

pub(super) const ARCHS: &[Arch] = &[Arch::new(&["deci"], "nemotron-nas", ROWS).alone()];

fn heads(fields: &Fields<'_>) -> Result<Vec<u64>, GgufConfigError> {
    fields.each("attention.head_count", layers(fields)?.unwrap_or(0))
}

/// Heads without key heads stand for one matrix in place of attention, no heads and no width for nothing at all.
fn blocks(fields: &Fields<'_>) -> Result<Option<Json>, GgufConfigError> {
    let heads = heads(fields)?;
    let kv_heads = fields.each("attention.head_count_kv", heads.len() as u64)?;
    let widths = fields.each("feed_forward_length", heads.len() as u64)?;
    let block = |((heads, kv_heads), width): ((&u64, &u64), &u64)| {
        let attention = match (*heads, *kv_heads) {
            (0, _) => json!({"no_op": true}),
            (_, 0) => json!({"replace_with_linear": true}),
            (heads, kv_heads) => json!({"n_heads_in_group": heads / kv_heads}),
        };
        let ffn = if *width == 0 { json!({"no_op": true}) } else { json!({"intermediate_size": width}) };
        json!({"attention": attention, "ffn": ffn})
    };
    Ok(Some(heads.iter().zip(&kv_heads).zip(&widths).map(block).collect()))
}
