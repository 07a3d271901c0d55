//! A model as its tensor table says: for architectures of llama.cpp that no configuration of transformers describes.
//!
//! Weights are the file's own. What is remembered follows llama.cpp's formulas (`llama-hparams.cpp`, `llama-model.cpp`
//! `create_memory`, each architecture's `load_arch_hparams`; read 2026-08 and 2026-11).

mod kept;
mod mixers;
mod weights;

use std::collections::BTreeMap;

use slipstick_core::{
    model::{Component, ComponentKind, Layer, Model, Role, Weight},
    numeric::ScalarFormat,
};

use super::{
    GgufConfigError,
    fields::Fields,
    row::{layers, vocabulary},
};
use crate::{config::Imported, gguf::Gguf};
use kept::{KEPT, Kept};
use mixers::Mixers;
use weights::{Sizes, weights};

/// The model that a file's tensors make, if its architecture is one of those that are read so.
///
/// # Errors
/// If the file lacks or contradicts what its architecture needs.
pub fn model(gguf: &Gguf) -> Result<Option<Imported>, GgufConfigError> {
    if gguf.is_projector() {
        return Ok(None);
    }
    let fields = Fields::new(gguf)?;
    let Some(kept) = KEPT.iter().find(|kept| kept.names.contains(&fields.arch())) else { return Ok(None) };
    let model = assembled(gguf, &fields, kept)?;
    let parameters = model.parameters();
    Ok(Some(Imported { model, parameters, assumed: Vec::new(), assumed_architecture: false }))
}

/// The names of these architectures.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    KEPT.iter().flat_map(|kept| kept.names).copied()
}

fn assembled(gguf: &Gguf, fields: &Fields<'_>, kept: &Kept) -> Result<Model, GgufConfigError> {
    let hidden = fields.count("embedding_length")?;
    let vocab = vocabulary(fields)?.unwrap_or(0);
    let own = layers(fields)?.unwrap_or(0);
    let mixers = Mixers::read(fields, kept, own)?;
    let mut parts = Parts::read(gguf, fields, &mixers)?;
    let of = |(index, mixer)| {
        let layer = Layer::default().with(parts.layers.remove(&index).unwrap_or_default());
        if mixers::attends(&layer.weights) { layer.mix(mixer) } else { layer }
    };
    let layers: Vec<Layer> = (0..own).zip(mixers.all()).map(of).collect();
    // Layers behind those of the model predict further tokens.
    let predicting = parts.layers.into_values().map(|weights| Component {
        path: "nextn".into(),
        kind: ComponentKind::MultiToken,
        weights: weights.into_iter().map(|weight| weight.with_role(Role::MultiToken)).collect(),
    });
    let mut components = parts.outer;
    if kept.is_tied && !fields.has_tensor("output.weight") {
        components
            .push(Component::text("output", vec![Weight::matrix("", Role::LmHead, vocab, hidden).alias()]));
    }
    components.extend(predicting);
    Ok(Model {
        model_type: fields.arch().to_owned(),
        hidden,
        vocab,
        layers,
        layers_path: "blk".into(),
        components,
        max_context: fields.optional("context_length")?,
        dtype: ScalarFormat::Bf16,
    })
}

/// Weights by layer, and what stands outside them.
#[derive(Default)]
struct Parts {
    layers: BTreeMap<u64, Vec<Weight>>,
    outer: Vec<Component>,
}

impl Parts {
    fn read(gguf: &Gguf, fields: &Fields<'_>, mixers: &Mixers) -> Result<Self, GgufConfigError> {
        let mut parts = Self::default();
        let all = fields.count("block_count")?;
        let active = fields.optional("expert_used_count")?.unwrap_or(0);
        for tensor in &gguf.file.tensors {
            let (layer, part) = crate::gguf::place(&tensor.name);
            let Some(layer) = layer.map(|layer| layer as u64) else {
                let sizes = Sizes { active, heads: None };
                let weights = weights(tensor, part, &sizes);
                if !weights.is_empty() {
                    parts.outer.push(Component::text(part.to_owned(), weights));
                }
                continue;
            };
            if layer >= all {
                return Err(fields.invalid("block_count", "fewer than the layers of its tensors"));
            }
            let sizes = Sizes { active, heads: mixers.rows_of(layer) };
            parts.layers.entry(layer).or_default().extend(weights(tensor, part, &sizes));
        }
        Ok(parts)
    }
}
