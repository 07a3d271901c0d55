//! What forward and backward passes hold beside the states that rest: weights that are gathered, gradients as they come to
//! life, what lies on the host, and the phases of a framework whose gradients are there only from the backward pass on.

use super::{
    AttentionKernel, Job, Loss, Optimizer, Parts, Recompute, Sharding,
    activations::{Spot, activations, layer, logit_bytes, logits},
    memory::{Held, Phase, StageMemory, kinds},
};
use crate::{
    formulas::{
        parts::{largest as largest_of, total},
        training::{
            held::{head_inputs, live_units, projected_states, split_share},
            states::sharded,
        },
    },
    quantity::Detail as D,
    trace::{Hearing, Unheard, at, layout, model, rules},
    traced,
    units::Bytes,
};

/// Bytes of each score that are gradients while a softmax runs backward: of its fp32 output and input, and of their 16-bit
/// copy.
const SCORE_GRADIENTS: u64 = 10;

/// The rank of a low-rank optimizer: this part of the hidden size, as its authors choose it (Zhao et al. 2024, table 2).
const PROJECTED_PART: u64 = 4;

/// Weights that are whole while they are used: some units, or under a pipeline the stage, which is gathered once for all
/// micro-batches.
pub(super) fn gathered(job: &Job<'_>, held: &Held) -> Bytes {
    traced_gathered(job, held, Unheard, 0)
}

/// The same, recorded as that of a row.
pub(super) fn traced_gathered(job: &Job<'_>, held: &Held, hearing: impl Hearing, row: usize) -> Bytes {
    let (trace, own) = (hearing.trace(), D::WholeWeights(row));
    if job.recipe.sharding != Sharding::Weights || (job.layout.replicas() == 1 && !job.recipe.offload.weights)
    {
        return Bytes::ZERO;
    }
    if job.layout.pp > 1 {
        return traced!(trace, own, sharded {
            N: held.all() => model("parameters"), b: 2.0 => rules("B"), R: 1 => layout("ranks"),
        });
    }
    traced!(trace, own, live_units { N: held.unit => model("parameters"), k: job.stack.live_units => rules("units") })
}

/// Gradients while passes run: whole where micro-batches add to them before they are shared out, one tensor's where each is
/// used and freed at once, and else those that rest.
pub(super) fn gradients(job: &Job<'_>, held: &Held, resting: Bytes) -> Bytes {
    let recipe = job.recipe;
    if recipe.adapter.is_some() {
        return resting;
    }
    if recipe.in_backward {
        return largest(job).min(resting);
    }
    let shared =
        matches!(recipe.sharding, Sharding::Gradients | Sharding::Weights) && job.layout.replicas() > 1;
    if !shared || job.batch.accumulation == 1 {
        return resting;
    }
    if recipe.sharding == Sharding::Weights && job.layout.pp > 1 {
        return sharded(held.all(), recipe.gradients(job.stack.master_apart), 1);
    }
    if job.stack.whole_accumulation { sharded(held.all(), 2.0, 1) } else { resting }
}

/// The gradient of the largest tensor.
fn largest(job: &Job<'_>) -> Bytes {
    let matrices = job.shape.blocks.iter().flat_map(|block| &block.matrices).map(|one| one.rows * one.cols);
    let most = matrices.max().unwrap_or(0).max(job.shape.tables);
    let width = job.recipe.gradients(job.stack.master_apart);
    sharded(most / job.layout.tp, width, 1)
}

/// Takes what lies on the host out of a stage. Where gradients are shared they follow the optimizer there, in fp32.
pub(super) fn offload(job: &Job<'_>, held: &Held, memory: &mut StageMemory) {
    let recipe = job.recipe;
    let mut take = |from: &mut Bytes| {
        memory.host += *from;
        *from = Bytes::ZERO;
    };
    if recipe.offload.weights {
        take(&mut memory.weights);
    }
    if recipe.paged || recipe.offload.optimizer {
        take(&mut memory.optimizer);
    }
    let shared = matches!(recipe.sharding, Sharding::Gradients | Sharding::Weights);
    if recipe.offload.optimizer && shared {
        memory.gradients = Bytes::ZERO;
        let width = if recipe.master { 4.0 } else { recipe.gradient_bytes };
        memory.host += sharded(held.all(), width, job.shard_ranks());
    }
}

/// Moments of a low-rank optimizer's projections in blocks of 8 bits, and the projections.
pub(super) fn projected(job: &Job<'_>, stage: u64, hearing: impl Hearing, row: usize) -> Bytes {
    if job.recipe.optimizer != Optimizer::GaLore {
        return Bytes::ZERO;
    }
    let rank = job.shape.hidden / PROJECTED_PART;
    let each = crate::formulas::training::states::blockwise(8.0, 256.0);
    let [mut moments, mut projections] = [0; 2];
    for (_, (count, block)) in kinds(job, stage) {
        let own = block.projected(rank);
        moments += count * own[0];
        projections += count * own[1];
    }
    traced!(hearing.trace(), D::Projected(row), projected_states {
        b: each => at(D::MomentBytes), m: moments as f64 => model("elements"), p: projections as f64 => model("elements"),
        t: job.layout.tp as f64 => layout("ranks"),
    })
}

