//! Exact parameter counts.

use std::collections::BTreeMap;

use super::{ComponentKind, Layer, Model, Part, Role, Storage, Weight};
use crate::formulas::parameters::active_parameters;

/// Exact parameter counts of a model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    /// Every stored parameter once; multi-token prediction apart.
    pub total: u64,
    /// The same with every alias counted again.
    pub total_untied: u64,
    /// What one token passes through: total less the routed experts that are not chosen.
    pub active: u64,
    /// The token embedding.
    pub embedding: u64,
    /// The output head; 0 when it is tied to the embedding.
    pub lm_head: u64,
    /// All routed experts.
    pub experts: u64,
    /// Multi-token-prediction blocks, not in the total.
    pub multi_token: u64,
    /// Stored parameters by component; they sum to the total.
    pub by_component: BTreeMap<&'static str, u64>,
}

/// Sums over weights.
#[derive(Default)]
struct Sums {
    counts: Parameters,
    /// Experts that a token does not choose.
    idle: u64,
    /// Neighbours are mostly of a few parts: a list is faster than a map of names.
    parts: Vec<(Part, u64)>,
}

impl Sums {
    fn of<'a>(weights: impl IntoIterator<Item = &'a Weight>) -> Self {
        let mut sums = Self::default();
        let counts = &mut sums.counts;
        for weight in weights {
            let all = weight.parameters();
            if weight.storage != Storage::Reused {
                counts.total_untied = counts.total_untied.saturating_add(all);
            }
            if !weight.is_stored() {
                continue;
            }
            counts.total = counts.total.saturating_add(all);
            sums.idle = sums.idle.saturating_add(all - weight.active_parameters().min(all));
            match weight.role {
                Role::Embedding => counts.embedding = counts.embedding.saturating_add(all),
                Role::LmHead => counts.lm_head = counts.lm_head.saturating_add(all),
                role if role.is_expert() => counts.experts = counts.experts.saturating_add(all),
                _ => {}
            }
            add_part(&mut sums.parts, weight.role.part(), all);
        }
        sums
    }

    fn add(&mut self, other: &Self) {
        let (all, own) = (&mut self.counts, &other.counts);
        for (sum, more) in [
            (&mut all.total, own.total),
            (&mut all.total_untied, own.total_untied),
            (&mut all.embedding, own.embedding),
            (&mut all.lm_head, own.lm_head),
            (&mut all.experts, own.experts),
            (&mut self.idle, other.idle),
        ] {
            *sum = sum.saturating_add(more);
        }
        other.parts.iter().for_each(|(part, sum)| add_part(&mut self.parts, *part, *sum));
    }
}

fn add_part(parts: &mut Vec<(Part, u64)>, part: Part, more: u64) {
    match parts.iter_mut().find(|(known, _)| *known == part) {
        Some((_, sum)) => *sum = sum.saturating_add(more),
        None => parts.push((part, more)),
    }
}

impl Model {
    /// Counts every parameter.
    pub fn parameters(&self) -> Parameters {
        let mut sums = Sums::default();
        let outer = self.components.iter().filter(|component| component.kind != ComponentKind::MultiToken);
        sums.add(&Sums::of(outer.flat_map(|component| &component.weights)));
        let mut last: Option<(&Layer, Sums)> = None;
        for layer in &self.layers {
            // Neighbours are mostly equal.
            let same = last.take().filter(|(known, _)| *known == layer);
            let (_, own) = last.insert(same.unwrap_or_else(|| (layer, Sums::of(&layer.weights))));
            sums.add(own);
        }
        let Sums { mut counts, idle, parts } = sums;
        counts.by_component = parts.into_iter().map(|(part, sum)| (part.name(), sum)).collect();
        counts.active = active_parameters(counts.total, idle);
        counts.multi_token = self.multi_token_weights().map(Weight::parameters).fold(0, u64::saturating_add);
        counts
    }

    /// Whether the output head is the embedding under another name.
    pub fn has_tied_embeddings(&self) -> bool {
        let outer = self.components.iter().flat_map(|component| &component.weights);
        outer.into_iter().any(|weight| weight.role == Role::LmHead && !weight.is_stored())
    }
}
