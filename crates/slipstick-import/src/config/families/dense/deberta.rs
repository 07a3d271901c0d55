//! DeBERTa 2 and 3: positions enter attention by a table of distances that all layers share.

use slipstick_core::model::{
    CacheUse, Component, Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, NormKind, residual},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Head, Paths, Tie,
    encoder::{norm, project},
    head, table,
};

pub(super) const FAMILY: Family = Family { model_types: &["deberta-v2"], read };

const PATHS: Paths =
    Paths { layers: "encoder.layer", embedding: "embeddings.word_embeddings", norm: "", head: "" };

const NAMES: AttentionNames = AttentionNames::split(
    "attention.self.query_proj",
    "attention.self.key_proj",
    "attention.self.value_proj",
    "attention.output.dense",
);

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    if c.count_or("embedding_size", hidden)? != hidden
        || c.count_or("attention_head_size", dims.head_dim)? != dims.head_dim
    {
        return Err(c.unsupported("embedding_size or attention_head_size is stated"));
    }
    let mut attention = dims.attention().named(NAMES).with_bias(true, true);
    attention.cache = CacheUse::None;
    let feed_forward = FeedForward::plain(hidden, c.count("intermediate_size")?, true).named([
        "",
        "intermediate.dense",
        "output.dense",
    ]);
    let norms = ["attention.output.LayerNorm", "output.LayerNorm"];
    let encoder = residual(NormKind::Layer, &norms, &attention, &feed_forward).with(positional(c, hidden)?);
    let mut frame = Frame::new(hidden, dims.vocab, NormKind::Layer, Tie::UnlessStated.read(c)?).named(PATHS);
    (frame.final_norm, frame.head) = (None, Head::Nothing);
    let mut model = frame.model_as_is(c, (0..dims.layers).map(|_| encoder.clone()).collect())?;
    norm(&mut model, "embeddings.LayerNorm", hidden);
    let model = tables(c, model, hidden)?;
    finish(c, model, hidden)
}

/// Projections of the distances, which each layer has unless it uses its own for tokens.
fn positional(c: &Config<'_>, hidden: u64) -> Result<Vec<Weight>, ConfigError> {
    let kinds = match c.get("pos_att_type").and_then(serde_json::Value::as_str) {
        Some(text) => text.split('|').map(str::trim).collect(),
        None => c.texts("pos_att_type")?.unwrap_or_default(),
    };
    if !c.flag_or("relative_attention", false)? || c.flag_or("share_att_key", false)? {
        return Ok(Vec::new());
    }
    let mut weights = Vec::new();
    for (kind, name) in [("c2p", "attention.self.pos_key_proj"), ("p2c", "attention.self.pos_query_proj")] {
        if kinds.contains(&kind) {
            weights.push(Weight::matrix(name, Role::AttentionOther, hidden, hidden));
            weights.push(Weight::vector(name, Role::AttentionOther, hidden));
        }
    }
    Ok(weights)
}

fn tables(c: &Config<'_>, mut model: Model, hidden: u64) -> Result<Model, ConfigError> {
    let positions = c.count("max_position_embeddings")?;
    if c.flag_or("position_biased_input", true)? {
        model = table(model, "embeddings.position_embeddings", positions, hidden);
    }
    let types = c.count_or("type_vocab_size", 0)?;
    if types > 0 {
        model = table(model, "embeddings.token_type_embeddings", types, hidden);
    }
    if c.flag_or("relative_attention", false)? {
        // A negative count stands for "none".
        let stated = |key| c.get(key).and_then(serde_json::Value::as_u64).filter(|count| *count > 0);
        let distances =
            stated("position_buckets").or_else(|| stated("max_relative_positions")).unwrap_or(positions);
        if distances > 1 << 28 {
            return Err(c.invalid("position_buckets", "at most 2^28"));
        }
        model = table(model, "encoder.rel_embeddings", 2 * distances, hidden);
    }
    if c.text("norm_rel_ebd")?.unwrap_or_default().split('|').any(|kind| kind.trim() == "layer_norm") {
        norm(&mut model, "encoder.LayerNorm", hidden);
    }
    let kernel = c.count_or("conv_kernel_size", 0)?;
    if kernel > 0 {
        if c.count_or("conv_groups", 1)? != 1 {
            return Err(c.unsupported("conv_groups is not 1"));
        }
        project(&mut model, "encoder.conv.conv", hidden, hidden.saturating_mul(kernel));
        norm(&mut model, "encoder.conv.LayerNorm", hidden);
    }
    Ok(model)
}

/// The bare model has no pooler; classifiers of sequences bring one.
fn finish(c: &Config<'_>, mut model: Model, hidden: u64) -> Result<Model, ConfigError> {
    let class = head::class(c)?.unwrap_or("Model");
    let labels = || head::labels(c);
    match class.split_once("For").map(|(_, task)| task) {
        None => {}
        Some("SequenceClassification") => {
            project(&mut model, "pooler.dense", hidden, hidden);
            project(&mut model, "classifier", labels()?, hidden);
        }
        Some("TokenClassification") => project(&mut model, "classifier", labels()?, hidden),
        Some("MaskedLM") => {
            if !c.flag_or("legacy", true)? {
                return Err(c.unsupported("legacy is false: the head of that kind is not known"));
            }
            predictions(c, &mut model, hidden)?;
        }
        Some("QuestionAnswering") => project(&mut model, "qa_outputs", labels()?, hidden),
        Some(_) => {
            let class: String = class.chars().take(60).collect();
            return Err(c.unsupported(format!("the head of {class:?} is not known")));
        }
    }
    Ok(model)
}

/// The head that fills in masked words: a dense block with a norm, and the embedding with a bias.
fn predictions(c: &Config<'_>, model: &mut Model, hidden: u64) -> Result<(), ConfigError> {
    project(model, "cls.predictions.transform.dense", hidden, hidden);
    norm(model, "cls.predictions.transform.LayerNorm", hidden);
    let mut head = vec![
        Weight::matrix("", Role::LmHead, model.vocab, hidden),
        Weight::vector("", Role::Other, model.vocab),
    ];
    if Tie::UnlessStated.read(c)? {
        head = head.into_iter().map(Weight::alias).collect();
    }
    let bias = Weight::vector("bias", Role::Other, model.vocab);
    model.components.push(Component::text("cls.predictions", vec![bias]));
    model.components.push(Component::text("cls.predictions.decoder", head));
    Ok(())
}
