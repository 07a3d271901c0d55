//! The time of one engine step.

mod clock;
mod host;

use super::compute;
use crate::{
    formulas::time::{
        collective::{all_reduce_time, all_to_all_time, transfer_time},
        latency::step_sum,
        roofline::roofline_time,
    },
    hardware::{Accelerator, Calibration, Cluster},
    numeric::ScalarFormat,
    ops::{GemmLine, LoweredGroup, LoweredModel, OpCost, Operator, Step},
    quantity::{Quantity, StepKind},
    trace::{Trace, fitted},
    traced,
    units::{Bandwidth, FlopRate, Seconds, Traffic},
};

pub use clock::{Shape, StepClock, Steps};
pub use host::HostWork;

/// What limits an operator or a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// Arithmetic.
    Compute,
    /// Memory bandwidth.
    Bandwidth,
    /// Links between accelerators.
    Communication,
    /// Launches, scheduling and latencies that no faster memory shortens.
    Latency,
    /// Memory capacity: more sequences would be faster but do not fit.
    Capacity,
}

impl Bound {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Bandwidth => "bandwidth",
            Self::Communication => "communication",
            Self::Latency => "latency",
            Self::Capacity => "capacity",
        }
    }
}

/// A link as collectives see it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ring {
    ranks: u64,
    bandwidth: Bandwidth,
    latency: Seconds,
}

/// The rates and overheads of a cluster under a calibration, ready for use.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// By compute format; none where no unit computes in it.
    flops: [FlopRate; FORMATS],
    weights: Bandwidth,
    packed: Bandwidth,
    cache: Bandwidth,
    attention: FlopRate,
    experts: ExpertRates,
    tensor: Ring,
    expert: Ring,
    pipeline: Ring,
    per_layer: Seconds,
    per_expert_layer: Seconds,
    per_latent_layer: Seconds,
    per_recurrent_layer: Seconds,
    per_step: Seconds,
    per_sequence: Seconds,
    /// How many times as long layers take the host in steps that are launched kernel by kernel.
    eager_launch: f64,
    /// The tokens of a step that only reads prompts above which it is.
    eager_above: f64,
    /// The largest load at which waiting prompts are counted as a queue in steady state.
    pub(super) prompt_load: f64,
}

impl Ring {
    /// The link of a group of `ranks` whose members lie within `span` accelerators.
    fn new(cluster: &Cluster, calibration: &Calibration, ranks: u64, span: u64) -> Self {
        let link = cluster.link_for(span);
        let share = calibration.links.of(link.kind);
        let further = ranks.saturating_sub(2) as f64;
        Self {
            ranks,
            bandwidth: link.bandwidth * (share.share / calibration.level),
            latency: (share.latency + share.latency_per_rank * further) * calibration.level,
        }
    }
}

/// What dense products reach, by compute format; nothing where no unit computes in it.
fn products(accelerator: &Accelerator, calibration: &Calibration) -> [FlopRate; FORMATS] {
    ALL_FORMATS.map(|format| {
        let reached = compute::reached(accelerator, calibration, format);
        reached.map_or(FlopRate::ZERO, |rate| rate * (1.0 / calibration.level))
    })
}

/// What products with routed experts run at.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ExpertRates {
    /// Share of the rate of dense products.
    compute: f64,
    weights: Bandwidth,
    packed: Bandwidth,
    widened: Bandwidth,
    unevenness: f64,
}

const FORMATS: usize = 10;

const fn index(format: ScalarFormat) -> usize {
    match format {
        ScalarFormat::Fp64 => 0,
        ScalarFormat::Fp32 => 1,
        ScalarFormat::Tf32 => 2,
        ScalarFormat::Bf16 => 3,
        ScalarFormat::Fp16 => 4,
        ScalarFormat::Fp8E4m3 => 5,
        ScalarFormat::Fp8E5m2 => 6,
        ScalarFormat::Int8 => 7,
        ScalarFormat::Fp4 => 8,
        ScalarFormat::Int4 => 9,
    }
}

