//! Collectives over gradients and weights at the end of a step, or around every unit of sharded weights.

use super::{Clock, Pass, exchange::REACHED};
use crate::{
    formulas::{
        parts::total,
        time::collective::all_to_all_time,
        training::reach::straggler_wait,
        training::states::host_update,
        training::step::{
            collectives_time, moved_time, outlasting_time, repeated_time, sent_bytes, shared_bytes,
            uneven_wait,
        },
    },
    quantity::{Detail as D, Quantity as Q},
    trace::{Hearing, Origin, Source, at, fact, fitted, layout as split, model, rules},
    traced,
    training::Sharding,
    units::{Bandwidth, Seconds, Traffic},
};

/// Weights that are gathered, and gradients that are reduced, by their places.
const WEIGHTS: usize = 0;
const GRADIENTS: usize = 1;

/// What the data sheet says of the link to the host.
const HOST_LINK: Origin = fact("", Source::Accelerator, crate::basis::Basis::Specified);

/// Forward and backward.
const PASSES: f64 = 2.0;

/// Bytes that the step's end moves on one rank.
#[derive(Debug, Clone, Copy)]
pub(in crate::training) struct States {
    /// Gradients that are reduced.
    pub(in crate::training) reduced: crate::units::Bytes,
    /// Weights that are gathered, in the width in which they are.
    pub(in crate::training) gathered: crate::units::Bytes,
    /// What the optimizer reads and writes.
    pub(in crate::training) updated: crate::units::Bytes,
    /// Parameters outside of experts and in them, and the ranks that share what the optimizer keeps of each.
    pub(in crate::training) trained: (u64, u64),
    pub(in crate::training) shares: (u64, u64),
    /// Gradients that each micro-batch adds to.
    pub(in crate::training) accumulated: crate::units::Bytes,
}

