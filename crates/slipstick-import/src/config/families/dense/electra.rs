//! Encoders whose embedding is narrower than their layers (ELECTRA, ALBERT), and DistilBERT.

use slipstick_core::model::{Layer, Model, Weight};

use super::{
    Config, ConfigError, Dims, Family,
    encoder::{embedded, layer, norm, project},
    encoder_head::{EncoderHead, Style},
    layers, share_out, table,
};

pub(super) const FAMILY: Family = Family { model_types: &["electra", "albert"], read };
pub(super) const DISTILBERT: Family = Family { model_types: &["distilbert"], read: read_distilbert };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let width = c.count_or("embedding_size", 128)?.max(1);
    let encoder = layer(&dims, c.count("intermediate_size")?);
    let is_albert = c.model_type() == "albert";
    let layers = if is_albert {
        reused(c, &encoder, dims.layers)?
    } else {
        (0..dims.layers).map(|_| encoder.clone()).collect()
    };
    let model = embedded(c, &dims, width, layers)?;
    let types = c.count_or("type_vocab_size", 2)?;
    let mut model = table(model, "embeddings.token_type_embeddings", types, width);
    norm(&mut model, "embeddings.LayerNorm", width);
    if is_albert {
        project(&mut model, "encoder.embedding_hidden_mapping_in", hidden, width);
    } else if width != hidden {
        project(&mut model, "embeddings_project", hidden, width);
    }
    let style = if is_albert { Style::Albert } else { Style::Electra };
    model.components.extend(EncoderHead { hidden, width, vocab: dims.vocab, style }.components(c)?);
    Ok(model)
}

/// ALBERT stores a few groups of layers and uses each several times.
fn reused(c: &Config<'_>, layer: &Layer, count: u64) -> Result<Vec<Layer>, ConfigError> {
    if c.count_or("inner_group_num", 1)? != 1 {
        return Err(c.unsupported("inner_group_num is not 1"));
    }
    let stored = c.count_or("num_hidden_groups", 1)?.clamp(1, count);
    let weights = layer.weights.iter().cloned().map(Weight::reused).collect();
    let again = Layer { weights, ..layer.clone() };
    let one = |index: u64| if index.is_multiple_of(count.div_ceil(stored)) { layer } else { &again };
    Ok((0..count).map(|index| one(index).clone()).collect())
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
    let mut model = embedded(c, &dims, hidden, (0..dims.layers).map(|_| encoder.clone()).collect())?;
    norm(&mut model, "embeddings.LayerNorm", hidden);
    let head = EncoderHead { hidden, width: hidden, vocab: dims.vocab, style: Style::Distil };
    model.components.extend(head.components(c)?);
    Ok(model)
}