const ALL_FORMATS: [ScalarFormat; FORMATS] = [
    ScalarFormat::Fp64,
    ScalarFormat::Fp32,
    ScalarFormat::Tf32,
    ScalarFormat::Bf16,
    ScalarFormat::Fp16,
    ScalarFormat::Fp8E4m3,
    ScalarFormat::Fp8E5m2,
    ScalarFormat::Int8,
    ScalarFormat::Fp4,
    ScalarFormat::Int4,
];

impl Rates {
    /// The rates of `cluster` under `calibration` for groups of `tp`, `ep` and `pp` ranks; `None` if the accelerator
    /// states no peak that products could run at.
    pub fn new(cluster: &Cluster, calibration: &Calibration, tp: u64, ep: u64, pp: u64) -> Option<Self> {
        let accelerator = &cluster.accelerator;
        let slower = calibration.level;
        let attention = compute::peak(accelerator, ScalarFormat::Bf16)? * (calibration.attention / slower);
        let ring = |ranks: u64, span: u64| Ring::new(cluster, calibration, ranks, span);
        let bandwidth = accelerator.memory_bandwidth * (1.0 / slower);
        let weights = bandwidth * calibration.memory;
        let packed = bandwidth * calibration.memory_packed;
        let experts = calibration.experts;
        Some(Self {
            flops: products(accelerator, calibration),
            weights,
            packed,
            cache: bandwidth * calibration.memory_cache,
            attention,
            experts: ExpertRates {
                compute: experts.compute,
                weights: weights * experts.memory,
                packed: packed * experts.memory_packed,
                widened: packed * experts.memory_widened,
                unevenness: experts.unevenness,
            },
            tensor: ring(tp, tp),
            expert: ring(ep, ep),
            pipeline: ring(2, tp * pp),
            per_layer: calibration.per_layer * slower,
            per_expert_layer: calibration.per_expert_layer * slower,
            per_latent_layer: calibration.per_latent_layer * slower,
            per_recurrent_layer: calibration.per_recurrent_layer * slower,
            per_step: calibration.per_step * slower,
            per_sequence: calibration.per_sequence * slower,
            eager_launch: calibration.assumed.eager_launch.value,
            eager_above: f64::INFINITY,
            prompt_load: calibration.assumed.prompt_load.value,
        })
    }

    /// How unevenly experts are chosen.
    pub(super) const fn unevenness(&self) -> f64 {
        self.experts.unevenness
    }

    /// The same where steps that only read prompts are launched kernel by kernel above so many tokens, if they ever are.
    #[must_use]
    pub fn eager_above(self, tokens: Option<u64>) -> Self {
        Self { eager_above: tokens.map_or(f64::INFINITY, |tokens| tokens as f64), ..self }
    }

    /// How many times as long layers take the host in a step that decodes so many sequences and reads so many tokens.
    fn launch(&self, sequences: f64, prompt: f64) -> f64 {
        if host::is_eager(sequences, prompt, self.eager_above) { self.eager_launch } else { 1.0 }
    }

    /// The same where nothing is scheduled and nothing emitted: passes within a step.
    pub(super) fn unscheduled(&self) -> Self {
        Self { per_step: Seconds::ZERO, per_sequence: Seconds::ZERO, ..self.clone() }
    }

    /// What the products of a line run at.
    fn product(&self, line: &GemmLine) -> (FlopRate, Bandwidth) {
        let dense = self.flops[index(line.compute)];
        match (line.experts, line.packed) {
            (None, false) => (dense, self.weights),
            (None, true) => (dense, self.packed),
            (Some(_), false) => (dense * self.experts.compute, self.experts.weights),
            (Some(_), true) if line.compute.is_wide() => (dense * self.experts.compute, self.experts.widened),
            (Some(_), true) => (dense * self.experts.compute, self.experts.packed),
        }
    }
}

/// The time of a step, by what it is spent on. The parts sum to the total.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StepTime {
    /// Operators that arithmetic binds.
    pub compute: Seconds,
    /// Operators that memory binds.
    pub bandwidth: Seconds,
    /// Collectives and transfers.
    pub communication: Seconds,
    /// Launches, scheduling, sampling.
    pub overhead: Seconds,
}

