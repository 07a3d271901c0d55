//! GPT-NeoX with Pythia, Persimmon, and BLOOM: LayerNorm, fused query, key and value, biases.

use slipstick_core::model::{
    Component, Model,
    blocks::{AttentionNames, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Paths, ResidualDecoder, Tie};

pub(super) const NEOX: Family = Family { model_types: &["gpt_neox", "persimmon"], read: read_neox };
pub(super) const BLOOM: Family = Family { model_types: &["bloom"], read: read_bloom };

const UP_DOWN: [&str; 3] = ["", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h"];

fn read_neox(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder =
        ResidualDecoder::read_plain(c, Dims::read(c)?, Tie::OnlyIfStated, &["intermediate_size"])?;
    decoder.feed_forward = decoder.feed_forward.named(UP_DOWN);
    if c.model_type() == "persimmon" {
        let names = AttentionNames::fused("self_attn.query_key_value", "self_attn.dense");
        decoder.attention = decoder.attention.named(names).with_bias(true, true);
        if c.flag_or("qk_layernorm", true)? {
            decoder.attention = decoder.attention.with_head_norm(NormKind::Layer);
        }
        decoder.frame.paths.norm = "model.final_layernorm";
    } else {
        let names = AttentionNames::fused("attention.query_key_value", "attention.dense");
        let bias = c.flag_or("attention_bias", true)?;
        decoder.attention = decoder.attention.named(names).with_bias(bias, bias);
        decoder.frame = decoder.frame.named(Paths {
            layers: "gpt_neox.layers",
            embedding: "gpt_neox.embed_in",
            norm: "gpt_neox.final_layer_norm",
            head: "embed_out",
        });
    }
    decoder.model(c)
}

fn read_bloom(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read_plain(c, Dims::read(c)?, Tie::UnlessStated, &["n_inner"])?;
    let names = AttentionNames::fused("self_attention.query_key_value", "self_attention.dense");
    decoder.attention = decoder.attention.named(names).with_bias(true, true);
    decoder.feed_forward = decoder.feed_forward.named(UP_DOWN);
    decoder.frame =
        decoder.frame.named(Paths { embedding: "transformer.word_embeddings", ..Paths::TRANSFORMER });
    let mut model = decoder.model(c)?;
    let norm = NormKind::Layer.weights("", decoder.dims.hidden);
    model.components.push(Component::text("transformer.word_embeddings_layernorm", norm));
    Ok(model)
}
