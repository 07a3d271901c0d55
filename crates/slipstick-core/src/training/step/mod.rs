//! The time of a training step, and what it is made of.

mod beside;
mod data;
mod exchange;
mod layer;
mod place;
mod rates;
mod record;

pub(super) use data::States;

use super::{
    Block, Efficiency, Job, Parts, Recompute, Schedule, Turn,
    memory::{blocks, resting_states},
};
use crate::{
    formulas::{
        time::collective::transfer_time,
        training::step::{
            exposed_time, gradient_sums, head_work, launch_time, passes_made, repeated_time, sent_bytes,
            shaped_time, waited_time,
        },
    },
    hardware::Cluster,
    quantity::{Detail as D, Quantity as Q},
    trace::{Hearing, Trace, Unheard, at, fitted, layout as split, model, rules},
    traced,
    units::{Flops, Seconds},
};
use exchange::REACHED;
use rates::Rates;

/// A step's time in parts that sum to it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StepTime {
    /// Products with weights of layers, experts apart.
    pub dense: Seconds,
    /// Mixing tokens.
    pub attention: Seconds,
    /// Products of routed experts.
    pub experts: Seconds,
    /// The output head and the loss.
    pub head: Seconds,
    /// Norms, activation functions, residuals.
    pub elementwise: Seconds,
    /// Exposed tensor-parallel collectives.
    pub tensor: Seconds,
    /// Exposed exchange of keys and values between parts of a sequence.
    pub context: Seconds,
    /// Exposed dispatch to experts and back.
    pub expert: Seconds,
    /// Exposed transfers between stages.
    pub pipeline: Seconds,
    /// Exposed collectives over gradients and weights.
    pub data: Seconds,
    /// Waiting of pipeline stages.
    pub bubble: Seconds,
    /// The optimizer.
    pub optimizer: Seconds,
    /// The host, where accelerators wait for it.
    pub host: Seconds,
    /// What is done before weights are trained, such as drawing samples.
    pub before: Seconds,
    /// One micro-batch on the slowest stage.
    pub turn: Turn,
}

impl StepTime {
    /// Computation.
    pub fn compute(&self) -> Seconds {
        self.dense + self.attention + self.experts + self.head + self.elementwise
    }

    /// Exposed communication.
    pub fn communication(&self) -> Seconds {
        self.tensor + self.context + self.expert + self.pipeline + self.data
    }

    /// The whole step.
    pub fn total(&self) -> Seconds {
        self.compute() + self.communication() + self.bubble + self.optimizer + self.host + self.before
    }

    /// Its parts, by name.
    pub const fn parts(&self) -> [(&'static str, Seconds); 14] {
        [
            ("dense", self.dense),
            ("attention", self.attention),
            ("experts", self.experts),
            ("head", self.head),
            ("elementwise", self.elementwise),
            ("tensor_parallel", self.tensor),
            ("context_parallel", self.context),
            ("expert_parallel", self.expert),
            ("pipeline", self.pipeline),
            ("data_parallel", self.data),
            ("bubble", self.bubble),
            ("optimizer", self.optimizer),
            ("host", self.host),
            ("before_training", self.before),
        ]
    }
}

/// The time of a step; none if the accelerator has no peak for the arithmetic.
pub fn step(job: &Job<'_>, cluster: &Cluster, efficiency: &Efficiency) -> Option<StepTime> {
    let rates = Rates::of(job, cluster, efficiency, Trace::off())?;
    let clock = Clock { job, cluster, efficiency, rates, hearing: Unheard };
    Some(clock.whole(&clock.slowest().1))
}

/// The least time of a job's products on one accelerator, whatever their shapes.
pub(super) fn least_products(job: &Job<'_>, cluster: &Cluster, efficiency: &Efficiency) -> Option<Seconds> {
    let rates = Rates::of(job, cluster, efficiency, Trace::off())?;
    // Layers below the lowest trained one have no backward pass, and are not computed again.
    let part = job.recipe.adapter.as_ref().is_some_and(|adapter| !adapter.is_on_matrices());
    let (passes, head) = match job.recipe.adapter {
        Some(_) if part => (1.0, 2.0),
        Some(_) => (2.0, 2.0),
        None => (3.0, 3.0),
    };
    let again = f64::from(u8::from(job.recipe.recompute == Recompute::Full && !part));
    let products: u64 = job.shape.layers().map(|block| block.products + block.routed_products).sum();
    let tokens = 2.0 * job.batch.micro_tokens() as f64;
    // Experts may be set to reach more than dense products do.
    let best = rates.product * efficiency.experts.max(1.0);
    Some(
        Flops::count(tokens * products as f64 * (passes + again)) / best
            + Flops::count(tokens * job.shape.head_products as f64 * head) / rates.head,
    )
}

impl Job<'_> {
    /// At least so many times its work a step takes, since stages of its pipeline wait.
    pub(super) fn idle(&self) -> f64 {
        let layout = &self.layout;
        match self.recipe.schedule {
            Schedule::OneForwardOneBackward => {
                1.0 + (layout.pp - 1) as f64 / (layout.vpp * self.batch.accumulation) as f64
            }
            _ => 1.0,
        }
    }
}

