//! The parts of a stage's memory in a phase.

use super::{
    super::{
        Job, Loss, Phase, StageMemory,
        activations::{logits, micro_batch, traced_logits},
        adapters,
        memory::{Held, held, shares},
        passes,
    },
    Share, own_weights, shares_of, sum,
};
use crate::{
    formulas::{
        parts::total,
        training::{
            activations::held_activations,
            held::{buckets, equal_parts},
            states::sharded,
        },
    },
    quantity::{Detail as D, Quantity as Q},
    trace::{Origin, Trace, asked, at, layout, model, rules},
    traced,
    training::Sharding,
    units::Bytes,
};

const WEIGHTS: usize = 0;
const GRADIENTS: usize = 1;
const OPTIMIZER: usize = 2;
const ACTIVATIONS: usize = 3;
const LOGITS: usize = 4;
const BUFFERS: usize = 5;
const TRANSIENT: usize = 6;

/// Records the parts of a stage.
pub(super) fn record(job: &Job<'_>, row: usize, stage: &StageMemory, trace: Trace<'_>) {
    let one = Recorded { job, row, stage, trace, held: held(job, stage.stage) };
    if job.recipe.adapter.is_some() {
        adapters::record(job, row, stage, trace);
    } else {
        one.states();
        one.gradients();
    }
    if adapters::eager(job).is_none() {
        one.activations();
        one.logits();
        one.transient();
    }
    one.host();
    let elements = stage.buffers.saturating_sub(job.stack.bucket).get() / 2;
    traced!(trace, Q::StagePart(row, BUFFERS), buckets { B: job.stack.bucket => rules("B"), N: elements => model("elements") });
}

struct Recorded<'a> {
    job: &'a Job<'a>,
    row: usize,
    stage: &'a StageMemory,
    trace: Trace<'a>,
    held: Held,
}

