//! The time of a training step, and what it is made of.

use super::{
    Block, Efficiency, Job, Parts, Recompute, Sharding, Turn,
    memory::{blocks, resting_states},
};
use crate::{
    formulas::time::collective::{all_reduce_time, all_to_all_time, transfer_time},
    hardware::{Cluster, LinkKind},
    numeric::ScalarFormat,
    units::{Bandwidth, FlopRate, Flops, Seconds, Traffic},
};

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
    // Layers are spread evenly, the first stages having more; the last one has the head, the second no embedding.
    let slowest = [0, last.min(1), last].map(|stage| clock.stage(stage));
    let most = slowest.into_iter().fold(
        slowest[0],
        |most, other| {
            if other.total() > most.total() { other } else { most }
        },
    );
    Some(clock.whole(&most))
}

/// Rates that compute at full width reaches.
#[derive(Debug, Clone, Copy)]
struct Rates {
    product: FlopRate,
    attention: FlopRate,
    /// The head stays in 16 bit.
    head: FlopRate,
    memory: Bandwidth,
}

impl Rates {
    fn of(job: &Job<'_>, cluster: &Cluster, efficiency: &Efficiency) -> Option<Self> {
        let peaks = &cluster.accelerator.peaks;
        let wide = peaks.bf16.or(peaks.fp16).or(peaks.fp32)?;
        let format = job.recipe.compute;
        let peak = match format {
            ScalarFormat::Fp32 => peaks.tf32.or(peaks.fp32).unwrap_or(wide),
            other => peaks.of(other).unwrap_or(wide),
        };
        let shared =
            if peaks.of(format).is_some() { efficiency.compute.of(format) } else { efficiency.compute.wide };
        Some(Self {
            product: peak * (shared / efficiency.factor),
            attention: wide * (efficiency.attention / efficiency.factor),
            head: wide * (efficiency.compute.wide / efficiency.factor),
            memory: cluster.accelerator.memory_bandwidth * (efficiency.memory / efficiency.factor),
        })
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
        let mut again = match self.job.recipe.recompute {
            Recompute::None | Recompute::Selective(_) => 0,
            Recompute::Block(layers) => layers,
            Recompute::Full => u64::MAX,
        };
        for (count, block) in blocks(self.job, stage) {
            let repeated = count.min(again);
            again -= repeated;
            let forward = self.forward(block);
            self.add(&mut pass, &forward, block, count as f64, repeated as f64);
        }
        if stage + 1 == self.job.layout.pp {
            let extra = self.job.recipe.multi_token;
            if let (true, Some(block)) = (extra > 0, self.job.shape.layers().last()) {
                let forward = self.forward(block);
                self.add(&mut pass, &forward, block, extra as f64, 0.0);
            }
            self.add_head(&mut pass, (1 + extra) as f64);
        }
        if self.job.layout.pp > 1 {
            let bytes = Traffic::bytes(
                2.0 * self.tokens() * self.job.shape.hidden as f64 / self.job.layout.tp as f64,
            );
            let (beta, alpha) = self.link(self.job.layout.accelerators());
            let turns = 2.0 * self.job.layout.vpp as f64 * (1.0 - self.job.stack.pipeline_overlap);
            pass.time.pipeline = transfer_time(alpha, bytes, beta) * turns;
        }
        pass
    }