/// Forward and backward of one micro-batch on one stage.
#[derive(Debug, Clone, Copy, Default)]
struct Pass {
    time: StepTime,
    forward: Seconds,
    /// The part of the backward pass that computes gradients of weights.
    weights: Seconds,
}

impl Pass {
    fn total(&self) -> Seconds {
        self.time.total()
    }
}

/// Layers of a kind: forward, of those the ones that have a backward pass, and of these the ones that are computed again.
#[derive(Debug, Clone, Copy, Default)]
struct Layers {
    forward: f64,
    backward: f64,
    repeated: f64,
}

struct Clock<'a, H> {
    job: &'a Job<'a>,
    cluster: &'a Cluster,
    efficiency: &'a Efficiency,
    rates: Rates,
    hearing: H,
}

impl<H: Hearing> Clock<'_, H> {
    fn trace(&self) -> Trace<'_> {
        self.hearing.trace()
    }

    fn tokens(&self) -> f64 {
        self.job.batch.micro_tokens() as f64 / self.job.layout.cp as f64
    }

    /// The stage that takes longest, if one does, and one micro-batch on it. Layers that stages cannot share evenly are laid out
    /// by hand, so that no stage waits for the one with the head.
    fn slowest(&self) -> (Option<u64>, Pass) {
        let last = self.job.layout.pp - 1;
        if !self.job.layout.is_even(self.job.shape.layers.len() as u64) {
            return (None, self.mean_stage());
        }
        // The last stage has the head, the second no embedding.
        let stages = [0, last.min(1), last].map(|stage| (Some(stage), self.stage(stage)));
        let slower = |a: (_, Pass), b: (_, Pass)| if b.1.total() > a.1.total() { b } else { a };
        stages.into_iter().fold(stages[0], slower)
    }

    /// One micro-batch on a stage.
    fn stage(&self, stage: u64) -> Pass {
        let mut pass = Pass::default();
        let all: u64 = blocks(self.job, stage).map(|(count, _)| count).sum();
        self.add_layers(&mut pass, blocks(self.job, stage), (all, 1.0));
        if stage + 1 == self.job.layout.pp {
            self.add_end(&mut pass, 1.0);
        }
        self.add_transfers(&mut pass);
        pass
    }

    /// One micro-batch on a stage that has its share of everything.
    fn mean_stage(&self) -> Pass {
        let mut pass = Pass::default();
        let share = 1.0 / self.job.layout.pp as f64;
        let all = core::iter::once(0..self.job.shape.layers.len());
        self.add_layers(&mut pass, self.job.shape.within(all), (self.job.shape.layers.len() as u64, share));
        self.add_end(&mut pass, share);
        self.add_transfers(&mut pass);
        pass
    }

    /// So many layers, of which the rank has a share.
    fn add_layers<'b>(
        &self,
        pass: &mut Pass,
        layers: impl Iterator<Item = (u64, &'b Block)>,
        (all, share): (u64, f64),
    ) {
        let mut again = self.job.recipe.recompute.layers() as f64;
        let mut below = self.below(all as f64) * share;
        let mut kind = 0;
        for (count, block) in layers.filter(|(count, _)| *count > 0) {
            let all = count as f64 * share;
            let lower = all.min(below);
            below -= lower;
            if lower > 0.0 {
                self.add(pass, block, Layers { forward: lower, ..Layers::default() }, kind);
                kind += 1;
            }
            let count = all - lower;
            if count <= 0.0 {
                continue;
            }
            let repeated = count.min(again);
            again -= repeated;
            self.add(pass, block, Layers { forward: count, backward: count, repeated }, kind);
            kind += 1;
        }
    }

    /// Extra prediction layers and the head.
    fn add_end(&self, pass: &mut Pass, share: f64) {
        let extra = self.job.recipe.multi_token as f64;
        if let (true, Some(block)) = (extra > 0.0, self.job.shape.layers().last()) {
            let layers = Layers { forward: extra * share, backward: extra * share, repeated: 0.0 };
            self.add(pass, block, layers, place::EXTRA);
        }
        self.add_head(pass, (1.0 + extra) * share);
    }

    /// Activations and their gradients go from stage to stage.
    fn add_transfers(&self, pass: &mut Pass) {
        let layout = &self.job.layout;
        if layout.pp == 1 {
            return;
        }
        let trace = self.trace();
        let bytes = traced!(trace, D::TransferBytes, sent_bytes {
            n: self.tokens() => split("tokens"),
            w: self.job.shape.hidden as f64 => model("elements"),
            t: layout.tp as f64 => split("ranks"),
        });
        let (beta, alpha) = self.hop(layout.accelerators());
        let each = traced!(trace, D::TransferTime, transfer_time {
            alpha: alpha => fitted("s"), M: bytes => at(D::TransferBytes), beta: beta => REACHED,
        });
        // Only interleaved stages have other work while a transfer is under way.
        let hidden = if layout.vpp > 1 { self.job.stack.pipeline_overlap } else { 0.0 };
        pass.time.pipeline = traced!(trace, D::PassPart(place::PIPELINE), exposed_time {
            k: 2.0 * layout.vpp as f64 => split("transfers"),
            T: each => at(D::TransferTime),
            o: hidden => rules(""),
            h: self.efficiency.hidden.pipeline => fitted(""),
        });
    }

    /// Adds layers, of which some are computed again whole: forward, backward, and the forward passes that are made again.
    fn add(&self, pass: &mut Pass, block: &Block, layers: Layers, kind: usize) {
        let (forward, attention_backward) = self.forward(block, kind);
        let products = self.backward_products();
        let part = |of: Parts| match self.job.recipe.recompute {
            Recompute::Selective(parts) if parts.has(of) => 1.0,
            _ => 0.0,
        };
        let all = |operator: usize, each: Seconds, backward: f64, again: f64| {
            self.passes((kind, operator), each, layers, (backward, again))
        };
        let time = &mut pass.time;
        let share = block.feed_forward_share() * part(Parts::FEED_FORWARD);
        time.dense += all(place::DENSE, forward.dense, products, share);
        time.attention += all(place::ATTENTION, forward.attention, 0.0, part(Parts::ATTENTION))
            + self.once((kind, place::ATTENTION_BACKWARD), attention_backward, layers.backward);
        time.experts += all(place::EXPERTS, forward.experts, products, part(Parts::EXPERTS));
        let small = 0.5 * (part(Parts::NORMS) + part(Parts::ACTIVATION)) + part(Parts::FEED_FORWARD) * share;
        time.elementwise += all(place::ELEMENTWISE, forward.elementwise, 2.0, small);
        let gathered = if self.job.recipe.sequence_parallel { 1.5 } else { 1.0 };
        time.tensor += all(place::TENSOR, forward.tensor, gathered, 0.0);
        time.context += all(place::CONTEXT, forward.context, 2.0, part(Parts::ATTENTION));
        time.expert += all(place::EXPERT, forward.expert, 1.0, part(Parts::EXPERTS));
        self.record_layer(&forward, layers.forward, kind);
        self.add_beside(pass, block, layers, kind);
        pass.forward += forward.total() * layers.forward;
        pass.weights += (forward.dense + forward.experts) * layers.forward;
    }

    /// An operator in layers of a kind, of which some are computed again whole and a share of the others too.
    fn passes(
        &self,
        (kind, operator): (usize, usize),
        each: Seconds,
        layers: Layers,
        (backward, again): (f64, f64),
    ) -> Seconds {
        let trace = self.heard(each);
        let Layers { forward: count, backward: down, repeated } = layers;
        let backward = if down > 0.0 { backward } else { 0.0 };
        let passes = traced!(trace, D::LayerPasses(kind, operator), passes_made {
            n: count => split("layers"), b: backward => rules(""), r: repeated => split("layers"), a: again => rules(""),
        });
        traced!(trace, D::LayerPass(kind, operator), repeated_time {
            n: passes => at(D::LayerPasses(kind, operator)), t_1: each => at(D::LayerTime(kind, operator)),
        })
    }

    /// The same of what each layer does once.
    fn once(&self, (kind, operator): (usize, usize), each: Seconds, count: f64) -> Seconds {
        traced!(self.heard(each), D::LayerPass(kind, operator), repeated_time {
            n: count => split("layers"), t_1: each => at(D::LayerTime(kind, operator)),
        })
    }

    fn add_head(&self, pass: &mut Pass, times: f64) {
        let trace = self.trace();
        let work = traced!(trace, D::HeadFlops, head_work {
            n: self.tokens() => split("tokens"),
            P: self.job.shape.head_products as f64 => model("parameters"),
            k: times => split(""),
            t: self.job.layout.tp as f64 => split("ranks"),
        });
        let forward = traced!(trace, D::HeadForward, shaped_time {
            F: work => at(D::HeadFlops), R: self.rates.head => at(D::HeadRate), u: 1.0 => rules(""),
        });
        pass.time.head = traced!(trace, D::PassPart(place::HEAD), repeated_time {
            n: self.head_passes() => rules(""), t_1: forward => at(D::HeadForward),
        });
        pass.forward += forward;
        pass.weights += forward;
    }

    /// The step of which every micro-batch takes such a pass on the slowest stage.
    fn whole(&self, pass: &Pass) -> StepTime {
        let m = self.job.batch.accumulation as f64;
        let once = &pass.time;
        let mut step = StepTime {
            dense: once.dense * m,
            attention: once.attention * m,
            experts: once.experts * m,
            head: once.head * m,
            elementwise: once.elementwise * m,
            tensor: once.tensor * m,
            context: once.context * m,
            expert: once.expert * m,
            pipeline: once.pipeline * m,
            ..StepTime::default()
        };
        step.turn =
            Turn { forward: pass.forward, backward: pass.total() - pass.forward, weights: pass.weights };
        let unheard = (Trace::off(), Q::TrainingStep);
        step.bubble = self.job.recipe.schedule.bubble(&self.job.layout, step.turn, unheard);
        let states = resting_states(self.job, self.trace());
        step.elementwise += traced!(self.trace(), D::AccumulationTime, gradient_sums {
            M: states.accumulated => at(D::AccumulatedBytes),
            m: m => split("micro-batches"),
            W: self.rates.memory => at(D::KernelBandwidth),
        });
        self.record_passes(pass, &step);
        step.data = self.data(&states, step.compute(), pass);
        step.optimizer = self.update(&states);
        step.host = self.host(&states, &step);
        step
    }

    /// What every step takes of the host, what computation does not hide of its launches and of its link, and what ranks wait
    /// for each other.
    fn host(&self, states: &States, step: &StepTime) -> Seconds {
        let (trace, efficiency) = (self.trace(), self.efficiency);
        let routed = self.job.shape.layers().filter(|block| block.experts > 0).count();
        let launches = traced!(trace, D::LaunchTime, launch_time {
            l: efficiency.per_layer => fitted("s"),
            L: self.job.shape.layers.len() as f64 => model("layers"),
            e: efficiency.per_expert_layer => fitted("s"),
            E: routed as f64 => model("layers"),
            m: self.job.batch.accumulation as f64 => split("micro-batches"),
            p: self.job.layout.pp as f64 => split("stages"),
            a: efficiency.adapters.per_matrix => fitted("s"),
            A: self.adapter_launches() => model("adapters"),
        });
        let waits = traced!(trace, D::LaunchWait, waited_time {
            T: launches => at(D::LaunchTime),
            c: step.compute() => at(Q::StepCompute),
            x: step.communication() => at(Q::StepCommunication),
        });
        let streamed = self.streamed(states, step.compute());
        let others = self.uneven(step.compute()) + self.slowest_rank(step.compute());
        let time = efficiency.per_step + waits + streamed + others;
        self.record_host(time);
        time
    }
}
