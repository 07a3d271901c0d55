//! BERT and its descendants: an encoder of LayerNorm after each block, learned positions and token types, and the head
//! of its class.

use slipstick_core::model::{
    CacheUse, Component, Layer, Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, NormKind, residual},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Paths, Tie,
    encoder_head::{EncoderHead, Style},
    layers, share_out, table,
};

pub(super) const FAMILY: Family = Family {
    model_types: &["bert", "roberta", "xlm-roberta", "camembert", "mpnet", "electra", "albert"],
    read,
};
pub(super) const DISTILBERT: Family = Family { model_types: &["distilbert"], read: read_distilbert };

const PATHS: Paths =
    Paths { layers: "encoder.layer", embedding: "embeddings.word_embeddings", norm: "", head: "" };

const NAMES: AttentionNames = AttentionNames::split(
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
);

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if c.flag_or("is_decoder", false)? || c.flag_or("add_cross_attention", false)? {
        return Err(c.unsupported("it is used as a decoder"));
    }
    let dims = Dims::read(c)?;
    let width = match c.model_type() {
        "electra" | "albert" => c.count_or("embedding_size", 128)?.max(1),
        _ => dims.hidden,
    };
    let encoder = layer(&dims, c.count("intermediate_size")?);
    let mut model = embedded(c, &dims, width, stacked(c, &encoder, dims.layers)?)?;
    if c.model_type() != "mpnet" {
        model = table(model, "embeddings.token_type_embeddings", c.count_or("type_vocab_size", 2)?, width);
    }
    let mut further = Vec::new();
    match c.model_type() {
        "mpnet" => {
            let buckets = c.count_or("relative_attention_num_buckets", 32)?;
            model = table(model, "encoder.relative_attention_bias", buckets, dims.heads);
        }
        "albert" => further.push(("encoder.embedding_hidden_mapping_in", dims.hidden, width)),
        "electra" if width != dims.hidden => further.push(("embeddings_project", dims.hidden, width)),
        _ => {}
    }
    for (path, rows, cols) in further {
        let weights =
            vec![Weight::matrix("", Role::Other, rows, cols), Weight::vector("", Role::Other, rows)];
        model.components.push(Component::text(path, weights));
    }
    let style = match c.model_type() {
        "bert" => Style::Bert,
        "albert" => Style::Albert,
        "electra" => Style::Electra,
        _ => Style::Roberta,
    };
    finish(c, model, EncoderHead { hidden: dims.hidden, width, vocab: dims.vocab, style })
}

/// The published keys of DistilBERT differ, and it has neither token types nor a pooler.
fn read_distilbert(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (hidden, heads) = (c.count("dim")?, c.count("n_heads")?);
    let dims = Dims {
        hidden,
        layers: layers(c, &["n_layers"])?,
        heads,
        kv_heads: heads,
        head_dim: share_out(c, hidden, heads)?,
        vocab: c.count("vocab_size")?,
    }
    .check(c)?;
    let encoder = layer(&dims, c.count("hidden_dim")?);
    let model = embedded(c, &dims, hidden, stacked(c, &encoder, dims.layers)?)?;
    finish(c, model, EncoderHead { hidden, width: hidden, vocab: dims.vocab, style: Style::Distil })
}

fn layer(dims: &Dims, intermediate: u64) -> Layer {
    let mut attention = dims.attention().named(NAMES).with_bias(true, true);
    attention.cache = CacheUse::None;
    let names = ["", "intermediate.dense", "output.dense"];
    let feed_forward = FeedForward::plain(dims.hidden, intermediate, true).named(names);
    residual(NormKind::Layer, &["attention.output.LayerNorm", "output.LayerNorm"], &attention, &feed_forward)
}

/// ALBERT stores a few groups of layers and uses each several times; the others store every layer.
fn stacked(c: &Config<'_>, layer: &Layer, count: u64) -> Result<Vec<Layer>, ConfigError> {
    let stored = match c.model_type() {
        "albert" => {
            if c.count_or("inner_group_num", 1)? != 1 {
                return Err(c.unsupported("inner_group_num is not 1"));
            }
            c.count_or("num_hidden_groups", 1)?.clamp(1, count)
        }
        _ => count,
    };
    let reused = |layer: &Layer| Layer {
        weights: layer.weights.iter().cloned().map(Weight::reused).collect(),
        ..layer.clone()
    };
    let one = |index| if index % count.div_ceil(stored) == 0 { layer.clone() } else { reused(layer) };
    Ok((0..count).map(one).collect())
}

/// Embeddings of tokens and positions with their norm; no final norm.
fn embedded(c: &Config<'_>, dims: &Dims, width: u64, layers: Vec<Layer>) -> Result<Model, ConfigError> {
    let mut frame =
        Frame::new(dims.hidden, dims.vocab, NormKind::Layer, Tie::UnlessStated.read(c)?).named(PATHS);
    (frame.final_norm, frame.embedding, frame.head) = (None, width, super::Head::Nothing);
    let model = frame.model_as_is(c, layers)?;
    let positions = c.count("max_position_embeddings")?;
    let mut model = table(model, "embeddings.position_embeddings", positions, width);
    model.components.push(Component::text("embeddings.LayerNorm", NormKind::Layer.weights("", width)));
    Ok(model)
}

fn finish(c: &Config<'_>, mut model: Model, head: EncoderHead) -> Result<Model, ConfigError> {
    model.components.extend(head.components(c)?);
    Ok(model)
}
