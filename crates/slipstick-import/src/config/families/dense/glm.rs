//! GLM: ChatGLM 2 and 3, GLM-4 and GLM-4-0414. Few key heads with biases, gate and up in one matrix.

use slipstick_core::model::{
    Model,
    blocks::{AttentionNames, FeedForward, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Paths, ResidualDecoder, Tie, layers};

pub(super) const FAMILY: Family =
    Family { model_types: &["glm", "glm4", "glm4v_text", "glm_ocr_text"], read };
pub(super) const CHATGLM: Family = Family { model_types: &["chatglm"], read: read_chatglm };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    decoder.attention =
        decoder.attention.with_bias(c.flag_or("attention_bias", c.model_type() != "glm_ocr_text")?, false);
    decoder.feed_forward.names = ["mlp.gate_up_proj", "mlp.gate_up_proj", "mlp.down_proj"];
    if c.model_type() != "glm" {
        decoder.norms = &[
            "input_layernorm",
            "post_self_attn_layernorm",
            "post_attention_layernorm",
            "post_mlp_layernorm",
        ];
    }
    decoder.model(c)
}

const CHATGLM_PATHS: Paths = Paths {
    layers: "transformer.encoder.layers",
    embedding: "transformer.embedding.word_embeddings",
    norm: "transformer.encoder.final_layernorm",
    head: "transformer.output_layer",
};

/// The published code's own keys; its class `ChatGLMModel` has a head although its name ends like one without.
fn read_chatglm(c: &Config<'_>) -> Result<Model, ConfigError> {
    if c.has("inner_hidden_size") || c.has("position_encoding_2d") {
        return Err(c.unsupported("the first generation has two-dimensional positions and other blocks"));
    }
    let heads = c.count("num_attention_heads")?;
    let is_grouped = c.flag_or("multi_query_attention", false)?;
    let kv_heads = if is_grouped { c.count("multi_query_group_num")? } else { heads };
    let dims = Dims {
        hidden: c.count("hidden_size")?,
        layers: layers(c, &["num_layers"])?,
        heads,
        kv_heads,
        head_dim: c.count("kv_channels")?,
        vocab: c.first_count(&["padded_vocab_size", "vocab_size"])?,
    }
    .check(c)?;
    let norm = if c.flag_or("rmsnorm", true)? { NormKind::Rms } else { NormKind::Layer };
    let bias = c.flag_or("add_bias_linear", false)?;
    let feed_forward = FeedForward::gated(dims.hidden, c.count("ffn_hidden_size")?)
        .named(["mlp.dense_h_to_4h", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h"])
        .with_bias(bias);
    let mut decoder = ResidualDecoder::of(dims, norm, Tie::OnlyIfStated.read(c)?, feed_forward);
    let names = AttentionNames::fused("self_attention.query_key_value", "self_attention.dense");
    let qkv_bias = bias || c.flag_or("add_qkv_bias", false)?;
    decoder.attention = decoder.attention.named(names).with_bias(qkv_bias, bias);
    decoder.frame.paths = CHATGLM_PATHS;
    if !c.flag_or("post_layer_norm", true)? {
        decoder.frame.final_norm = None;
    }
    decoder.frame.model_as_is(c, decoder.layers())
}
