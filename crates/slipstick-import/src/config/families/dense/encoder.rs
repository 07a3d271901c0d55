//! What the encoders of BERT's lineage share: their layer, and the embeddings under it.

use slipstick_core::model::{
    CacheUse, Component, Layer, Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, NormKind, residual},
};

use super::{Config, ConfigError, Dims, Frame, Head, Paths, Tie, table};

const PATHS: Paths =
    Paths { layers: "encoder.layer", embedding: "embeddings.word_embeddings", norm: "", head: "" };

const NAMES: AttentionNames = AttentionNames::split(
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
);

/// A layer with biases everywhere and a norm for each block, which keeps nothing of the tokens it saw unless it decodes; and
/// attention to another encoder, if it decodes what that one read.
///
/// # Errors
/// If a flag is no boolean, or it attends to an encoder without decoding.
pub(super) fn decoding(c: &Config<'_>, dims: &Dims, intermediate: u64) -> Result<Layer, ConfigError> {
    let (decodes, crosses) = (c.flag_or("is_decoder", false)?, c.flag_or("add_cross_attention", false)?);
    let plain = layer(dims, intermediate);
    if !decodes {
        return if crosses {
            Err(c.unsupported("add_cross_attention is set, and is_decoder is not"))
        } else {
            Ok(plain)
        };
    }
    let own = Layer { mixers: vec![dims.attention().mixer()], ..plain };
    if !crosses {
        return Ok(own);
    }
    Ok(crossing(dims, own, dims.hidden))
}

/// The same with attention to an encoder that is so wide.
pub(super) fn crossing(dims: &Dims, layer: Layer, width: u64) -> Layer {
    let cross = dims.attention().named(CROSS_NAMES).with_bias(true, true);
    let mut weights = cross.weights();
    let reads = |weight: &&mut Weight| matches!(weight.role, Role::Key | Role::Value) && !weight.is_vector();
    weights.iter_mut().filter(reads).for_each(|weight| weight.cols = width);
    layer
        .with(weights)
        .with(NormKind::Layer.weights("crossattention.output.LayerNorm", dims.hidden))
        .mix(cross.cross_mixer())
}

const CROSS_NAMES: AttentionNames = AttentionNames::split(
    "crossattention.self.query",
    "crossattention.self.key",
    "crossattention.self.value",
    "crossattention.output.dense",
);

/// A layer with biases everywhere and a norm for each block, which keeps nothing of the tokens it saw.
pub(super) fn layer(dims: &Dims, intermediate: u64) -> Layer {
    let mut attention = dims.attention().named(NAMES).with_bias(true, true);
    attention.cache = CacheUse::None;
    let names = ["", "intermediate.dense", "output.dense"];
    let feed_forward = FeedForward::plain(dims.hidden, intermediate, true).named(names);
    residual(NormKind::Layer, &["attention.output.LayerNorm", "output.LayerNorm"], &attention, &feed_forward)
}

/// The layers over embeddings of tokens and positions, `width` wide, with a norm; no final norm and no head.
///
/// # Errors
/// If it decodes in another way than its family knows, or places its tokens in another way than by a table.
pub(super) fn embedded(
    c: &Config<'_>,
    dims: &Dims,
    width: u64,
    layers: Vec<Layer>,
) -> Result<Model, ConfigError> {
    let keeps = layers.iter().flat_map(Layer::mixers).any(|mixer| mixer.cache().rows != [0, 0]);
    if !keeps && (c.flag_or("is_decoder", false)? || c.flag_or("add_cross_attention", false)?) {
        return Err(c.unsupported("it is used as a decoder"));
    }
    if c.text("position_embedding_type")?.is_some_and(|kind| kind != "absolute") {
        return Err(c.unsupported("position_embedding_type is not \"absolute\""));
    }
    let mut frame =
        Frame::new(dims.hidden, dims.vocab, NormKind::Layer, Tie::UnlessStated.read(c)?).named(PATHS);
    (frame.final_norm, frame.embedding, frame.head) = (None, width, Head::Nothing);
    let model = frame.model_as_is(c, layers)?;
    let positions = c.count("max_position_embeddings")?;
    Ok(table(model, "embeddings.position_embeddings", positions, width))
}

/// Adds a norm.
pub(super) fn norm(model: &mut Model, path: &'static str, width: u64) {
    model.components.push(Component::text(path, NormKind::Layer.weights("", width)));
}

/// Adds a projection with a bias.
pub(super) fn project(model: &mut Model, path: &'static str, rows: u64, cols: u64) {
    let weights = vec![Weight::matrix("", Role::Other, rows, cols), Weight::vector("", Role::Other, rows)];
    model.components.push(Component::text(path, weights));
}
