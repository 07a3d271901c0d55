//! GPT-2 and its closest relatives: LayerNorm, learned positions, two-matrix feed-forward, biases everywhere. Jais 1 has
//! linear-bias positions and a gated feed-forward instead.

use slipstick_core::model::{
    Layer, Model,
    blocks::{AttentionNames, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Paths, ResidualDecoder, Tie, table};

pub(super) const FAMILY: Family =
    Family { model_types: &["gpt2", "gpt_neo", "gpt_bigcode", "gpt-sw3", "openai-gpt", "jais"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let crosses = c.flag_or("add_cross_attention", false)?;
    if crosses && (!c.is_nested() || c.model_type() != "gpt2") {
        return Err(c.unsupported("add_cross_attention is set, and the encoder it looks at is not described"));
    }
    let mut dims = Dims::read(c)?;
    if c.model_type() == "gpt_bigcode" {
        dims.kv_heads = if c.flag_or("multi_query", true)? { 1 } else { dims.heads };
    }
    let mut decoder =
        ResidualDecoder::read_plain(c, dims, Tie::UnlessStated, &["n_inner", "intermediate_size"])?;
    let (names, qkv_bias) = match c.model_type() {
        "gpt_neo" => (NEO, false),
        _ => (AttentionNames::fused("attn.c_attn", "attn.c_proj"), true),
    };
    decoder.attention = decoder.attention.named(names).with_bias(qkv_bias, true);
    decoder.feed_forward = decoder.feed_forward.named(["", "mlp.c_fc", "mlp.c_proj"]);
    if c.model_type() == "jais" && c.text("activation_function")? == Some("swiglu") {
        decoder.feed_forward.gated = true;
        decoder.feed_forward.names = ["mlp.c_fc2", "mlp.c_fc", "mlp.c_proj"];
    }
    decoder.norms = &["ln_1", "ln_2"];
    decoder.frame = decoder.frame.named(Paths::TRANSFORMER);
    if c.model_type() == "openai-gpt" {
        decoder.frame.final_norm = None;
    }
    if c.text("position_embedding_type")? == Some("alibi") {
        return decoder.model(c);
    }
    let positions = c.first_count(&["n_positions", "max_position_embeddings", "n_ctx"])?;
    let mut model = table(decoder.model(c)?, "transformer.wpe", positions, dims.hidden);
    if crosses {
        model.layers = model.layers.into_iter().map(|layer| crossing(&dims, layer)).collect();
    }
    Ok(model)
}

/// A layer that also attends to an encoder: keys and values in one projection, queries in another.
fn crossing(dims: &Dims, layer: Layer) -> Layer {
    const NAMES: AttentionNames = AttentionNames::split(
        "crossattention.q_attn",
        "crossattention.c_attn",
        "crossattention.c_attn",
        "crossattention.c_proj",
    );
    let cross = dims.attention().named(NAMES).with_bias(true, true);
    let norm = NormKind::Layer.weights("ln_cross_attn", dims.hidden);
    layer.with(norm).with(cross.weights()).mix(cross.cross_mixer())
}

const NEO: AttentionNames = AttentionNames::split(
    "attn.attention.q_proj",
    "attn.attention.k_proj",
    "attn.attention.v_proj",
    "attn.attention.out_proj",
);