impl StepTime {
    /// The whole step.
    pub fn total(&self) -> Seconds {
        step_sum(self.compute, self.bandwidth, self.communication, self.overhead)
    }

    /// Records it as one of the steps that an estimate rests on.
    pub(super) fn record(&self, kind: StepKind, trace: Trace<'_>) {
        self.record_as(Quantity::StepTime(kind), trace);
    }

    /// Records it as the time of a step that another is made of.
    pub(super) fn record_as(&self, quantity: Quantity, trace: Trace<'_>) {
        traced!(trace, quantity, step_sum {
            t_c: self.compute => fitted("s"),
            t_b: self.bandwidth => fitted("s"),
            t_l: self.communication => fitted("s"),
            t_o: self.overhead => fitted("s"),
        });
    }

    /// This and another, one after the other.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            compute: self.compute + other.compute,
            bandwidth: self.bandwidth + other.bandwidth,
            communication: self.communication + other.communication,
            overhead: self.overhead + other.overhead,
        }
    }

    /// So many of it.
    pub(super) fn times(&self, count: f64) -> Self {
        Self {
            compute: self.compute * count,
            bandwidth: self.bandwidth * count,
            communication: self.communication * count,
            overhead: self.overhead * count,
        }
    }

    /// What most of it is spent on.
    pub fn bound(&self) -> Bound {
        let parts = [
            (self.compute, Bound::Compute),
            (self.bandwidth, Bound::Bandwidth),
            (self.communication, Bound::Communication),
            (self.overhead, Bound::Latency),
        ];
        let longest = |a: (Seconds, Bound), b: (Seconds, Bound)| if b.0 > a.0 { b } else { a };
        parts.into_iter().fold((Seconds::ZERO, Bound::Latency), longest).1
    }
}

/// One operator of a step: its cost over all layers, its time, and what binds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimedOp {
    /// The operator.
    pub operator: Operator,
    /// Its cost on one rank, all layers together.
    pub cost: OpCost,
    /// Its time, all layers together.
    pub time: Seconds,
    /// What binds it.
    pub bound: Bound,
    /// What it runs at.
    pub pace: Pace,
}

/// What an operator runs at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// A rate of arithmetic and a bandwidth, whichever takes longer.
    Roofline(FlopRate, Bandwidth),
    /// A link, with the latency of all collectives together.
    Link {
        /// Ranks that take part.
        ranks: u64,
        /// What one rank sends at.
        bandwidth: Bandwidth,
        /// Latency of one collective.
        latency: Seconds,
        /// How many there are.
        times: f64,
    },
    /// The host.
    Host(HostWork),
}

impl Pace {
    /// Whether it is the same rate, bandwidth or link.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (*self, *other) {
            (
                Self::Link { ranks, bandwidth, latency, .. },
                Self::Link { ranks: n, bandwidth: b, latency: l, .. },
            ) => (ranks, bandwidth, latency) == (n, b, l),
            (one, other) => one == other,
        }
    }
}

/// The time of a step. Each operator is shown to `visit` once a layer group.
pub fn step_time(
    model: &LoweredModel,
    rates: &Rates,
    step: &Step,
    mut visit: impl FnMut(TimedOp),
) -> StepTime {
    let mut clock = Clock { rates, time: StepTime::default(), visit: &mut visit };
    let tokens = step.tokens();
    for group in &model.groups {
        clock.layer(group, step, tokens, model.hidden);
    }
    if let Some(head) = &model.head {
        clock.gemm(head, step.heads(), 1.0);
    }
    let link = rates.pipeline;
    if model.stages > 1.0 && link.ranks > 1 {
        let sent = Traffic::bytes(2.0 * tokens * model.hidden);
        let time = transfer_time(link.latency, sent, link.bandwidth);
        clock.communicate(Operator::PipelineTransfer, sent, link, time, model.stages - 1.0);
    }
    let launch = rates.launch(step.decode_sequences, step.prefill_tokens);
    for work in HostWork::of(model, rates, step.decode_tokens(), launch) {
        clock.host(work);
    }
    clock.time
}

