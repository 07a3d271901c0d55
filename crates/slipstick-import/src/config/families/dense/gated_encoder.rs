//! Encoders of today's layers without a cache: EuroBERT (Llama's), and Nomic Embed and GTE (rotary positions, gated
//! feed-forward, a norm behind each block).

use slipstick_core::model::{
    CacheUse, Model, Role, Weight,
    blocks::{FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Head, ResidualDecoder, Tie,
    encoder::norm,
    encoder_head::{EncoderHead, Style},
    head, table,
};

pub(super) const EUROBERT: Family = Family { model_types: &["eurobert"], read: read_eurobert };
pub(super) const POST_NORM: Family = Family { model_types: &["nomic_bert", "gte"], read };

fn read_eurobert(c: &Config<'_>) -> Result<Model, ConfigError> {
    let class = head::class(c)?.unwrap_or("Model");
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    decoder.attention.cache = CacheUse::None;
    let bias = c.flag_or("mlp_bias", false)?;
    decoder.feed_forward = decoder.feed_forward.with_bias(bias);
    decoder.frame.head_bias = bias;
    decoder.frame.head = if class.ends_with("ForMaskedLM") {
        Head::Vocabulary
    } else if class.ends_with("Model") {
        Head::Nothing
    } else {
        let class: String = class.chars().take(60).collect();
        return Err(c.unsupported(format!("the head of {class:?} is not known")));
    };
    decoder.frame.model_as_is(c, decoder.layers())
}

/// Keys of the code that came with the first checkpoints, which the library's class does not read.
const OLDER: &[&str] = &["n_embd", "n_inner", "n_layer", "n_head", "moe_every_n_layers", "num_experts"];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if let Some(key) = OLDER.iter().find(|key| c.has(key) && !c.owns(key)) {
        return Err(c.unsupported(format!("{key:?} is a key of code that came with the checkpoint")));
    }
    let class = head::class(c)?.unwrap_or("Model");
    if !class.ends_with("ForMaskedLM") && !class.ends_with("Model") {
        let class: String = class.chars().take(60).collect();
        return Err(c.unsupported(format!("the head of {class:?} is not known")));
    }
    let is_gte = c.model_type() == "gte";
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let mut feed_forward = FeedForward::gated(hidden, c.count("intermediate_size")?);
    feed_forward.bias = false;
    let mut decoder = ResidualDecoder::of(dims, NormKind::Layer, Tie::UnlessStated.read(c)?, feed_forward);
    decoder.attention = decoder.attention.with_bias(is_gte, is_gte);
    decoder.attention.cache = CacheUse::None;
    decoder.norms = &["post_attention_layernorm", "post_mlp_layernorm"];
    if is_gte {
        // The last matrix of the block alone has a bias.
        decoder.extra = vec![Weight::vector("mlp.down_proj", Role::Down, hidden)];
    }
    let frame = Frame { final_norm: None, head: Head::Nothing, ..decoder.frame };
    let mut model = frame.model_as_is(c, decoder.layers())?;
    model = table(model, "embeddings.token_type_embeddings", c.count_or("type_vocab_size", 2)?, hidden);
    norm(&mut model, "embeddings.LayerNorm", hidden);
    let style = if is_gte { Style::Distil } else { Style::Plain };
    let head = EncoderHead { hidden, width: hidden, vocab: dims.vocab, style };
    if class.ends_with("ForMaskedLM") {
        model.components.extend(head.components(c)?);
    }
    Ok(model)
}