impl<H: Hearing> Clock<'_, H> {
    /// Collectives over gradients and weights, less what computation hides.
    pub(super) fn data(&self, states: &States, compute: Seconds, pass: &Pass) -> Seconds {
        let layout = &self.job.layout;
        let ranks = layout.replicas();
        let sharded = self.job.shard_ranks();
        let weights = self.gather(states.gathered.as_f64(), sharded, WEIGHTS);
        let mut gradients = self.gather(states.reduced.as_f64(), sharded, GRADIENTS);
        if sharded < ranks {
            gradients += self.between_groups(states.reduced.as_f64(), sharded, ranks);
        }
        for (place, time, parts) in [(WEIGHTS, weights, 2), (GRADIENTS, gradients, 3)] {
            let parts = ["inside", "outside", "between_groups"].into_iter().enumerate().take(parts);
            let named = parts.map(|(part, name)| (name, D::StateTime(place, part)));
            self.trace().gathered_of(D::StateCollectives(place), &total::FORMULA, time, named);
        }
        self.outlasting(weights, gradients, compute, pass)
    }

    /// Shards of equal place are reduced between groups, whose ranks lie a group apart.
    fn between_groups(&self, reduced: f64, sharded: u64, ranks: u64) -> Seconds {
        let trace = self.trace();
        let share = traced!(trace, D::StateOuterBytes(2), shared_bytes {
            a: reduced => at(D::StateBytes(GRADIENTS)), b: reduced => at(D::StateBytes(GRADIENTS)), R: sharded as f64 => split("ranks"),
        });
        let (beta, alpha) = self.link(self.job.layout.tp * ranks);
        traced!(trace, D::StateTime(GRADIENTS, 2), all_to_all_time {
            n: ranks / sharded => split("groups"), M: Traffic::bytes(share) => at(D::StateOuterBytes(2)), beta: beta => REACHED, alpha: alpha => fitted("s"),
        })
    }

    /// What of the collectives outlasts the computation beside them: of all micro-batches where weights are gathered for each,
    /// else of the last.
    fn outlasting(&self, weights: Seconds, gradients: Seconds, compute: Seconds, pass: &Pass) -> Seconds {
        let (trace, m) = (self.trace(), self.job.batch.accumulation as f64);
        let whole = self.job.recipe.sharding == Sharding::Weights;
        let all = traced!(trace, D::StateCollectives(2), collectives_time {
            m: if whole { m } else { 1.0 } => split(""),
            k: if whole { 2.0 } else { 1.0 } => rules(""),
            w: weights => at(D::StateCollectives(WEIGHTS)),
            g: gradients => at(D::StateCollectives(GRADIENTS)),
        });
        let (behind, from) = if whole {
            (compute, at(Q::StepCompute))
        } else {
            let beside = traced!(trace, D::StateBehind, repeated_time {
                n: self.passes_beside() => split("micro-batches"), t_1: pass.total() => at(D::PassTime),
            });
            (beside, at(D::StateBehind))
        };
        traced!(trace, Q::StepPart(super::place::DATA), outlasting_time {
            T: all => at(D::StateCollectives(2)),
            c: behind => from,
            o: self.job.stack.data_overlap => rules(""),
            h: self.efficiency.hidden.data => fitted(""),
        })
    }

    /// Waiting for the rank with the longest examples: at every unit of sharded weights, else at the end of the step.
    pub(super) fn uneven(&self, compute: Seconds) -> Seconds {
        let Some(growth) = self.job.recipe.uneven else { return Seconds::ZERO };
        let batch = &self.job.batch;
        let waits = self.job.recipe.sharding == Sharding::Weights;
        let examples = if waits { batch.micro } else { batch.micro * batch.accumulation };
        traced!(self.trace(), D::UnevenWait, uneven_wait {
            c: compute => at(Q::StepCompute),
            g: growth => rules(""),
            R: self.job.layout.dp as f64 => split("ranks"),
            n: examples as f64 => split("examples"),
        })
    }

    /// Waiting for the slowest rank.
    pub(super) fn slowest_rank(&self, compute: Seconds) -> Seconds {
        traced!(self.trace(), D::StragglerWait, straggler_wait {
            c: compute => at(Q::StepCompute),
            g: self.efficiency.stragglers => fitted(""),
            R: self.job.layout.accelerators() as f64 => split("ranks"),
        })
    }

    /// The optimizer reads and writes its states; where they lie with the host, gradients go there, the host's own processors
    /// update them, and weights come back.
    pub(super) fn update(&self, states: &States) -> Seconds {
        let (trace, offload) = (self.trace(), self.job.recipe.offload);
        let own = Q::StepPart(super::place::OPTIMIZER);
        if !offload.optimizer {
            return traced!(trace, own, moved_time {
                k: 2.0 => rules(""), M: states.updated.as_f64() => at(D::UpdatedBytes), W: self.rates.memory => at(D::KernelBandwidth),
            });
        }
        // Weights that lie there too come with the next pass.
        let back = if offload.weights { 0.0 } else { states.gathered.max(states.reduced).as_f64() };
        let bytes = traced!(trace, D::OffloadedBytes, shared_bytes {
            a: states.reduced.as_f64() => at(D::StateBytes(GRADIENTS)), b: back => split("B"), R: self.shards() => split("ranks"),
        });
        let link = traced!(trace, D::OffloadedTime, moved_time {
            k: 1.0 => rules(""), M: bytes => at(D::OffloadedBytes), W: self.host_link() => HOST_LINK,
        });
        let time = link + self.host_update(states);
        trace.gathered_of(own, &total::FORMULA, time, [("link", D::OffloadedTime), ("host", D::HostUpdate)]);
        time
    }

    /// What the host's processors take for the states that its ranks keep with it.
    fn host_update(&self, states: &States) -> Seconds {
        let (dense, experts) = states.shares;
        let together = u64::from(self.cluster.per_node).min(self.job.layout.accelerators());
        traced!(self.trace(), D::HostUpdate, host_update {
            r: together as f64 => split("ranks"),
            N: states.trained.0 as f64 => model("parameters"),
            R: dense as f64 => split("ranks"),
            E: states.trained.1 as f64 => model("parameters"),
            R_E: experts as f64 => split("ranks"),
            u: self.efficiency.host_updates => rules("1/s"),
        })
    }

    /// Time that the link to the host takes beyond computation, which hides it: offloaded weights come once for each pass of
    /// every micro-batch, offloaded inputs of layers that are computed again go and come back.
    pub(super) fn streamed(&self, states: &States, compute: Seconds) -> Seconds {
        let recipe = self.job.recipe;
        if !recipe.offload.weights && !recipe.offload.activations {
            return Seconds::ZERO;
        }
        let trace = self.trace();
        let moved = if recipe.offload.weights { states.gathered.max(states.reduced).as_f64() } else { 0.0 };
        let weights = traced!(trace, D::StreamedBytes(0), shared_bytes {
            a: moved => split("B"), b: 0.0 => split("B"), R: self.shards() => split("ranks"),
        });
        let all = (self.job.shape.layers.len() as u64).div_ceil(self.job.layout.pp);
        let layers = if recipe.offload.activations { all.min(recipe.recompute.layers()) } else { 0 };
        let inputs = traced!(trace, D::StreamedBytes(1), sent_bytes {
            n: self.tokens() => split("tokens"), w: self.job.shape.hidden as f64 * layers as f64 => model("elements"), t: 1.0 => split("ranks"),
        });
        let both = weights + inputs.get();
        let parts = [("weights", D::StreamedBytes(0)), ("inputs", D::StreamedBytes(1))];
        trace.gathered_of(D::StreamedBytes(2), &total::FORMULA, both, parts);
        let time = traced!(trace, D::StreamedTime, moved_time {
            k: PASSES * self.job.batch.accumulation as f64 => split("passes"), M: both => at(D::StreamedBytes(2)), W: self.host_link() => HOST_LINK,
        });
        traced!(trace, D::StreamedWait, outlasting_time {
            T: time => at(D::StreamedTime), c: compute => at(Q::StepCompute), o: 1.0 => rules(""), h: 1.0 => rules(""),
        })
    }

    const fn host_link(&self) -> Bandwidth {
        self.cluster.accelerator.host_link.bandwidth
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

    /// Time in which each of some ranks gathers bytes, of which it holds its share, or reduces as many: inside domains of
    /// fast links first, then between them, where each rank carries only its part of its domain's.
    fn gather(&self, bytes: f64, ranks: u64, place: usize) -> Seconds {
        if ranks <= 1 {
            return Seconds::ZERO;
        }
        let (trace, tp) = (self.trace(), self.job.layout.tp);
        let accelerator = &self.cluster.accelerator;
        let (domain, node) = (u64::from(accelerator.domain_size), u64::from(self.cluster.per_node));
        let together = if accelerator.domain_size > accelerator.node_size { domain } else { node };
        let inner = (together / tp.min(together)).clamp(1, ranks);
        let (beta, alpha) = self.link(tp * inner);
        let inside = traced!(trace, D::StateTime(place, 0), all_to_all_time {
            n: inner => split("ranks"), M: Traffic::bytes(bytes) => at(D::StateBytes(place)), beta: beta => REACHED, alpha: alpha => fitted("s"),
        });
        let outer = ranks.div_ceil(inner);
        let (beta, alpha) = self.link(tp * ranks);
        let each = traced!(trace, D::StateOuterBytes(place), shared_bytes {
            a: bytes => at(D::StateBytes(place)), b: 0.0 => split("B"), R: inner as f64 => split("ranks"),
        });
        let between = traced!(trace, D::StateTime(place, 1), all_to_all_time {
            n: outer => split("domains"), M: Traffic::bytes(each) => at(D::StateOuterBytes(place)), beta: beta => REACHED, alpha: alpha => fitted("s"),
        });
        inside + between
    }
}