impl Recorded<'_> {
    fn part(&self, part: usize) -> Q {
        Q::StagePart(self.row, part)
    }

    /// Records the shares of a state, and the state as their sum where this phase holds it as it rests.
    fn state(&self, part: usize, shares: &[Share], value: Bytes, more: Option<(&'static str, D)>) {
        let mut named = Vec::new();
        for (place, share) in shares.iter().enumerate().filter(|(_, share)| share.parameters > 0) {
            let own = Q::StageShare(self.row, 3 * part + place);
            let width: Origin = match (part, place) {
                (OPTIMIZER, 1) => at(D::OptimizerWidth(1)),
                (OPTIMIZER, _) => at(D::OptimizerWidth(0)),
                _ => asked("B"),
            };
            traced!(self.trace, own, sharded {
                N: share.parameters => model("parameters"), b: share.bytes => width, R: share.ranks => layout("ranks"),
            });
            named.push((["layers", "embeddings_and_head", "experts"][place.min(2)], own));
        }
        if part == WEIGHTS {
            return own_weights(self.row, value, &named, self.trace);
        }
        named.extend(more.map(|(name, detail)| (name, detail.into())));
        sum(self.trace, self.part(part), value, &named);
    }

    fn states(&self) {
        let (job, row, trace) = (self.job, self.row, self.trace);
        let [weights, gradients, optimizer] = shares_of(job, &self.held);
        self.state(WEIGHTS, &weights, self.stage.weights, None);
        self.state(GRADIENTS, &gradients, self.stage.gradients, None);
        let projected = passes::projected(job, self.stage.stage, trace, row);
        let more = (projected > Bytes::ZERO).then(|| {
            traced!(trace, D::Copy(row, 4), equal_parts {
                n: 1 => layout(""), a: projected => at(D::Projected(row)), R: shares(job, Sharding::Optimizer).0 => layout("ranks"),
            });
            ("projections", D::Copy(row, 4))
        });
        self.state(OPTIMIZER, &optimizer, self.stage.optimizer, more);
    }

    /// Gradients that are whole while micro-batches add to them, or there in part.
    fn gradients(&self) {
        if self.trace.recorded(self.part(GRADIENTS)).is_some() {
            return;
        }
        let value = self.stage.gradients;
        let all = self.held.matrices + self.held.outer + self.held.experts;
        let width = self.job.recipe.gradients(self.job.stack.master_apart);
        for (parameters, bytes) in
            [(all, width), (all, 2.0), (self.job.shape.head_products / self.job.layout.tp, width)]
        {
            if value > Bytes::ZERO && sharded(parameters, bytes, 1) == value {
                traced!(self.trace, self.part(GRADIENTS), sharded {
                    N: parameters => model("parameters"), b: bytes => asked("B"), R: 1 => layout("ranks"),
                });
                return;
            }
        }
    }

    /// Activations of a micro-batch, how many are in flight, and what the head keeps.
    fn activations(&self) {
        let (job, row, stage, trace) = (self.job, self.row, self.stage, self.trace);
        let (each, _) = micro_batch(job, stage.stage, trace, row);
        let kinds = 0..job.shape.blocks.len();
        let named = kinds.map(|kind| (format!("x_{}", kind + 1), D::StageLayers(row, kind)));
        trace.gathered_of(D::StageMicro(row), &total::FORMULA, each, named);
        let own = (trace, Q::StagePasses(row));
        let (count, of) =
            job.recipe.schedule.in_flight(&job.layout, job.batch.accumulation, stage.stage, own);
        traced!(trace, D::StageKept(row), held_activations {
            A: each => at(D::StageMicro(row)), n: count => at(Q::StagePasses(row)), v: of => layout(""),
        });
        if job.stack.eager {
            passes::ends(job, trace);
        }
        let kept = ("layers", D::StageKept(row));
        sum(trace, self.part(ACTIVATIONS), stage.activations, &[kept]);
        sum(trace, self.part(ACTIVATIONS), stage.activations, &[kept, ("head", D::HeadInputs)]);
    }

    fn logits(&self) {
        let (job, own, value) = (self.job, self.part(LOGITS), self.stage.logits);
        let full = job.recipe.loss == Loss::Full;
        if value == Bytes::ZERO {
            return;
        }
        if self.stage.phase == Phase::Forward && full {
            traced_logits(job, job.forward_logit_width(), self.trace, own);
        } else if logits(job) == value {
            traced_logits(job, job.logit_width(), self.trace, own);
        }
    }

    /// Working copies: of a layer, of weights that are gathered or cast, and of an optimizer's step.
    fn transient(&self) {
        let (job, row, stage, trace) = (self.job, self.row, self.stage, self.trace);
        let gathered = ("gathered_weights", D::WholeWeights(row));
        if stage.phase == Phase::OptimizerStep {
            return self.step();
        }
        passes::traced_gathered(job, &self.held, trace, row);
        let live = ("layer", D::LiveLayer(row));
        let casts = ("casts", D::Copy(row, 0));
        let mut parts = vec![gathered];
        match stage.phase {
            Phase::ForwardBackward => {
                sum(trace, self.part(TRANSIENT), stage.transient, &[gathered]);
                parts.push(live);
            }
            Phase::Forward | Phase::Loss => self.casts(stage.phase, &mut parts, casts),
            _ => {
                passes::live(job, stage.stage, trace, row);
                passes::tied(job, trace, row);
                sum(
                    trace,
                    self.part(TRANSIENT),
                    stage.transient,
                    &[gathered, ("tied_gradients", D::Copy(row, 3))],
                );
                sum(trace, self.part(TRANSIENT), stage.transient, &[gathered, live]);
                self.casts(stage.phase, &mut parts, casts);
                parts.push(live);
            }
        }
        sum(trace, self.part(TRANSIENT), stage.transient, &parts);
    }

    /// 16-bit casts of fp32 weights that live in a pass.
    fn casts(&self, phase: Phase, parts: &mut Vec<(&'static str, D)>, own: (&'static str, D)) {
        let last = self.stage.stage + 1 == self.job.layout.pp;
        let casts = passes::casts(self.job, &self.held, last);
        let bytes = if phase == Phase::Forward { casts.forward } else { casts.loss };
        if bytes > Bytes::ZERO {
            self.copy(0, bytes.get() / 2, 2.0, 1);
            parts.push(own);
        }
    }

    fn copy(&self, place: usize, parameters: u64, width: f64, ranks: u64) {
        traced!(self.trace, D::Copy(self.row, place), sharded {
            N: parameters => model("parameters"), b: width => rules("B"), R: ranks => layout("ranks"),
        });
    }

    /// Copies of weights or of gradients while all are stepped at once.
    fn step(&self) {
        let (ranks, expert_ranks) = shares(self.job, Sharding::Optimizer);
        let (dense, experts) = (self.held.matrices + self.held.outer, self.held.experts);
        let names = ["layers_embeddings_head", "experts"];
        let widths = [2.0, 4.0, 6.0, 8.0];
        for width in widths {
            let all = sharded(dense, width, ranks) + sharded(experts, width, expert_ranks);
            if all == self.stage.transient && all > Bytes::ZERO {
                self.copy(1, dense, width, ranks);
                self.copy(2, experts, width, expert_ranks);
                let parts = [(names[0], D::Copy(self.row, 1)), (names[1], D::Copy(self.row, 2))];
                return sum(self.trace, self.part(TRANSIENT), all, &parts);
            }
        }
    }

    /// What lies with the host: states that were taken from the stage, and gradients that follow the optimizer.
    fn host(&self) {
        let (job, row, trace) = (self.job, self.row, self.trace);
        if self.stage.host == Bytes::ZERO {
            return;
        }
        let mut named: Vec<(&'static str, Q)> = Vec::new();
        for (part, taken) in [
            (WEIGHTS, job.recipe.offload.weights),
            (OPTIMIZER, job.recipe.paged || job.recipe.offload.optimizer),
        ] {
            let names = [
                ["layers", "embeddings_and_head", "experts"],
                ["moments_of_layers", "moments_of_embeddings_and_head", "moments_of_experts"],
            ];
            let own = names[usize::from(part == OPTIMIZER)].into_iter().enumerate();
            named.extend(
                own.filter(|_| taken).map(|(place, name)| (name, Q::StageShare(row, 3 * part + place))),
            );
        }
        let width = if job.recipe.master { 4.0 } else { job.recipe.gradient_bytes };
        let all = self.held.matrices + self.held.outer + self.held.experts;
        traced!(trace, D::HostGradients(row), sharded {
            N: all => model("parameters"), b: width => asked("B"), R: job.shard_ranks() => layout("ranks"),
        });
        sum(trace, Q::StageHost(row), self.stage.host, &named);
        named.push(("gradients", D::HostGradients(row).into()));
        sum(trace, Q::StageHost(row), self.stage.host, &named);
    }
}
