//! Collectives over gradients and weights at the end of a step, or around every unit of sharded weights.

use super::{Clock, Pass, layer::shown};
use crate::{
    formulas::time::collective::all_to_all_time,
    training::Sharding,
    units::{Seconds, Traffic},
};

/// Bytes that the step's end moves on one rank.
#[derive(Debug, Clone, Copy)]
pub(in crate::training) struct States {
    /// Gradients that are reduced.
    pub(in crate::training) reduced: crate::units::Bytes,
    /// Weights that are gathered, in 16 bit.
    pub(in crate::training) gathered: crate::units::Bytes,
    /// What the optimizer reads and writes.
    pub(in crate::training) updated: crate::units::Bytes,
    /// Gradients that each micro-batch adds to.
    pub(in crate::training) accumulated: crate::units::Bytes,
}

impl Clock<'_> {
    /// Collectives over gradients and weights, less what computation hides.
    pub(super) fn data(&self, states: &States, compute: Seconds, pass: &Pass) -> Seconds {
        let layout = &self.job.layout;
        let ranks = layout.replicas();
        let sharded = self.job.recipe.shard_group.unwrap_or(ranks).min(ranks);
        let weights = self.gather(states.gathered.as_f64(), sharded);
        let mut gradients = self.gather(states.reduced.as_f64(), sharded);
        if sharded < ranks {
            // Shards of equal place are reduced between groups, whose ranks lie a group apart.
            let share = states.reduced.as_f64() / sharded as f64 * 2.0;
            let (beta, alpha) = self.link(layout.tp * ranks);
            gradients += all_to_all_time(ranks / sharded, Traffic::bytes(share), beta, alpha);
        }
        let overlap = self.job.stack.data_overlap;
        let (all, behind) = if self.job.recipe.sharding == Sharding::Weights {
            ((weights * 2.0 + gradients) * self.job.batch.accumulation as f64, compute)
        } else {
            (weights + gradients, pass.total() * self.passes_beside())
        };
        (all - behind * overlap).max(all * shown(overlap, self.efficiency.hidden.data))
    }

    /// Micro-batches that run while gradients are reduced and weights are gathered: the last one, and with interleaved
    /// stages the round of micro-batches of all chunks but the one in hand.
    fn passes_beside(&self) -> f64 {
        let layout = &self.job.layout;
        let round = layout.pp as f64 * (1.0 - 1.0 / layout.vpp as f64);
        (1.0 + round).min(self.job.batch.accumulation as f64)
    }

    /// Time in which each of some ranks gathers `bytes`, of which it holds its share, or reduces as many: inside domains of
    /// fast links first, then between them, where each rank carries only its part of its domain's.
    fn gather(&self, bytes: f64, ranks: u64) -> Seconds {
        if ranks <= 1 {
            return Seconds::ZERO;
        }
        let tp = self.job.layout.tp;
        let accelerator = &self.cluster.accelerator;
        let (domain, node) = (u64::from(accelerator.domain_size), u64::from(self.cluster.per_node));
        let together = if accelerator.domain_size > accelerator.node_size { domain } else { node };
        let inner = (together / tp.min(together)).clamp(1, ranks);
        let (beta, alpha) = self.link(tp * inner);
        let inside = all_to_all_time(inner, Traffic::bytes(bytes), beta, alpha);
        let outer = ranks.div_ceil(inner);
        let (beta, alpha) = self.link(tp * ranks);
        inside + all_to_all_time(outer, Traffic::bytes(bytes / inner as f64), beta, alpha)
    }
}
