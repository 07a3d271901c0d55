//! The model of a row: its configuration, or a plain decoder of the shape that its columns state.

use slipstick_core::{
    model::{
        Component, Layer, Model, Role, Weight,
        blocks::{FeedForward, GroupedQuery, NormKind},
    },
    numeric::ScalarFormat,
    training::Shape,
};

use super::request::layers;
use crate::validate::{Cells, Models};

/// A plain decoder, where the row has no configuration or its shape differs from it.
///
/// # Errors
/// If the row has neither configuration nor complete shape.
pub(super) fn shape(cells: &Cells<'_>, models: &Models<'_>) -> Result<Option<Shape>, String> {
    let run = ["hidden_run", "layers_run", "heads_run", "kv_heads_run", "ffn_run", "vocab_run"];
    let differs = run.iter().any(|column| !cells.get(column).is_empty());
    let known = models.argument(cells);
    if known.is_ok() && !differs {
        return Ok(None);
    }
    let count = |own: &str, recorded: &str| {
        cells.count(&[own, recorded]).ok_or_else(|| match &known {
            Err(reason) => format!("{reason}, and its shape lacks {recorded}"),
            Ok(_) => format!("its shape lacks {recorded}"),
        })
    };
    let (hidden, depth) = (count("hidden_run", "hidden")?, count("layers_run", "layers")?);
    let heads = count("heads_run", "heads")?;
    let kv_heads = cells.count(&["kv_heads_run", "kv_heads"]).unwrap_or(heads);
    let gated = cells.get("mlp") == "swiglu";
    let inner = cells.count(&["ffn_run", "ffn"]).unwrap_or(if gated { hidden * 8 / 3 } else { 4 * hidden });
    let vocab = cells.count(&["vocab_run", "vocab"]).unwrap_or(51_200);
    let kept = layers(cells, "layers_kept").map_or(depth, |kept| kept as u64);
    let tied = cells.get("tied_embeddings") == "yes";
    let mut model = decoder([hidden, kept, heads, kv_heads, inner, vocab], gated, tied);
    if !gated {
        learn_positions(&mut model, cells.count(&["sequence_length", "seq", "sequence"]));
    }
    Ok(Some(Shape::of(&model)))
}

/// A configuration with another depth.
///
/// # Errors
/// If it cannot be read.
pub(super) fn changed(cells: &Cells<'_>, model: &str, models: &Models<'_>) -> Result<Option<Shape>, String> {
    let kept = layers(cells, "layers_kept");
    let dense = layers(cells, "dense_layers");
    let Some(kept) = kept.filter(|kept| *kept > 0) else { return Ok(None) };
    let model = models.resolver().model(model, false).map_err(|error| error.to_string())?;
    Ok(Some(Shape::of(&model.model).truncated(kept, dense)))
}

/// Plain decoders learned a vector for each position of their longest sequence.
fn learn_positions(model: &mut Model, longest: Option<u64>) {
    let Some(longest) = longest else { return };
    let table = Weight::matrix("", Role::Table, longest, model.hidden);
    model.components.push(Component::text("model.embed_positions", vec![table]));
    model.max_context = Some(longest);
}

fn decoder([hidden, depth, heads, kv_heads, inner, vocab]: [u64; 6], gated: bool, tied: bool) -> Model {
    let attention = GroupedQuery::new(hidden, heads, kv_heads, hidden / heads).with_bias(!gated, !gated);
    let feed_forward =
        if gated { FeedForward::gated(hidden, inner) } else { FeedForward::plain(hidden, inner, true) };
    let norm = if gated { NormKind::Rms } else { NormKind::Layer };
    let layer = Layer::default()
        .with(norm.weights("input_layernorm", hidden))
        .with(attention.weights())
        .with(norm.weights("post_attention_layernorm", hidden))
        .with(feed_forward.weights())
        .mix(attention.mixer());
    let head = Weight::matrix("lm_head", Role::LmHead, vocab, hidden);
    let components = vec![
        Component::text("model.embed_tokens", vec![Weight::matrix("", Role::Embedding, vocab, hidden)]),
        Component::text("model.norm", norm.weights("", hidden)),
        Component::text("lm_head", vec![if tied { head.alias() } else { head }]),
    ];
    Model {
        model_type: String::new(),
        hidden,
        vocab,
        layers: vec![layer; usize::try_from(depth).unwrap_or(0)],
        layers_path: "model.layers".into(),
        components,
        max_context: None,
        dtype: ScalarFormat::Bf16,
    }
}
