//! What a caching allocator holds beside tensors that live: blocks that came and went, and that nothing later fits into.

use super::{Job, Loss, Optimizer, Phase, Sharding, activations::logit_bytes, memory::phases};
use crate::{
    basis::Basis,
    formulas::training::states::unused_blocks,
    quantity::Detail as D,
    trace::{Source, Trace, fact, model, rules},
    traced,
    units::Bytes,
};

/// Shares of blocks that are not used again, as they were fitted on runs that print several meters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allocator {
    /// Bytes of any run.
    pub whole: Bytes,
    /// Of one copy of the logits in the format of the loss.
    pub logits: f64,
    /// Of what lives for one layer in its backward pass.
    pub layer: f64,
    /// The same where weights are shared, whose whole units come and go on streams of their own.
    pub shared_layer: f64,
    /// Of what both passes hold, where the peak is the step of an optimizer over flat parameters, larger than any such block.
    pub passes: f64,
    /// Bytes of communicators, which the driver alone reports.
    pub communicators: Bytes,
}

/// Blocks that come and go within a step of an eager framework.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Blocks {
    /// One copy of the logits in the format of the loss.
    pub logits: Bytes,
    /// What lives for one layer in its backward pass.
    pub layer: Bytes,
    /// What both passes hold, where an optimizer's step over flat parameters is the peak.
    pub passes: Bytes,
    /// Whether weights are shared.
    pub is_shared: bool,
    /// Whether several accelerators train together.
    pub is_together: bool,
}

/// The blocks of a job.
pub fn blocks(job: &Job<'_>) -> Blocks {
    let (mut passes, mut backward, mut step, mut most) = (Bytes::ZERO, Bytes::ZERO, Bytes::ZERO, Bytes::ZERO);
    for stage in phases(job, job.layout.pp - 1) {
        match stage.phase {
            Phase::OptimizerStep => step = step.max(stage.peak()),
            Phase::Backward => {
                backward = backward.max(stage.transient);
                passes = passes.max(stage.activations + stage.logits);
                most = most.max(stage.peak());
            }
            Phase::Loss | Phase::Forward | Phase::ForwardBackward | Phase::Generation => {
                passes = passes.max(stage.activations + stage.logits);
                most = most.max(stage.peak());
            }
        }
    }
    let is_shared = job.recipe.sharding == Sharding::Weights && job.layout.replicas() > 1;
    let flat = is_shared && job.recipe.optimizer == Optimizer::AdamWForeach && job.recipe.adapter.is_none();
    let chunked = job.recipe.loss == Loss::Chunked;
    Blocks {
        logits: if chunked { Bytes::ZERO } else { logit_bytes(job, job.loose_logit_width()) },
        layer: backward,
        passes: if flat && step >= most { passes + backward } else { Bytes::ZERO },
        is_shared,
        is_together: job.layout.accelerators() > 1,
    }
}

impl Allocator {
    /// What is not used again of some blocks.
    pub fn unused(&self, blocks: &Blocks) -> Bytes {
        self.traced(blocks, Trace::off())
    }

    /// The same, recorded.
    pub(super) fn traced(&self, blocks: &Blocks, trace: Trace<'_>) -> Bytes {
        traced!(trace, D::UnusedBlocks, unused_blocks {
            c: self.whole => rules("B"),
            k_e: self.logits => fact("", Source::Engine, Basis::Fitted), E: blocks.logits => model("B"),
            k_l: self.of_a_layer(blocks.is_shared) => fact("", Source::Engine, Basis::Fitted), l: blocks.layer => model("B"),
            k_p: self.passes => fact("", Source::Engine, Basis::Fitted), P: blocks.passes => model("B"),
        })
    }

    const fn of_a_layer(&self, is_shared: bool) -> f64 {
        if is_shared { self.shared_layer } else { self.layer }
    }

    /// What the driver reports besides.
    pub const fn besides(&self, blocks: &Blocks) -> Bytes {
        if blocks.is_together { self.communicators } else { Bytes::ZERO }
    }
}