/// The passes of such a framework where all weights are trained: the forward pass to the loss, the loss's own backward pass,
/// and that of the layers, where gradients grow as activations go.
pub(super) fn phases(job: &Job<'_>, held: &Held, resting: StageMemory) -> [StageMemory; 3] {
    let stage = resting.stage;
    let last = stage + 1 == job.layout.pp;
    let whole = gradients(job, held, resting.gradients);
    let earlier = if job.batch.accumulation > 1 && !job.recipe.in_backward { whole } else { Bytes::ZERO };
    let gathered = gathered(job, held);
    let ends = if last { ends(job, Unheard) } else { Bytes::ZERO };
    let kept = activations(job, stage).0;
    let cast = casts(job, held, last);
    let (forward, loss) = if last { (forward_logits(job), logits(job)) } else { (Bytes::ZERO, Bytes::ZERO) };
    let pass = |phase: Phase, logits: Bytes, casts: Bytes| StageMemory {
        phase,
        gradients: earlier,
        activations: kept + ends,
        logits,
        transient: gathered + casts,
        ..resting
    };
    let head = if last && earlier == Bytes::ZERO { head_gradient(job) } else { Bytes::ZERO };
    let live = live(job, stage, Unheard, 0);
    let start = StageMemory {
        phase: Phase::Backward,
        gradients: earlier + head.min(whole),
        activations: kept,
        transient: gathered + cast.loss + live,
        ..resting
    };
    let end = StageMemory {
        gradients: whole,
        activations: Bytes::ZERO,
        transient: gathered + live.max(tied(job, Unheard, 0)),
        ..start
    };
    let backward = if end.peak() > start.peak() { end } else { start };
    [pass(Phase::Forward, forward, cast.forward), pass(Phase::Loss, loss, cast.loss), backward]
}

/// 16-bit casts of fp32 weights.
pub(super) struct Casts {
    /// At the end of the forward pass.
    pub(super) forward: Bytes,
    /// At the loss and after it: those that backward passes read, and the head's.
    pub(super) loss: Bytes,
}

pub(super) fn casts(job: &Job<'_>, held: &Held, last: bool) -> Casts {
    if !job.is_autocast() {
        return Casts { forward: Bytes::ZERO, loss: Bytes::ZERO };
    }
    let all = sharded(held.all(), 2.0, 1);
    let head = if last { sharded(job.shape.head_products / job.layout.tp, 2.0, 1) } else { Bytes::ZERO };
    Casts { forward: all, loss: if job.recipe.recompute == Recompute::Full { head } else { all } }
}

/// Logits at the peak of the forward pass.
pub(super) fn forward_logits(job: &Job<'_>) -> Bytes {
    match job.recipe.loss {
        Loss::Full => logit_bytes(job, job.forward_logit_width()),
        Loss::Fused | Loss::Chunked => logits(job),
    }
}

/// What the last norm and the head keep: the norm's input in fp32, its reciprocal root, its output before and after the
/// scale.
pub(super) fn ends(job: &Job<'_>, hearing: impl Hearing) -> Bytes {
    traced!(hearing.trace(), D::HeadInputs, head_inputs {
        n: job.batch.micro_tokens() / job.layout.cp => layout("tokens"), w: if job.is_autocast() { 2 } else { 0 } => rules("B"),
        h: job.shape.hidden => model("elements"),
    })
}

/// The gradient of the head, the first to come.
pub(super) fn head_gradient(job: &Job<'_>) -> Bytes {
    sharded(job.shape.head_products / job.layout.tp, job.recipe.gradients(job.stack.master_apart), 1)
}

/// What lives of one layer in its backward pass: all that it kept, where it is computed again, and the gradients of its
/// widest tensors.
pub(super) fn live(job: &Job<'_>, stage: u64, hearing: impl Hearing, row: usize) -> Bytes {
    let trace = hearing.trace();
    let own = job.batch.micro_tokens() / job.layout.cp;
    let again = matches!(job.recipe.recompute, Recompute::Full | Recompute::Block(_));
    let most = kinds(job, stage).map(|(kind, (_, block))| {
        let kept = if again { layer(job, block, Parts::NONE, Spot { hearing, kind, which: 1 }) } else { 0 };
        let scores = match job.recipe.attention {
            AttentionKernel::Flash => 0,
            AttentionKernel::Unfused => SCORE_GRADIENTS * block.heads * (job.batch.sequence / job.layout.cp),
        };
        let gradients = traced!(trace, D::LiveGradients(kind), split_share {
            n: own => layout("tokens"), b: block.gradients + scores => model("B"), r: 0 => model("B"), t: job.layout.tp => layout("ranks"),
        });
        let parts = [("layer", D::LayerKept(kind, 1)), ("gradients", D::LiveGradients(kind))];
        let all = kept + gradients.get();
        let parts = parts.into_iter().skip(usize::from(!again));
        trace.gathered_of(D::LiveOf(row, kind), &total::FORMULA, all, parts);
        (kind, all)
    });
    let most: Vec<(usize, u64)> = most.collect();
    let named = most.iter().map(|(kind, _)| (format!("x_{}", kind + 1), D::LiveOf(row, *kind)));
    let bytes = most.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
    trace.gathered_of(D::LiveLayer(row), &largest_of::FORMULA, bytes, named);
    Bytes::new(bytes)
}

/// Further copies of a tied embedding's gradient while its two parts are added: the parts and their sum are three in 16 bit;
/// parts that casts made in fp32 are added in place.
pub(super) fn tied(job: &Job<'_>, hearing: impl Hearing, row: usize) -> Bytes {
    if !job.shape.tied || job.layout.pp > 1 || job.recipe.sharding == Sharding::Weights {
        return Bytes::ZERO;
    }
    let copies = if job.is_autocast() { 1.0 } else { 2.0 };
    let width = job.recipe.gradients(job.stack.master_apart);
    traced!(hearing.trace(), D::Copy(row, 3), sharded {
        N: job.shape.tables / job.layout.tp => model("parameters"), b: copies * width => rules("B"), R: 1 => rules(""),
    })
}
