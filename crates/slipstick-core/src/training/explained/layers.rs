//! What layers of each kind keep, and what an optimizer keeps of a parameter: the same for all stages.

use super::super::{
    Job, Parts,
    activations::{Spot, layer, layer_input},
    adapters,
};
use crate::trace::Trace;

/// Records what layers of each kind keep, as they are kept and without recomputation, and the width of an optimizer's states.
pub(super) fn record(job: &Job<'_>, trace: Trace<'_>) {
    if job.recipe.adapter.is_some() {
        adapters::record_trained(job, trace);
    }
    if adapters::eager(job).is_some() {
        return;
    }
    layer_input(job, trace);
    let parts = job.recipe.recompute.parts();
    for (kind, block) in job.shape.blocks.iter().enumerate() {
        block.record_kept(job.shape.hidden, kind, trace);
        block.record_left(parts, kind, trace);
        for (which, parts) in [(0, parts), (1, Parts::NONE)] {
            if !job.is_eager() {
                block.record_narrow((parts, job.kept_input()), (kind, which), trace);
            }
            layer(job, block, parts, Spot { hearing: trace, kind, which });
        }
    }
    if job.recipe.adapter.is_some() {
        return;
    }
    for (place, matrix) in [(0, true), (1, false)] {
        let (copy, count, moment) = job.recipe.optimizer_parts(matrix, job.stack.master_apart);
        moment.record(place, (copy, count), trace);
    }
}
