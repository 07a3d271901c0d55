//! Pipeline stages: which layers each holds, and the weights of one rank.

use core::{borrow::Borrow, ops::Range};

use super::Plan;
use crate::{
    model::{ComponentKind, FormattedLayers, FormattedModel, Model, Part, Role, Storage, Weight},
    numeric::Format,
    units::Bytes,
};

/// The weights on one rank of a pipeline stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageWeights {
    /// The stage, from 0.
    pub stage: u64,
    /// The decoder layers it holds.
    pub layers: Range<usize>,
    bytes: PartBytes,
    /// The format of its routed experts' matrices, if it has any.
    pub expert_format: Option<Format>,
}

/// Bytes by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct PartBytes([Bytes; Part::ALL.len()]);

impl PartBytes {
    fn add(&mut self, part: Part, bytes: Bytes) {
        self.0[part as usize] += bytes;
    }

    fn add_times(&mut self, other: &Self, count: u64) {
        for (sum, bytes) in self.0.iter_mut().zip(other.0) {
            *sum += bytes.times(count);
        }
    }
}

impl StageWeights {
    /// All bytes of the rank.
    pub fn total(&self) -> Bytes {
        self.bytes.0.iter().copied().sum()
    }

    /// The bytes of a part.
    pub const fn of(&self, part: Part) -> Bytes {
        self.bytes.0[part as usize]
    }

    /// The parts it holds and their bytes, by name; they sum to the total.
    pub fn parts(&self) -> impl Iterator<Item = (Part, Bytes)> {
        Part::ALL.iter().map(|part| (*part, self.of(*part))).filter(|(_, bytes)| *bytes > Bytes::ZERO)
    }
}

/// The decoder layers of each of `stages` stages: equal shares, with what is left over on the stages before the last,
/// which carries the head. This is what serving engines do by default.
///
/// ```
/// # use slipstick_core::plan::stage_layers;
/// assert_eq!(stage_layers(61, 2), [0..31, 31..61]);
/// assert_eq!(stage_layers(10, 4), [0..2, 2..5, 5..8, 8..10]);
/// ```
pub fn stage_layers(layers: usize, stages: usize) -> Vec<Range<usize>> {
    let stages = stages.max(1);
    let (share, extra) = (layers / stages, layers % stages);
    let mut start = 0;
    (0..stages)
        .map(|stage| {
            let from_end = stages - 1 - stage;
            let end = start + share + usize::from((1..=extra).contains(&from_end));
            let range = start..end;
            start = end;
            range
        })
        .collect()
}

impl Plan {
    /// The decoder layers of each stage.
    pub fn stage_layers(self, model: &Model) -> Vec<Range<usize>> {
        // A plan never has more stages than layers, so the conversion keeps the value.
        stage_layers(model.layers.len(), usize::try_from(self.pp()).unwrap_or(usize::MAX))
    }

    /// The weights on one rank of every stage.
    ///
    /// Embeddings, towers and encoders stand on the first stage, the final norm and the head on the last; a tied head
    /// is a copy of its own where first and last differ. Multi-token prediction is left out.
    pub fn stage_weights<M: Borrow<Model>>(self, model: &FormattedModel<M>) -> Vec<StageWeights> {
        let groups: Vec<PartBytes> = model.groups().map(|group| self.layer_on_rank(group)).collect();
        let expert_formats: Vec<Option<Format>> = model.groups().map(expert_format).collect();
        let stages = (0..).zip(self.stage_layers(model.model())).map(|(stage, layers)| {
            let mut held = StageWeights { stage, layers, bytes: PartBytes::default(), expert_format: None };
            for (group, count) in model.runs_among(held.layers.clone()) {
                held.bytes.add_times(&groups[group], count);
                held.expert_format = expert_formats[group].or(held.expert_format);
            }
            held
        });
        let mut stages: Vec<StageWeights> = stages.collect();
        self.add_outer(model, &mut stages);
        stages
    }

    /// One layer on one rank.
    fn layer_on_rank(self, layer: FormattedLayers<'_>) -> PartBytes {
        let mut bytes = PartBytes::default();
        for (weight, format) in layer.weights() {
            bytes.add(weight.role.part(), self.weight_bytes_on_rank(weight, format));
        }
        bytes
    }

    /// Puts what stands outside the layers on the first and the last stage.
    fn add_outer<M: Borrow<Model>>(self, model: &FormattedModel<M>, stages: &mut [StageWeights]) {
        let last = stages.len() - 1;
        let mut embedding: Option<(&Weight, Format)> = None;
        for (weight, format) in model.outer() {
            if weight.role == Role::Embedding {
                embedding = Some((weight, format));
            }
            let copied = last > 0 && weight.role == Role::LmHead && weight.storage == Storage::Alias;
            let (held, format) = embedding.filter(|_| copied).unwrap_or((weight, format));
            let stage = if outer_is_last(weight) { last } else { 0 };
            stages[stage].bytes.add(weight.role.part(), self.weight_bytes_on_rank(held, format));
        }
    }

    /// The multi-token-prediction weights on one rank of the last stage.
    pub fn multi_token_bytes<M: Borrow<Model>>(self, model: &FormattedModel<M>) -> Bytes {
        let blocks = model.outside(|kind| kind == ComponentKind::MultiToken);
        blocks.map(|(weight, format)| self.weight_bytes_on_rank(weight, format)).sum()
    }
}

/// The format of a layer's routed experts' matrices, if it has any.
fn expert_format(layer: FormattedLayers<'_>) -> Option<Format> {
    let experts = layer.weights().filter(|(weight, _)| weight.role.is_expert() && !weight.is_vector());
    experts.last().map(|(_, format)| format)
}

/// Whether a weight outside the layers stands at the end of the pipeline.
const fn outer_is_last(weight: &Weight) -> bool {
    matches!(weight.role, Role::LmHead | Role::Norm)
}
