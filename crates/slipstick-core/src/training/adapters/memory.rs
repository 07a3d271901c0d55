//! Memory of a step beside frozen weights.

use super::{Adapter, kept::gradients};
use crate::{
    formulas::training::states::sharded,
    quantity::Detail as D,
    trace::{Unheard, model},
    training::{
        Block, Job, Phase, Sharding, StageMemory,
        activations::{Spot, kept_scores, logits, tokens},
        memory::{blocks, outer, shares},
    },
    units::Bytes,
};

/// Frozen weights and trained parameters of a stage on one rank.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::training) struct Frozen {
    /// Bytes of frozen layers.
    pub(super) layers: Bytes,
    /// Bytes of embeddings, head and last norm.
    pub(super) outer: Bytes,
    /// Bytes of the largest layer.
    pub(super) largest: Bytes,
    /// Trained parameters.
    pub(in crate::training) trained: u64,
}

/// The adapters of an eager framework, whose tensors are counted one by one.
pub(in crate::training) fn eager<'a>(job: &Job<'a>) -> Option<&'a Adapter> {
    job.recipe.adapter.as_ref().filter(|_| job.stack.eager)
}

/// What a stage holds.
pub(in crate::training) fn frozen(job: &Job<'_>, adapter: &Adapter, stage: u64) -> Frozen {
    let tp = job.layout.tp;
    let mut frozen = Frozen { outer: Bytes::new(outer(job, stage) * adapter.wide()), ..Frozen::default() };
    for (count, block) in blocks(job, stage) {
        let layer = adapter.layer(block).split(tp);
        frozen.layers += layer.times(count);
        frozen.largest = frozen.largest.max(layer);
        if adapter.is_on_matrices() {
            frozen.trained += count * adapter.of_block(block) / tp;
        }
    }
    let last = stage + 1 == job.layout.pp;
    if !adapter.is_on_matrices() && last {
        frozen.trained = adapter.parameters(job.shape) / tp;
        // Trained layers are held as trained elements, not beside them.
        frozen.layers = frozen.layers.saturating_sub(Bytes::new(2 * frozen.trained));
    }
    if adapter.is_on_matrices() && last && adapter.targets.has(super::Targets::HEAD) {
        frozen.trained += adapter.rank * (job.shape.hidden + job.shape.vocab) / tp;
    }
    frozen
}

/// Weights, gradients and optimizer state.
pub(in crate::training) fn states(job: &Job<'_>, adapter: &Adapter, frozen: &Frozen) -> [Bytes; 3] {
    let (ranks, _) = shares(job, Sharding::Weights);
    let (gradient_ranks, _) = shares(job, Sharding::Gradients);
    let (optimizer_ranks, _) = shares(job, Sharding::Optimizer);
    let base = frozen.layers.split(if adapter.base_shared { ranks } else { 1 });
    let width = adapter.bytes as f64;
    [
        base + frozen.outer.split(ranks) + sharded(frozen.trained, width, ranks),
        sharded(frozen.trained, width, gradient_ranks),
        sharded(frozen.trained, adapter.moments(job.recipe.optimizer), optimizer_ranks),
    ]
}

/// The loss and the backward pass of the layers, from what is held at rest.
pub(in crate::training) fn phases(
    job: &Job<'_>,
    adapter: &Adapter,
    frozen: &Frozen,
    resting: StageMemory,
) -> [StageMemory; 2] {
    let stage = resting.stage;
    let last = stage + 1 == job.layout.pp;
    let (kept, again) = kept(job, adapter, stage);
    let (root, unit) = gathered(job, adapter, frozen);
    let gradients = flat_gradients(job, adapter, frozen).unwrap_or(resting.gradients);
    let loss = StageMemory {
        phase: Phase::Loss,
        activations: Bytes::new(kept),
        logits: if last { logits(job) } else { Bytes::ZERO },
        transient: root + head_copy(job, adapter, last),
        // Gradients are there only if an earlier micro-batch left them.
        gradients: if job.batch.accumulation > 1 { gradients } else { Bytes::ZERO },
        ..resting
    };
    let backward = StageMemory {
        phase: Phase::Backward,
        activations: Bytes::new(kept + unfreed(job, again)),
        transient: root + unit + Bytes::new(live(job, adapter, stage, again > 0).iter().sum()),
        gradients,
        ..resting
    };
    [loss, backward]
}