    /// Adds layers: forward, backward, and the forward passes that are made again.
    fn add(&self, pass: &mut Pass, forward: &StepTime, block: &Block, count: f64, repeated: f64) {
        let frozen = self.job.recipe.adapter.is_some();
        let products = if frozen { 1.0 } else { 2.0 };
        // Fused attention computes its scores again: five products backward for two forward.
        let times =
            |backward: f64, again: f64| count * (1.0 + backward) + repeated + (count - repeated) * again;
        let part = |of: Parts| match self.job.recipe.recompute {
            Recompute::Selective(parts) if parts.has(of) => 1.0,
            _ => 0.0,
        };
        let time = &mut pass.time;
        let share = block.feed_forward_share() * part(Parts::FEED_FORWARD);
        time.dense += forward.dense * times(products, share);
        time.attention += forward.attention * times(2.5, part(Parts::ATTENTION));
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

    /// How near a product of this width comes to its share.
    fn width(&self, width: f64) -> f64 {
        width / (width + self.efficiency.half_width)
    }

    /// One layer forward.
    fn forward(&self, block: &Block) -> StepTime {
        let (layout, tokens) = (&self.job.layout, self.tokens());
        let tp = layout.tp as f64;
        let wide = self.width(block.mean_width() / tp) * self.width(tokens);
        let dense = Flops::count(2.0 * tokens * block.products as f64 / tp) / (self.rates.product * wide);
        let mixing = tokens * block.mixing(self.job.batch.sequence) / tp;
        let split = tokens / tp;
        StepTime {
            dense,
            attention: Flops::count(mixing) / self.rates.attention,
            experts: self.experts(block, split),
            elementwise: Traffic::bytes(2.0 * tokens * self.moved(block) / tp) / self.rates.memory,
            tensor: self.tensor(block),
            context: self.context(block),
            expert: self.dispatch(block, split),
            ..StepTime::default()
        }
    }

    fn moved(&self, block: &Block) -> f64 {
        let kept = if self.job.stack.eager { block.eager } else { block.kept(Parts::NONE).iter().sum() };
        kept as f64
    }

    fn experts(&self, block: &Block, tokens: f64) -> Seconds {
        if block.experts == 0 {
            return Seconds::ZERO;
        }
        let layout = &self.job.layout;
        let each = tokens * (block.active_experts * layout.ep) as f64 / block.experts as f64;
        let narrow = block.expert_width() / layout.etp as f64;
        let rate = self.rates.product * (self.efficiency.experts * self.width(narrow) * self.width(each));
        Flops::count(2.0 * tokens * self.job.recipe.imbalance * block.routed_products as f64) / rate
    }

    /// Bandwidth and latency of a collective over neighbouring accelerators.
    fn link(&self, group: u64) -> (Bandwidth, Seconds) {
        let link = self.cluster.link_for(group);
        let share = self.efficiency.links.of(link.kind);
        let latency = share.latency + share.latency_per_rank * group.saturating_sub(2).min(64) as f64;
        (link.bandwidth * share.share, latency)
    }

    fn tensor(&self, block: &Block) -> Seconds {
        let tp = self.job.layout.tp;
        if tp == 1 || block.products == 0 {
            return Seconds::ZERO;
        }
        let (beta, alpha) = self.link(tp);
        let payload = Traffic::bytes(2.0 * self.tokens() * self.job.shape.hidden as f64);
        let reduces = if block.mixers.is_empty() { 1.0 } else { 2.0 };
        all_reduce_time(tp, payload, beta, alpha) * (reduces * (1.0 - self.job.stack.tensor_overlap))
    }

    fn context(&self, block: &Block) -> Seconds {
        let layout = &self.job.layout;
        if layout.cp == 1 {
            return Seconds::ZERO;
        }
        let (beta, alpha) = self.link(layout.tp * layout.cp);
        let bytes = 2.0 * self.tokens() * block.key_value as f64 / layout.tp as f64;
        let turns = (layout.cp - 1) as f64 * (1.0 - self.job.stack.context_overlap);
        transfer_time(alpha, Traffic::bytes(bytes), beta) * turns
    }

    fn dispatch(&self, block: &Block, tokens: f64) -> Seconds {
        let layout = &self.job.layout;
        if layout.ep == 1 || block.experts == 0 {
            return Seconds::ZERO;
        }
        let group = layout.ep * layout.etp;
        let (beta, alpha) = self.link(group);
        let load = self.job.recipe.imbalance * block.active_experts as f64;
        let bytes = 2.0 * tokens * load * self.job.shape.hidden as f64;
        // What stays inside the node does not cross the network.
        let node = u64::from(self.cluster.per_node).min(group) as f64;
        let crosses = self.cluster.link_for(group).kind == LinkKind::Network;
        let outside = if crosses { 1.0 - node / group as f64 } else { 1.0 };
        let time = all_to_all_time(group, Traffic::bytes(bytes * outside), beta, alpha);
        time * (2.0 * (1.0 - self.job.stack.expert_overlap))
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
        step.bubble = self.bubble(pass);
        let states = resting_states(self.job);
        step.data = self.data(&states, step.compute(), pass);
        let moved = Traffic::bytes(2.0 * states.updated.as_f64());
        let offloaded = self.job.recipe.offload.optimizer;
        let rate = if offloaded { self.cluster.accelerator.host_link.bandwidth } else { self.rates.memory };
        step.optimizer = moved / rate;
        let layers = self.job.shape.layers.len() as f64 / self.job.layout.pp as f64;
        let launches = self.efficiency.per_layer * (3.0 * layers * m);
        let waits = (launches - step.compute()).max(Seconds::ZERO);
        step.host = self.efficiency.per_step + waits;
        step
    }

    fn bubble(&self, pass: &Pass) -> Seconds {
        let turn =
            Turn { forward: pass.forward, backward: pass.total() - pass.forward, weights: pass.weights };
        self.job.recipe.schedule.bubble(&self.job.layout, turn)
    }

    /// Collectives over gradients and weights, less what computation hides.
    fn data(&self, states: &States, compute: Seconds, pass: &Pass) -> Seconds {
        let layout = &self.job.layout;
        let group = self.job.recipe.shard_group.unwrap_or(u64::MAX);
        let ranks = layout.replicas();
        let inner = layout.tp * layout.cp;
        let of = |bytes: f64, ranks: u64, span: u64| {
            if ranks <= 1 {
                return Seconds::ZERO;
            }
            let (beta, alpha) = self.link(span);
            let crosses = self.cluster.link_for(span).kind == LinkKind::Network;
            // Ranks of one node that are in one ring share their network adapters.
            let node = u64::from(self.cluster.per_node);
            let local = if crosses { (node / layout.tp.min(node)).min(ranks).max(1) } else { 1 };
            let inside = self.link(node.min(span)).0;
            let beta = (beta * local as f64).min(if crosses { inside } else { beta });
            all_to_all_time(ranks, Traffic::bytes(bytes), beta, alpha)
        };
        let sharded = ranks.min(group);
        let weights = of(states.gathered.as_f64(), sharded, inner * sharded / layout.cp);
        let mut gradients = of(states.reduced.as_f64(), ranks, inner * layout.dp);
        if group < ranks {
            let between = of(states.reduced.as_f64() / group as f64 * 2.0, ranks / group, inner * layout.dp);
            gradients = of(states.reduced.as_f64(), sharded, inner * sharded) + between;
        }
        let m = self.job.batch.accumulation as f64;
        let overlap = self.job.stack.data_overlap;
        if matches!(self.job.recipe.sharding, Sharding::Weights) {
            let all = (weights * 2.0 + gradients) * m;
            return (all - compute * overlap).max(all * (1.0 - overlap));
        }
        let all = weights + gradients;
        (all - pass.total() * overlap).max(all * (1.0 - overlap))
    }
}

/// Bytes that the step's end moves on one rank.
#[derive(Debug, Clone, Copy)]
pub(super) struct States {
    /// Gradients that are reduced.
    pub(super) reduced: crate::units::Bytes,
    /// Weights that are gathered, in 16 bit.
    pub(super) gathered: crate::units::Bytes,
    /// What the optimizer reads and writes.
    pub(super) updated: crate::units::Bytes,
}