struct Clock<'a, V: FnMut(TimedOp)> {
    rates: &'a Rates,
    time: StepTime,
    visit: &'a mut V,
}

impl<V: FnMut(TimedOp)> Clock<'_, V> {
    fn layer(&mut self, group: &LoweredGroup, step: &Step, tokens: f64, hidden: f64) {
        for line in &group.gemms {
            self.gemm(line, tokens, group.count);
        }
        for line in &group.mixers {
            if step.decode_sequences > 0.0 {
                self.mix(line.operator(), &line.decode_cost(step), group.count);
            }
            if step.prefill_tokens > 0.0 {
                self.mix(line.operator(), &line.prefill_cost(step), group.count);
            }
        }
        let moved = Traffic::bytes(2.0 * tokens * group.elementwise_width);
        let cost = OpCost { read: moved * 0.5, written: moved * 0.5, ..OpCost::default() };
        let wide = self.rates.flops[index(ScalarFormat::Bf16)];
        self.record(Operator::Elementwise, &cost, wide, self.rates.weights, group.count);
        let vector = Traffic::bytes(2.0 * tokens * hidden);
        if self.rates.tensor.ranks > 1 {
            let ring = self.rates.tensor;
            let time = all_reduce_time(ring.ranks, vector, ring.bandwidth, ring.latency);
            self.communicate(Operator::AllReduce, vector, ring, time, group.reductions * group.count);
        }
        if group.dispatched > 0.0 {
            let ring = self.rates.expert;
            let sent = vector * group.dispatched;
            let time = all_to_all_time(ring.ranks, sent, ring.bandwidth, ring.latency);
            // Dispatch and combine.
            self.communicate(Operator::AllToAll, sent, ring, time, 2.0 * group.count);
        }
    }

    fn gemm(&mut self, line: &GemmLine, tokens: f64, count: f64) {
        if tokens <= 0.0 {
            return;
        }
        let (rate, bandwidth) = self.rates.product(line);
        self.record(line.operator, &line.cost(tokens, self.rates.experts.unevenness), rate, bandwidth, count);
    }

    fn mix(&mut self, operator: Operator, cost: &OpCost, count: f64) {
        self.record(operator, cost, self.rates.attention, self.rates.cache, count);
    }

    fn record(
        &mut self,
        operator: Operator,
        cost: &OpCost,
        rate: FlopRate,
        bandwidth: Bandwidth,
        count: f64,
    ) {
        let time = roofline_time(cost.flops, rate, cost.moved(), bandwidth) * count;
        let bound =
            if cost.flops / rate > cost.moved() / bandwidth { Bound::Compute } else { Bound::Bandwidth };
        match bound {
            Bound::Compute => self.time.compute += time,
            Bound::Bandwidth | Bound::Communication | Bound::Latency | Bound::Capacity => {
                self.time.bandwidth += time;
            }
        }
        let pace = Pace::Roofline(rate, bandwidth);
        (self.visit)(TimedOp { operator, cost: cost.times(count), time, bound, pace });
    }

    /// So many collectives that each take `time` for `bytes`.
    fn communicate(&mut self, operator: Operator, bytes: Traffic, ring: Ring, time: Seconds, times: f64) {
        let time = time * times;
        self.time.communication += time;
        let cost = OpCost { communicated: bytes * times, ..OpCost::default() };
        let pace = Pace::Link { ranks: ring.ranks, bandwidth: ring.bandwidth, latency: ring.latency, times };
        (self.visit)(TimedOp { operator, cost, time, bound: Bound::Communication, pace });
    }

    fn host(&mut self, work: HostWork) {
        let time = work.time();
        self.time.overhead += time;
        let (cost, pace) = (OpCost::default(), Pace::Host(work));
        (self.visit)(TimedOp { operator: Operator::Overhead, cost, time, bound: Bound::Latency, pace });
    }
}
