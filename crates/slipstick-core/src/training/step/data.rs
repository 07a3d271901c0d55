//! Collectives over gradients and weights at the end of a step, or around every unit of sharded weights.

use super::{Clock, Pass, layer::shown};
use crate::{
    formulas::time::collective::all_to_all_time,
    training::Sharding,
    units::{Seconds, Traffic},
};

/// Forward and backward.
const PASSES: f64 = 2.0;

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
        let sharded = self.job.shard_ranks();
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

    /// The optimizer reads and writes its states; where they lie with the host, gradients go there and weights come back. What
    /// the host's own processor takes for it is not counted.
    pub(super) fn update(&self, states: &States) -> Seconds {
        let offload = self.job.recipe.offload;
        if !offload.optimizer {
            return Traffic::bytes(2.0 * states.updated.as_f64()) / self.rates.memory;
        }
        // Weights that lie there too come with the next pass.
        let back = if offload.weights { 0.0 } else { states.gathered.max(states.reduced).as_f64() };
        self.by_host_link((states.reduced.as_f64() + back) / self.shards())
    }

    /// Time that the link to the host takes beyond computation, which hides it: offloaded weights come once for each pass of
    /// every micro-batch, offloaded inputs of layers that are computed again go and come back.
    pub(super) fn streamed(&self, states: &States, compute: Seconds) -> Seconds {
        let recipe = self.job.recipe;
        let weights = if recipe.offload.weights {
            states.gathered.max(states.reduced).as_f64() / self.shards()
        } else {
            0.0
        };
        let inputs = if recipe.offload.activations {
            let all = (self.job.shape.layers.len() as u64).div_ceil(self.job.layout.pp);
            let layers = all.min(recipe.recompute.layers());
            2.0 * self.tokens() * self.job.shape.hidden as f64 * layers as f64
        } else {
            0.0
        };
        let each = PASSES * self.job.batch.accumulation as f64;
        (self.by_host_link(each * (weights + inputs)) - compute).max(Seconds::ZERO)
    }

    fn by_host_link(&self, bytes: f64) -> Seconds {
        Traffic::bytes(bytes) / self.cluster.accelerator.host_link.bandwidth
    }

    /// Ranks that share what each would otherwise hold whole.
    fn shards(&self) -> f64 {
        if self.job.recipe.sharding == Sharding::Whole {
            return 1.0;
        }
        self.job.shard_ranks() as f64
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
