//! Pipeline stages: which layers each holds, and the weights of one rank.

use core::ops::Range;
use std::collections::BTreeMap;

use super::Plan;
use crate::{
    model::{ComponentKind, FormatRules, Model, Role, Storage, Weight},
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
    /// Bytes by component; they sum to the total.
    pub by_component: BTreeMap<&'static str, Bytes>,
    /// The format of its routed experts' matrices, if it has any.
    pub expert_format: Option<Format>,
}

impl StageWeights {
    /// All bytes of the rank.
    pub fn total(&self) -> Bytes {
        self.by_component.values().copied().sum()
    }

    fn add(&mut self, component: &'static str, bytes: Bytes) {
        *self.by_component.entry(component).or_default() += bytes;
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

    /// The weights on one rank of every stage, under `rules`.
    ///
    /// Embeddings, towers and encoders stand on the first stage, the final norm and the head on the last; a tied head
    /// is a copy of its own where first and last differ. Multi-token prediction is left out.
    pub fn stage_weights(self, model: &Model, rules: &(impl FormatRules + ?Sized)) -> Vec<StageWeights> {
        let mut stages: Vec<StageWeights> = (0..)
            .zip(self.stage_layers(model))
            .map(|(stage, layers)| StageWeights {
                stage,
                layers,
                by_component: BTreeMap::new(),
                expert_format: None,
            })
            .collect();
        let last = stages.len() - 1;
        let mut tied: Option<(Weight, Format)> = None;
        model.visit_formats(rules, |layer, weight, format| {
            let stage = match layer {
                Some(layer) => stages.iter().position(|stage| stage.layers.contains(&layer)).unwrap_or(last),
                None if outer_is_last(weight) => last,
                None => 0,
            };
            if weight.role.is_expert() && !weight.is_vector() {
                stages[stage].expert_format = Some(format);
            }
            if weight.role == Role::Embedding {
                tied = Some((weight.clone(), format));
            }
            let bytes = match &tied {
                Some((embedding, format))
                    if last > 0 && weight.role == Role::LmHead && weight.storage == Storage::Alias =>
                {
                    self.weight_bytes_on_rank(embedding, *format)
                }
                _ => self.weight_bytes_on_rank(weight, format),
            };
            stages[stage].add(weight.role.component(), bytes);
        });
        stages
    }

    /// The multi-token-prediction weights on one rank of the last stage, in `format`.
    pub fn multi_token_bytes(self, model: &Model, format: Format) -> Bytes {
        let blocks = model.components.iter().filter(|component| component.kind == ComponentKind::MultiToken);
        blocks
            .flat_map(|component| &component.weights)
            .map(|weight| self.weight_bytes_on_rank(weight, format))
            .sum()
    }
}

/// Whether a weight outside the layers stands at the end of the pipeline.
const fn outer_is_last(weight: &Weight) -> bool {
    matches!(weight.role, Role::LmHead | Role::Norm)
}
