//! Memory of a training step, by pipeline stage and phase.

use super::{
    Block, Job, Optimizer, Recompute, Sharding,
    activations::{activations, logits},
    adapters,
    explained::{self, Share},
    passes,
};
use crate::{
    formulas::{parts::total, training::states::sharded},
    numeric::ScalarFormat,
    quantity::Detail,
    trace::{Input, Trace, Unheard, asked, layout, model, rules},
    traced,
    units::Bytes,
};

/// What a stage is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Forward and backward passes, at their peak.
    ForwardBackward,
    /// The forward pass, to the loss.
    Forward,
    /// The loss's own backward pass, where logits are held.
    Loss,
    /// The backward pass of the layers.
    Backward,
    /// Sampling, where a rollout engine has the accelerator.
    Generation,
    /// The optimizer's step.
    OptimizerStep,
}

impl Phase {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForwardBackward => "forward_backward",
            Self::Forward => "forward",
            Self::Loss => "loss",
            Self::Backward => "backward",
            Self::Generation => "generation",
            Self::OptimizerStep => "optimizer_step",
        }
    }
}

/// What one accelerator of a stage holds in a phase, as its allocator counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageMemory {
    /// The stage, from 0.
    pub stage: u64,
    /// The phase.
    pub phase: Phase,
    /// Weights.
    pub weights: Bytes,
    /// Gradients.
    pub gradients: Bytes,
    /// Moments and the master copy.
    pub optimizer: Bytes,
    /// What is kept for the backward pass.
    pub activations: Bytes,
    /// Logits and their gradient.
    pub logits: Bytes,
    /// Buckets and placeholders that stay.
    pub buffers: Bytes,
    /// What lives for one layer, or for the optimizer's step.
    pub transient: Bytes,
    /// What lies in the host's memory instead.
    pub host: Bytes,
}

impl StageMemory {
    /// All of it.
    pub fn peak(&self) -> Bytes {
        self.states() + self.activations + self.logits + self.buffers + self.transient
    }

    /// What is held all the time.
    pub fn states(&self) -> Bytes {
        self.weights + self.gradients + self.optimizer
    }
}

/// Parameters of one stage on one rank.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    /// Of matrices that are split by tensor parallelism, as one rank has them; norms and routers whole.
    pub(super) matrices: u64,
    /// Of embeddings, head and last norm.
    pub(super) outer: u64,
    /// Of routed experts.
    pub(super) experts: u64,
    /// Of the largest unit that is gathered at once.
    pub(super) unit: u64,
    /// What is frozen, and what is trained beside it.
    frozen: adapters::Frozen,
}

impl Held {
    /// All of the model's own.
    pub(super) const fn all(&self) -> u64 {
        self.matrices + self.outer + self.experts
    }
}

/// Stages of a step and their phases; stages with equal memory are not merged.
pub fn stages(job: &Job<'_>) -> Vec<StageMemory> {
    (0..job.layout.pp).flat_map(|stage| phases(job, stage)).collect()
}

/// A stage in each of its phases.
pub(super) fn phases(job: &Job<'_>, stage: u64) -> impl Iterator<Item = StageMemory> {
    let (resting, held) = resting(job, stage);
    let passes = match adapters::eager(job) {
        Some(adapter) => {
            let [loss, backward] = adapters::phases(job, adapter, &held.frozen, resting);
            [Some(loss), Some(backward), None]
        }
        None if job.stack.eager => passes::phases(job, &held, resting).map(Some),
        None => [Some(forward_backward(job, &held, resting)), None, None],
    };
    passes.into_iter().flatten().chain([optimizer_step(job, &held, resting)])
}

/// The stage and phase that need most.
pub fn peak(job: &Job<'_>) -> StageMemory {
    let all = (0..job.layout.pp).flat_map(|stage| phases(job, stage));
    let (resting, held) = resting(job, 0);
    let first = optimizer_step(job, &held, resting);
    all.fold(first, |most, other| if other.peak() > most.peak() { other } else { most })
}

