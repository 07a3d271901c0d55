//! What memory is for, phase by phase.

use super::{
    Adapter, eager, frozen,
    memory::{Frozen, gathered, head_copy, kept, live, unfreed},
};
use crate::{
    formulas::training::states::sharded,
    quantity::{Detail as D, Quantity},
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
    /// The number that says so.
    pub from: Quantity,
}

/// What the memory of the fullest stage is for in each phase. The items of a phase sum to its peak.
pub fn items(job: &Job<'_>) -> Vec<Item> {
    let stages = (0..job.layout.pp).max_by_key(|stage| phases(job, *stage).map(|phase| phase.peak()).max());
    let stage = stages.unwrap_or(0);
    let mut items = Vec::new();
    let all: Vec<StageMemory> = phases(job, stage).collect();
    let first = usize::try_from(stage).unwrap_or(0) * all.len();
    for (place, memory) in all.iter().enumerate() {
        let row = first + place;
        let parts = match eager(job) {
            Some(adapter) => beside_frozen(job, adapter, memory, row),
            None => plain(memory, row),
        };
        let some = parts.into_iter().filter(|(_, bytes, _)| *bytes > Bytes::ZERO);
        items.extend(some.map(|(name, bytes, from)| Item { phase: memory.phase, name, bytes, from }));
    }
    items
}

/// A part: its name, its bytes, and the number that says so.
type Part = (&'static str, Bytes, Quantity);

/// The parts of a phase where all weights are trained.
fn plain(memory: &StageMemory, row: usize) -> Vec<Part> {
    let parts = [
        ("weights", memory.weights),
        ("gradients", memory.gradients),
        ("optimizer state", memory.optimizer),
        ("activations kept for the backward pass", memory.activations),
        ("logits and their copies", memory.logits),
        ("buckets and workspaces", memory.buffers),
        (transient(memory.phase), memory.transient),
    ];
    let named = parts.into_iter().enumerate();
    let from = |part: usize| match part {
        0 => D::OwnWeights(row).into(),
        part => Quantity::StagePart(row, part),
    };
    named.map(|(part, (name, bytes))| (name, bytes, from(part))).collect()
}

const fn transient(phase: Phase) -> &'static str {
    match phase {
        Phase::OptimizerStep => "a copy of the trained weights while all are stepped at once",
        Phase::ForwardBackward | Phase::Forward | Phase::Loss | Phase::Backward | Phase::Generation => {
            "one layer's activations and gathered weights"
        }
    }
}

fn beside_frozen(job: &Job<'_>, adapter: &Adapter, memory: &StageMemory, row: usize) -> Vec<Part> {
    let held = frozen(job, adapter, memory.stage);
    let (ranks, _) = shares(job, Sharding::Weights);
    let base = held.layers.split(if adapter.base_shared { ranks } else { 1 });
    let trained = if adapter.is_on_matrices() { "adapters" } else { "trained layers" };
    let own = |part: usize| Quantity::StagePart(row, part);
    let mut parts: Vec<Part> = vec![
        ("frozen layers", base, D::FrozenBase(row).into()),
        ("embeddings, head and norms", held.outer.split(ranks), D::OuterShare(row).into()),
        (trained, sharded(held.trained, adapter.bytes as f64, ranks), D::TrainedWeights(row).into()),
        ("gradients", memory.gradients, own(1)),
        ("optimizer state", memory.optimizer, own(2)),
        ("buckets and workspaces", memory.buffers, own(5)),
    ];
    match memory.phase {
        Phase::Loss => {
            parts.push((kept_name(job), memory.activations, own(3)));
            parts.push(("logits and their copies", memory.logits, own(4)));
            let copy = head_copy(job, adapter, memory.stage + 1 == job.layout.pp);
            parts.push((COPIES, copy, D::HeadCopy(row).into()));
            parts.push(("gathered weights", memory.transient.saturating_sub(copy), D::RootUnit(row).into()));
        }
        Phase::Backward => parts.extend(backward(job, adapter, memory, (&held, row))),
        Phase::OptimizerStep | Phase::ForwardBackward | Phase::Forward | Phase::Generation => {
            parts.push((transient(memory.phase), memory.transient, own(6)));
        }
    }
    parts
}

/// What the backward pass of a stage holds beside what is frozen.
fn backward(
    job: &Job<'_>,
    adapter: &Adapter,
    memory: &StageMemory,
    (held, row): (&Frozen, usize),
) -> [Part; 6] {
    let (_, again) = kept(job, adapter, memory.stage);
    let unfreed = Bytes::new(unfreed(job, again));
    let [layer, gradients, copies] = live(job, adapter, memory.stage, again > 0);
    let (root, unit) = gathered(job, adapter, held);
    [
        (kept_name(job), memory.activations.saturating_sub(unfreed), D::StageKept(row).into()),
        ("gradients of layers' inputs, freed at the end", unfreed, D::Unfreed(row).into()),
        ("one layer computed again", Bytes::new(layer), D::AgainLayer(row).into()),
        ("gradients inside a layer", Bytes::new(gradients), D::InnerGradients(row).into()),
        (COPIES, Bytes::new(copies), D::Dequantized(row).into()),
        ("gathered weights", root + unit, D::Units(row).into()),
    ]
}

const COPIES: &str = "copies of frozen weights in 16 bit";

const fn kept_name(job: &Job<'_>) -> &'static str {
    if matches!(job.recipe.recompute, Recompute::Full) {
        "inputs of layers"
    } else {
        "activations kept for the backward pass"
    }
}
