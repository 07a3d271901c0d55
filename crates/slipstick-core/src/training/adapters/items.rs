//! What memory is for, phase by phase.

use super::{
    Adapter, eager, frozen,
    memory::{gathered, head_copy, kept, live, unfreed},
};
use crate::{
    formulas::training::states::sharded,
    training::{
        Job, Phase, Recompute, Sharding, StageMemory,
        memory::{phases, shares},
    },
    units::Bytes,
};

/// What some memory of a phase is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The phase.
    pub phase: Phase,
    /// What it is for.
    pub name: &'static str,
    /// How much it is.
    pub bytes: Bytes,
}

/// What the memory of the fullest stage is for in each phase. The items of a phase sum to its peak.
pub fn items(job: &Job<'_>) -> Vec<Item> {
    let stages = (0..job.layout.pp).max_by_key(|stage| phases(job, *stage).map(|phase| phase.peak()).max());
    let stage = stages.unwrap_or(0);
    let mut items = Vec::new();
    for memory in phases(job, stage) {
        let parts = match eager(job) {
            Some(adapter) => beside_frozen(job, adapter, &memory),
            None => plain(&memory).to_vec(),
        };
        let some = parts.into_iter().filter(|(_, bytes)| *bytes > Bytes::ZERO);
        items.extend(some.map(|(name, bytes)| Item { phase: memory.phase, name, bytes }));
    }
    items
}

/// The parts of a phase where all weights are trained.
const fn plain(memory: &StageMemory) -> [(&'static str, Bytes); 7] {
    [
        ("weights", memory.weights),
        ("gradients", memory.gradients),
        ("optimizer state", memory.optimizer),
        ("activations kept for the backward pass", memory.activations),
        ("logits and their copies", memory.logits),
        ("buckets and workspaces", memory.buffers),
        (transient(memory.phase), memory.transient),
    ]
}

const fn transient(phase: Phase) -> &'static str {
    match phase {
        Phase::OptimizerStep => "a copy of the trained weights while all are stepped at once",
        Phase::ForwardBackward | Phase::Forward | Phase::Loss | Phase::Backward | Phase::Generation => {
            "one layer's activations and gathered weights"
        }
    }
}

fn beside_frozen(job: &Job<'_>, adapter: &Adapter, memory: &StageMemory) -> Vec<(&'static str, Bytes)> {
    let held = frozen(job, adapter, memory.stage);
    let (ranks, _) = shares(job, Sharding::Weights);
    let base = held.layers.split(if adapter.base_shared { ranks } else { 1 });
    let trained = if adapter.is_on_matrices() { "adapters" } else { "trained layers" };
    let mut parts = vec![
        ("frozen layers", base),
        ("embeddings, head and norms", held.outer.split(ranks)),
        (trained, sharded(held.trained, adapter.bytes as f64, ranks)),
        ("gradients", memory.gradients),
        ("optimizer state", memory.optimizer),
        ("buckets and workspaces", memory.buffers),
    ];
    match memory.phase {
        Phase::Loss => {
            parts.push((kept_name(job), memory.activations));
            parts.push(("logits and their copies", memory.logits));
            let copy = head_copy(job, adapter, memory.stage + 1 == job.layout.pp);
            parts.push((COPIES, copy));
            parts.push(("gathered weights", memory.transient.saturating_sub(copy)));
        }
        Phase::Backward => {
            let (_, again) = kept(job, adapter, memory.stage);
            let unfreed = Bytes::new(unfreed(job, again));
            let [layer, gradients, copies] = live(job, adapter, memory.stage, again > 0);
            let (root, unit) = gathered(job, adapter, &held);
            parts.push((kept_name(job), memory.activations.saturating_sub(unfreed)));
            parts.push(("gradients of layers' inputs, freed at the end", unfreed));
            parts.push(("one layer computed again", Bytes::new(layer)));
            parts.push(("gradients inside a layer", Bytes::new(gradients)));
            parts.push((COPIES, Bytes::new(copies)));
            parts.push(("gathered weights", root + unit));
        }
        Phase::OptimizerStep | Phase::ForwardBackward | Phase::Forward | Phase::Generation => {
            parts.push((transient(memory.phase), memory.transient));
        }
    }
    parts
}

const COPIES: &str = "copies of frozen weights in 16 bit";

const fn kept_name(job: &Job<'_>) -> &'static str {
    if matches!(job.recipe.recompute, Recompute::Full) {
        "inputs of layers"
    } else {
        "activations kept for the backward pass"
    }
}
