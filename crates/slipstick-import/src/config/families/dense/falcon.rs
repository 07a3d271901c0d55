//! Falcon: one key head or a few, LayerNorms that depend on the generation, rotary or linear-bias positions.

use slipstick_core::model::{Model, blocks::AttentionNames};

use super::{Config, ConfigError, Dims, Family, Paths, ResidualDecoder, Tie};

pub(super) const FAMILY: Family = Family { model_types: &["falcon", "RefinedWeb", "RefinedWebModel"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    // The first published 40B code knew only its own architecture and had no flag for it.
    let is_new = c.flag_or("new_decoder_architecture", c.model_type() == "RefinedWeb")?;
    let mut dims = Dims::read(c)?;
    dims.kv_heads = if is_new {
        let keys = ["num_kv_heads", "n_head_kv", "num_key_value_heads"];
        if keys.iter().any(|key| c.has(key)) { c.first_count(&keys)? } else { dims.heads }
    } else if c.flag_or("multi_query", true)? {
        1
    } else {
        dims.heads
    };
    let dims = dims.check(c)?;
    let mut decoder = ResidualDecoder::read_plain(c, dims, Tie::UnlessStated, &["ffn_hidden_size"])?;
    let bias = c.flag_or("bias", false)?;
    let names = AttentionNames::fused("self_attention.query_key_value", "self_attention.dense");
    decoder.attention = decoder.attention.named(names).with_bias(bias, bias);
    decoder.feed_forward =
        decoder.feed_forward.named(["", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h"]).with_bias(bias);
    decoder.norms = if !c.flag_or("parallel_attn", true)? {
        &["input_layernorm", "post_attention_layernorm"]
    } else if c.count_or("num_ln_in_parallel_attn", if is_new { 2 } else { 1 })? == 2 {
        &["ln_attn", "ln_mlp"]
    } else {
        &["input_layernorm"]
    };
    decoder.frame =
        decoder.frame.named(Paths { embedding: "transformer.word_embeddings", ..Paths::TRANSFORMER });
    decoder.model(c)
}
