//! T5: an encoder and a decoder, or the encoder alone.

use serde_json::Value as Json;

use super::{
    fields::Fields,
    row::{
        Arch,
        From::{Count, NoTensor, Of, Optional, Value},
        Row, layers, vocabulary,
    },
};

const ROWS: &[Row] = &[
    ("architectures", Value(|fields| Ok(Some(class(fields))))),
    ("num_layers", Of(layers)),
    ("num_decoder_layers", Optional("decoder_block_count")),
    ("d_model", Count("embedding_length")),
    ("d_kv", Count("attention.key_length")),
    ("d_ff", Count("feed_forward_length")),
    ("num_heads", Count("attention.head_count")),
    ("vocab_size", Of(vocabulary)),
    ("relative_attention_num_buckets", Count("attention.relative_buckets_count")),
    ("feed_forward_proj", Value(|fields| Ok(Some(activation(fields))))),
    ("tie_word_embeddings", NoTensor("output.weight")),
    ("n_positions", Optional("context_length")),
];

pub(super) const ARCHS: &[Arch] = &[Arch::new(&["t5", "t5encoder"], "t5", ROWS).alone()];

fn class(fields: &Fields<'_>) -> Json {
    let class = if fields.arch() == "t5encoder" { "T5EncoderModel" } else { "T5ForConditionalGeneration" };
    Json::from(vec![class])
}

/// The first generation has one matrix on the way up, later ones a gate beside it.
fn activation(fields: &Fields<'_>) -> Json {
    let gated = fields.has_tensor("enc.blk.0.ffn_gate.weight");
    if gated { "gated-gelu" } else { "relu" }.into()
}