/// The kinds of layers of a stage that it has any of, with how many.
pub(super) fn blocks<'a>(job: &Job<'a>, stage: u64) -> impl Iterator<Item = (u64, &'a Block)> + use<'a> {
    kinds(job, stage).map(|(_, layers)| layers)
}

/// The same with the place of each kind.
pub(super) fn kinds<'a>(
    job: &Job<'a>,
    stage: u64,
) -> impl Iterator<Item = (usize, (u64, &'a Block))> + use<'a> {
    let chunks = job.layout.chunks(job.shape.layers.len(), stage);
    job.shape.within(chunks).enumerate().filter(|(_, (count, _))| *count > 0)
}

pub(super) fn held(job: &Job<'_>, stage: u64) -> Held {
    let layout = &job.layout;
    let mut held = Held::default();
    let mirrored = job.recipe.schedule.is_mirrored() && layout.pp > 1;
    let mirror = mirrored.then(|| layout.pp - 1 - stage);
    for at in [Some(stage), mirror].into_iter().flatten() {
        for (count, block) in blocks(job, at) {
            let matrices = block.split / layout.tp + block.whole;
            let experts = block.routed / (layout.ep * layout.etp);
            held.matrices += count * matrices;
            held.experts += count * experts;
            held.unit = held.unit.max(matrices + experts);
        }
        held.outer += outer(job, at);
    }
    let ends = if job.shape.tied { job.shape.tables } else { job.shape.tables.max(job.shape.head) };
    held.unit = held.unit.max(held.outer.min(ends / layout.tp));
    if let Some(adapter) = &job.recipe.adapter {
        held.frozen = adapters::frozen(job, adapter, stage);
    }
    held
}

/// Parameters outside the layers that a stage holds: embeddings on the first, head and last norm on the last, and a copy of
/// a tied embedding there.
pub(super) fn outer(job: &Job<'_>, stage: u64) -> u64 {
    let (shape, layout) = (job.shape, &job.layout);
    let multiple = job.stack.vocabulary_multiple * layout.tp;
    let padding = shape.vocab.next_multiple_of(multiple.max(1)) - shape.vocab;
    let first = stage == 0;
    let last = if job.recipe.schedule.is_folded() { first } else { stage + 1 == layout.pp };
    let padded = |parameters: u64| if parameters > 0 { parameters + padding * shape.hidden } else { 0 };
    let tables = if first { padded(shape.tables) / layout.tp } else { 0 };
    let head = match (last, shape.tied) {
        (false, _) => 0,
        (true, false) => padded(shape.head) / layout.tp,
        (true, true) if first => 0,
        (true, true) => padded(shape.tables) / layout.tp,
    };
    let rest = if last { shape.rest } else { 0 };
    let extra = if last { job.recipe.multi_token * multi_token(job) } else { 0 };
    tables + head + rest + extra
}

/// Parameters of an extra prediction layer on one rank: a layer of the last kind, and the matrix that joins two streams.
fn multi_token(job: &Job<'_>) -> u64 {
    let (shape, layout) = (job.shape, &job.layout);
    let join = 2 * shape.hidden * shape.hidden / layout.tp + 3 * shape.hidden;
    shape.layers().last().map_or(0, |block| {
        join + block.split / layout.tp + block.whole + block.routed / (layout.ep * layout.etp)
    })
}

/// Ranks that share a state of the layers, and of the experts.
pub(super) fn shares(job: &Job<'_>, from: Sharding) -> (u64, u64) {
    let rank = |sharding: Sharding| match sharding {
        Sharding::Whole => 0,
        Sharding::Optimizer => 1,
        Sharding::Gradients => 2,
        Sharding::Weights => 3,
    };
    if rank(job.recipe.sharding) < rank(from) {
        return (1, 1);
    }
    let group = job.recipe.shard_group.unwrap_or(u64::MAX).max(1);
    (job.layout.replicas().min(group), job.layout.expert_replicas().min(group))
}

/// What a stage holds in every phase: states and buffers.
fn resting(job: &Job<'_>, stage: u64) -> (StageMemory, Held) {
    let held = held(job, stage);
    let recipe = job.recipe;
    let [weights, gradients, optimizer] = match &recipe.adapter {
        Some(adapter) => adapters::states(job, adapter, &held.frozen),
        None => trained_states(job, stage, &held),
    };
    let mut memory = StageMemory {
        stage,
        phase: Phase::OptimizerStep,
        weights,
        gradients,
        optimizer,
        activations: Bytes::ZERO,
        logits: Bytes::ZERO,
        buffers: buffers(job, stage),
        transient: Bytes::ZERO,
        host: Bytes::ZERO,
    };
    passes::offload(job, &held, &mut memory);
    (memory, held)
}

/// Weights, gradients and optimizer state where all weights are trained.
fn trained_states(job: &Job<'_>, stage: u64, held: &Held) -> [Bytes; 3] {
    let sum = |shares: [Share; 3]| shares.iter().map(Share::bytes).sum::<Bytes>();
    let [weights, gradients, optimizer] = explained::shares_of(job, held);
    let (ranks, _) = shares(job, Sharding::Optimizer);
    [sum(weights), sum(gradients), sum(optimizer) + passes::projected(job, stage, Unheard, 0).split(ranks)]
}

fn buffers(job: &Job<'_>, stage: u64) -> Bytes {
    if !job.stack.weight_placeholders || job.recipe.adapter.is_some() {
        return job.stack.bucket;
    }
    let layout = &job.layout;
    let mut seen = Vec::new();
    let mut elements = 0;
    for (_, block) in blocks(job, stage) {
        for matrix in &block.matrices {
            if !seen.contains(matrix) {
                seen.push(*matrix);
                let split = if matrix.role.is_expert() { layout.etp } else { layout.tp };
                elements += matrix.rows * matrix.cols / split;
            }
        }
    }
    if stage + 1 == layout.pp {
        elements += job.shape.head_products / layout.tp;
    }
    job.stack.bucket + Bytes::new(2 * elements)
}

fn forward_backward(job: &Job<'_>, held: &Held, resting: StageMemory) -> StageMemory {
    let mut memory = StageMemory { phase: Phase::ForwardBackward, ..resting };
    let stage = memory.stage;
    let (kept, live) = activations(job, stage);
    memory.activations = kept;
    let schedule = job.recipe.schedule;
    let last = stage + 1 == job.layout.pp && !schedule.is_folded();
    let turned = stage == 0 && (schedule.is_folded() || schedule.is_mirrored());
    let logits = if last || turned { logits(job) } else { Bytes::ZERO };
    let gathered = passes::gathered(job, held);
    memory.gradients = passes::gradients(job, held, memory.gradients);
    // Where layers are computed again, logits are gone before the first of them comes to life.
    if matches!(job.recipe.recompute, Recompute::Full) {
        let most = logits.max(live);
        (memory.logits, memory.transient) =
            if most == logits { (logits, gathered) } else { (Bytes::ZERO, live + gathered) };
    } else {
        (memory.logits, memory.transient) = (logits, live + gathered);
    }
    memory
}

fn optimizer_step(job: &Job<'_>, held: &Held, resting: StageMemory) -> StageMemory {
    let mut memory = resting;
    let width = if job.recipe.master { 4.0 } else { 2.0 };
    let (ranks, expert_ranks) = shares(job, Sharding::Optimizer);
    let all = |bytes: f64| {
        sharded(held.matrices + held.outer, bytes, ranks) + sharded(held.experts, bytes, expert_ranks)
    };
    let on_device = !job.recipe.offload.optimizer && !job.recipe.in_backward;
    if job.recipe.in_backward {
        memory.gradients = Bytes::ZERO;
    }
    if on_device && job.recipe.optimizer == Optimizer::AdamWForeach {
        memory.transient += match job.recipe.adapter {
            Some(adapter) => sharded(held.frozen.trained, adapter.bytes as f64, ranks),
            None => all(width),
        };
    }
    let copied = job.stack.step_gradients && job.recipe.master && job.recipe.gradient_bytes < 4.0;
    if on_device && copied && job.recipe.adapter.is_none() {
        memory.transient += all(4.0);
        memory.gradients = Bytes::ZERO;
    }
    memory
}

/// What the end of a step reduces, gathers and updates on a rank of the first stage.
pub(super) fn resting_states(job: &Job<'_>, trace: Trace<'_>) -> super::step::States {
    let (memory, held) = resting(job, 0);
    let adapted = job.recipe.adapter.is_some();
    let trained = if adapted { held.frozen.trained } else { held.matrices + held.outer };
    let experts = if adapted || job.layout.expert_replicas() == 1 { 0 } else { held.experts };
    let width = job.recipe.gradients(job.stack.master_apart);
    let gathers = job.recipe.sharding != Sharding::Whole;
    let frozen = adapted && job.recipe.sharding != Sharding::Weights;
    let gathered = if gathers && !frozen { held.matrices + held.outer + experts } else { 0 };
    let whole = |quantity: Detail, parameters: u64, width: f64| {
        traced!(trace, quantity, sharded {
            N: parameters => model("parameters"), b: width => asked("B"), R: 1 => layout("ranks"),
        })
    };
    let weights = if adapted { sharded(trained, 2.0, 1) } else { memory.weights };
    let updated = memory.gradients + memory.optimizer + weights;
    trace.gathered(Detail::UpdatedBytes, &total::FORMULA, updated, || {
        let parts = [("gradients", memory.gradients), ("optimizer", memory.optimizer), ("weights", weights)];
        parts.map(|(name, bytes)| Input::new(name, bytes, rules("B"))).to_vec()
    });
    super::step::States {
        reduced: whole(Detail::StateBytes(1), trained + experts, width),
        gathered: whole(Detail::StateBytes(0), gathered, gathered_width(job)),
        updated,
        trained: (trained, if adapted { 0 } else { held.experts }),
        shares: shares(job, Sharding::Optimizer),
        accumulated: whole(Detail::AccumulatedBytes, if adapted { 0 } else { trained + held.experts }, width),
    }
}

/// The peak of all stages. One with the layers of the one before it needs no more, since it holds no more micro-batches, unless
/// it is the last, which has the logits.
pub(super) fn quick_peak(job: &Job<'_>) -> Bytes {
    let last = job.layout.pp - 1;
    let counts = |stage: u64| !is_as_before(job, stage);
    let stages = (0..=last).filter(|stage| *stage <= 1 || *stage == last || counts(*stage));
    stages.flat_map(|stage| phases(job, stage)).map(|phase| phase.peak()).fold(Bytes::ZERO, Bytes::max)
}

/// Whether a stage has the layers of the one before it, as those do that it mirrors.
fn is_as_before(job: &Job<'_>, stage: u64) -> bool {
    if job.shape.blocks.len() == 1 {
        return true;
    }
    let count = |stage: u64| kinds(job, stage).map(|(kind, (count, _))| (kind, count));
    let mirror = job.layout.pp - 1 - stage;
    let mirrored = job.recipe.schedule.is_mirrored();
    count(stage).eq(count(stage - 1)) && (!mirrored || count(mirror).eq(count(mirror + 1)))
}

/// Bytes of a weight that is gathered.
const fn gathered_width(job: &Job<'_>) -> f64 {
    let eight = matches!(job.recipe.compute, ScalarFormat::Fp8E4m3 | ScalarFormat::Fp8E5m2);
    if job.stack.narrow_gather && eight { 1.0 } else { 2.0 }
}
