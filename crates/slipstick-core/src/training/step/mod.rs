//! The time of a training step, and what it is made of.

mod data;
mod layer;
mod rates;

pub(super) use data::States;

use super::{
    Block, Efficiency, Job, Parts, Recompute, Schedule, Turn,
    memory::{blocks, resting_states},
};
use crate::{
    formulas::time::collective::transfer_time,
    hardware::Cluster,
    quantity::Quantity,
    trace::Trace,
    units::{Flops, Seconds, Traffic},
};
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
        self.compute() + self.communication() + self.bubble + self.optimizer + self.host
    }

    /// Its parts, by name.
    pub const fn parts(&self) -> [(&'static str, Seconds); 13] {
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
        ]
    }
}

/// The time of a step; none if the accelerator has no peak for the arithmetic.
pub fn step(job: &Job<'_>, cluster: &Cluster, efficiency: &Efficiency) -> Option<StepTime> {
    let rates = Rates::of(job, cluster, efficiency)?;
    let clock = Clock { job, cluster, efficiency, rates };
    let last = job.layout.pp - 1;
    if job.layout.is_even(job.shape.layers.len() as u64) {
        // The last stage has the head, the second no embedding.
        let stages = [0, last.min(1), last].map(|stage| clock.stage(stage));
        let slower = |a: Pass, b: Pass| if b.total() > a.total() { b } else { a };
        return Some(clock.whole(&stages.into_iter().fold(stages[0], slower)));
    }
    // Layers that stages cannot share evenly are laid out by hand, so that no stage waits for the one with the head.
    Some(clock.whole(&clock.mean_stage()))
}

/// The least time of a job's products on one accelerator, whatever their shapes.
pub(super) fn least_products(job: &Job<'_>, cluster: &Cluster, efficiency: &Efficiency) -> Option<Seconds> {
    let rates = Rates::of(job, cluster, efficiency)?;
    let passes = if job.recipe.adapter.is_some() { 2.0 } else { 3.0 };
    let again = f64::from(u8::from(job.recipe.recompute == Recompute::Full));
    let products: u64 = job.shape.layers().map(|block| block.products + block.routed_products).sum();
    let tokens = 2.0 * job.batch.micro_tokens() as f64;
    // Experts may be set to reach more than dense products do.
    let best = rates.product * efficiency.experts.max(1.0);
    Some(
        Flops::count(tokens * products as f64 * (passes + again)) / best
            + Flops::count(tokens * job.shape.head_products as f64 * 3.0) / rates.head,
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

struct Clock<'a> {
    job: &'a Job<'a>,
    cluster: &'a Cluster,
    efficiency: &'a Efficiency,
    rates: Rates,
}

impl Clock<'_> {
    fn tokens(&self) -> f64 {
        self.job.batch.micro_tokens() as f64 / self.job.layout.cp as f64
    }

    /// One micro-batch on a stage.
    fn stage(&self, stage: u64) -> Pass {
        let mut pass = Pass::default();
        self.add_layers(&mut pass, blocks(self.job, stage), 1.0);
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
        self.add_layers(&mut pass, self.job.shape.within(all), share);
        self.add_end(&mut pass, share);
        self.add_transfers(&mut pass);
        pass
    }

    fn add_layers<'b>(&self, pass: &mut Pass, layers: impl Iterator<Item = (u64, &'b Block)>, share: f64) {
        let mut again = self.job.recipe.recompute.layers() as f64;
        for (count, block) in layers.filter(|(count, _)| *count > 0) {
            let count = count as f64 * share;
            let repeated = count.min(again);
            again -= repeated;
            self.add(pass, block, count, repeated);
        }
    }

    /// Extra prediction layers and the head.
    fn add_end(&self, pass: &mut Pass, share: f64) {
        let extra = self.job.recipe.multi_token as f64;
        if let (true, Some(block)) = (extra > 0.0, self.job.shape.layers().last()) {
            self.add(pass, block, extra * share, 0.0);
        }
        self.add_head(pass, (1.0 + extra) * share);
    }

    /// Activations and their gradients go from stage to stage.
    fn add_transfers(&self, pass: &mut Pass) {
        let layout = &self.job.layout;
        if layout.pp == 1 {
            return;
        }
        let bytes = 2.0 * self.tokens() * self.job.shape.hidden as f64 / layout.tp as f64;
        let (beta, alpha) = self.hop(layout.accelerators());
        // Only interleaved stages have other work while a transfer is under way.
        let hidden = if layout.vpp > 1 { self.job.stack.pipeline_overlap } else { 0.0 };
        let turns = 2.0 * layout.vpp as f64 * (1.0 - hidden);
        pass.time.pipeline = transfer_time(alpha, Traffic::bytes(bytes), beta) * turns;
    }

    /// Adds layers: forward, backward, and the forward passes that are made again.
    fn add(&self, pass: &mut Pass, block: &Block, count: f64, repeated: f64) {
        let (forward, attention_backward) = self.forward(block);
        let frozen = self.job.recipe.adapter.is_some();
        let products = if frozen { 1.0 } else { 2.0 };
        let times =
            |backward: f64, again: f64| count * (1.0 + backward) + repeated + (count - repeated) * again;
        let part = |of: Parts| match self.job.recipe.recompute {
            Recompute::Selective(parts) if parts.has(of) => 1.0,
            _ => 0.0,
        };
        let time = &mut pass.time;
        let share = block.feed_forward_share() * part(Parts::FEED_FORWARD);
        time.dense += forward.dense * times(products, share);
        time.attention += forward.attention * times(0.0, part(Parts::ATTENTION)) + attention_backward * count;
        time.experts += forward.experts * times(products, part(Parts::EXPERTS));
        let small = 0.5 * (part(Parts::NORMS) + part(Parts::ACTIVATION)) + part(Parts::FEED_FORWARD) * share;
        time.elementwise += forward.elementwise * times(2.0, small);
        let gathered = if self.job.recipe.sequence_parallel { 1.5 } else { 1.0 };
        time.tensor += forward.tensor * times(gathered, 0.0);
        time.context += forward.context * times(2.0, part(Parts::ATTENTION));
        time.expert += forward.expert * times(1.0, part(Parts::EXPERTS));
        pass.forward += forward.total() * count;
        pass.weights += (forward.dense + forward.experts) * count;
    }

    fn add_head(&self, pass: &mut Pass, times: f64) {
        let flops = 2.0 * self.tokens() * self.job.shape.head_products as f64 / self.job.layout.tp as f64;
        let forward = Flops::count(flops * times) / self.rates.head;
        pass.time.head = forward * 3.0;
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
        let unheard = (Trace::off(), Quantity::TrainingStep);
        step.bubble = self.job.recipe.schedule.bubble(&self.job.layout, step.turn, unheard);
        let states = resting_states(self.job);
        // The first micro-batch writes gradients, the others read and write them.
        let sums = Traffic::bytes(states.accumulated.as_f64() * (2.0 * m - 1.0));
        step.elementwise += sums / self.rates.memory;
        step.data = self.data(&states, step.compute(), pass);
        step.optimizer = self.update(&states);
        let routed = self.job.shape.layers().filter(|block| block.experts > 0).count();
        let layer = self.efficiency.per_layer * self.job.shape.layers.len() as f64
            + self.efficiency.per_expert_layer * routed as f64;
        let launches = layer * (3.0 * m / self.job.layout.pp as f64);
        let waits = (launches - step.compute()).max(Seconds::ZERO);
        step.host = self.efficiency.per_step + waits + self.streamed(&states, step.compute());
        step
    }
}