/// Gradients of flat parameters, which cover the frozen weights in them: whole on each rank while micro-batches add to them,
/// and shared out at once where there is but one.
pub(super) fn flat_gradients(job: &Job<'_>, adapter: &Adapter, frozen: &Frozen) -> Option<Bytes> {
    let flat = job.stack.flat_gradients && job.recipe.sharding == Sharding::Weights;
    let ranks = shares(job, Sharding::Weights).0;
    let is_wide = adapter.is_on_matrices() && !adapter.base.is_quantized();
    let held = if job.batch.accumulation > 1 { 1 } else { ranks };
    (flat && ranks > 1 && is_wide).then(|| frozen.layers.split(held) + frozen.outer.split(held))
}

/// An output head in fp32 is multiplied with in 16 bit, and its copy is kept for the backward pass.
pub(super) fn head_copy(job: &Job<'_>, adapter: &Adapter, last: bool) -> Bytes {
    if adapter.upcast && last { Bytes::new(2 * job.shape.head_products) } else { Bytes::ZERO }
}

/// What all layers keep, and how many of them keep their input alone.
pub(super) fn kept(job: &Job<'_>, adapter: &Adapter, stage: u64) -> (u64, u64) {
    let most = job.recipe.recompute.layers();
    let width = if adapter.upcast { 4 } else { 2 };
    let input = if job.recipe.offload.activations {
        0
    } else {
        tokens(job, width * job.shape.hidden, (Unheard, D::LayerInput), model("B"))
    };
    let (mut bytes, mut left, mut again) = (0, most, 0);
    // Whole layers are trained from the last one back: what is below them keeps nothing.
    let mut trained = if adapter.is_on_matrices() { u64::MAX } else { adapter.rank };
    let mut kinds: Vec<(u64, &Block)> = blocks(job, stage).collect();
    kinds.reverse();
    for (count, block) in kinds {
        let own = count.min(trained);
        trained -= own;
        let repeated = own.min(left);
        left -= repeated;
        again += repeated;
        let anyway = tokens_held(job, adapter.held_anyway(block));
        bytes += repeated * (input + anyway) + (own - repeated) * (layer(job, adapter, block) + anyway);
    }
    (bytes, again)
}

/// So many bytes of each token of a micro-batch, on one tensor-parallel rank.
fn tokens_held(job: &Job<'_>, each: u64) -> u64 {
    job.batch.micro_tokens() / job.layout.cp * each / job.layout.tp
}

/// A layer's own.
fn layer(job: &Job<'_>, adapter: &Adapter, block: &Block) -> u64 {
    tokens_held(job, adapter.kept(block, job.shape.hidden, job.stack.frozen_inputs))
        + kept_scores(job, block, job.recipe.recompute.parts(), Spot::unheard())
        + adapter.merged(block) / job.layout.tp
}

/// What lives while one layer is worked on: the layer computed again, its gradients, copies of its weights.
pub(super) fn live(job: &Job<'_>, adapter: &Adapter, stage: u64, again: bool) -> [u64; 3] {
    let all = blocks(job, stage).map(|(_, block)| live_of(job, adapter, block, again));
    all.max_by_key(|parts| parts.iter().sum::<u64>()).unwrap_or_default()
}

/// The same of one kind of layer.
pub(super) fn live_of(job: &Job<'_>, adapter: &Adapter, block: &Block, again: bool) -> [u64; 3] {
    let tp = job.layout.tp;
    let wide = if adapter.upcast { 2 } else { 1 };
    let [widest, second] =
        gradients(adapter, block, job.shape.hidden).map(|bytes| wide * tokens_held(job, bytes));
    let copies = adapter.copies(block) / tp;
    let whole = if again { layer(job, adapter, block) } else { 0 };
    if widest >= second + copies { [whole, widest, 0] } else { [whole, second, copies] }
}

/// The root unit and one layer, whole, where ranks share weights.
pub(super) fn gathered(job: &Job<'_>, adapter: &Adapter, frozen: &Frozen) -> (Bytes, Bytes) {
    if job.recipe.sharding != Sharding::Weights || shares(job, Sharding::Weights).0 == 1 {
        return (Bytes::ZERO, Bytes::ZERO);
    }
    let units = (job.stack.live_units - 1.0).max(0.0);
    let layer = if adapter.base_shared { Bytes::ceil(frozen.largest.as_f64() * units) } else { Bytes::ZERO };
    (frozen.outer, layer)
}

/// Where ranks share weights, gradients of layers' inputs outlive their layers until the pass is over.
pub(super) fn unfreed(job: &Job<'_>, again: u64) -> u64 {
    if shares(job, Sharding::Weights).0 == 1 {
        return 0;
    }
    again.saturating_sub(2) * tokens(job, 2 * job.shape.hidden, (Unheard, D::LayerInput), model("B"))
}
