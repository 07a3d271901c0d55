//! The time of one engine step.

mod clock;

use super::compute;
use crate::{
    formulas::time::{
        collective::{all_reduce_time, all_to_all_time, transfer_time},
        latency::step_sum,
    },
    hardware::{Calibration, Cluster},
    numeric::ScalarFormat,
    ops::{GemmLine, LoweredGroup, LoweredModel, OpCost, Operator, Step},
    units::{Bandwidth, Flops, Seconds, Traffic},
};

pub use clock::{StepClock, Steps};

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
    /// Seconds a FLOP, by compute format.
    per_flop: [f64; FORMATS],
    weights: Bandwidth,
    packed: Bandwidth,
    cache: Bandwidth,
    attention_per_flop: f64,
    tensor: Ring,
    expert: Ring,
    pipeline: Ring,
    per_layer: Seconds,
    per_expert_layer: Seconds,
    per_step: Seconds,
    per_sequence: Seconds,
    /// The largest load at which waiting prompts are counted as a queue in steady state.
    pub(super) prompt_load: f64,
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
        let mut per_flop = [f64::INFINITY; FORMATS];
        for format in ALL_FORMATS {
            if let Some(rate) = compute::reached(accelerator, calibration, format) {
                per_flop[index(format)] = 1.0 / rate.get();
            }
        }
        let attention = compute::peak(accelerator, ScalarFormat::Bf16)? * calibration.attention;
        let ring = |ranks: u64, span: u64| {
            let link = cluster.link_for(span);
            let share = calibration.links.of(link.kind);
            let further = ranks.saturating_sub(2) as f64;
            Ring {
                ranks,
                bandwidth: link.bandwidth * share.share,
                latency: share.latency + share.latency_per_rank * further,
            }
        };
        let bandwidth = accelerator.memory_bandwidth;
        Some(Self {
            per_flop,
            weights: bandwidth * calibration.memory,
            packed: bandwidth * calibration.memory_packed,
            cache: bandwidth * calibration.memory_cache,
            attention_per_flop: 1.0 / attention.get(),
            tensor: ring(tp, tp),
            expert: ring(ep, ep),
            pipeline: ring(2, tp * pp),
            per_layer: calibration.per_layer,
            per_expert_layer: calibration.per_expert_layer,
            per_step: calibration.per_step,
            per_sequence: calibration.per_sequence,
            prompt_load: calibration.assumed.prompt_load.value,
        })
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
        clock.gemm(head, step.decode_sequences + step.prompts_completed, 1.0);
    }
    let stages = rates.pipeline.ranks;
    if model.stages > 1.0 && stages > 1 {
        let sent = Traffic::bytes(2.0 * tokens * model.hidden);
        let time = transfer_time(rates.pipeline.latency, sent, rates.pipeline.bandwidth);
        clock.communicate(Operator::PipelineTransfer, sent, time * (model.stages - 1.0));
    }
    let host = rates.per_step + rates.per_sequence * step.decode_sequences;
    clock.overhead(rates.per_layer * model.layers + host);
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
        self.record(Operator::Elementwise, &cost, Seconds::ZERO, moved / self.rates.weights, group.count);
        let vector = Traffic::bytes(2.0 * tokens * hidden);
        if self.rates.tensor.ranks > 1 {
            let ring = self.rates.tensor;
            let time = all_reduce_time(ring.ranks, vector, ring.bandwidth, ring.latency);
            self.communicate(
                Operator::AllReduce,
                vector * group.count,
                time * (group.reductions * group.count),
            );
        }
        if group.dispatched > 0.0 {
            let ring = self.rates.expert;
            let sent = vector * group.dispatched;
            let time = all_to_all_time(ring.ranks, sent, ring.bandwidth, ring.latency);
            // Dispatch and combine.
            self.communicate(Operator::AllToAll, sent * (2.0 * group.count), time * (2.0 * group.count));
        }
        if group.gemms.iter().any(|line| line.experts.is_some()) {
            self.overhead(self.rates.per_expert_layer * group.count);
        }
    }

    fn gemm(&mut self, line: &GemmLine, tokens: f64, count: f64) {
        if tokens <= 0.0 {
            return;
        }
        let cost = line.cost(tokens);
        let bandwidth = if line.packed { self.rates.packed } else { self.rates.weights };
        let compute = Seconds::s(cost.flops.get() * self.rates.per_flop[index(line.compute)]);
        self.record(line.operator, &cost, compute, cost.moved() / bandwidth, count);
    }

    fn mix(&mut self, operator: Operator, cost: &OpCost, count: f64) {
        let compute = Seconds::s(cost.flops.get() * self.rates.attention_per_flop);
        self.record(operator, cost, compute, cost.moved() / self.rates.cache, count);
    }

    fn record(&mut self, operator: Operator, cost: &OpCost, compute: Seconds, memory: Seconds, count: f64) {
        let (time, bound) = if compute > memory {
            (compute * count, Bound::Compute)
        } else {
            (memory * count, Bound::Bandwidth)
        };
        if compute > memory {
            self.time.compute += time;
        } else {
            self.time.bandwidth += time;
        }
        (self.visit)(TimedOp { operator, cost: cost.times(count), time, bound });
    }

    fn communicate(&mut self, operator: Operator, bytes: Traffic, time: Seconds) {
        self.time.communication += time;
        let cost = OpCost { communicated: bytes, ..OpCost::default() };
        (self.visit)(TimedOp { operator, cost, time, bound: Bound::Communication });
    }

    fn overhead(&mut self, time: Seconds) {
        self.time.overhead += time;
        let cost = OpCost { flops: Flops::ZERO, ..OpCost::default() };
        (self.visit)(TimedOp { operator: Operator::Overhead, cost, time, bound: Bound::Latency });
    }
}
