//! The operators of a step as rows of a report.

use crate::{
    basis::Basis,
    estimate::compute,
    estimate::step::{Bound, HostWork, Pace, Rates, TimedOp, step_time},
    formulas::{
        parts::total,
        time::{
            collective::{all_reduce_time, all_to_all_time, transfer_time},
            experts::experts_touched,
            latency::host_time,
            roofline::{arithmetic_intensity, reached_rate, ridge_point, roofline_time},
            span::{mean_visible, mean_visible_behind},
        },
    },
    hardware::Accelerator,
    model::Span,
    numeric::ScalarFormat,
    ops::{LoweredModel, MixLine, OpCost, Operator, Phase, Step},
    quantity::{Detail, Quantity, Quantity as Q, StepKind},
    trace::{Input, Origin, Source, Trace, asked, at, fact, fitted, layout, model},
    traced,
    units::{Bandwidth, FlopRate, Intensity, Seconds},
};

/// One operator of a phase, over all layers of one rank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RooflineRow {
    /// The operator.
    pub operator: Operator,
    /// The phase.
    pub phase: Phase,
    /// Its work.
    pub cost: OpCost,
    /// Its time.
    pub time: Seconds,
    /// What binds it.
    pub bound: Bound,
}

impl RooflineRow {
    /// Its FLOPs a byte moved; `None` of what computes nothing or moves nothing.
    pub fn intensity(&self) -> Option<Intensity> {
        let (flops, moved) = (self.cost.flops, self.cost.moved());
        (flops.get() > 0.0 && moved.get() > 0.0).then(|| arithmetic_intensity(flops, moved))
    }

    /// The rate it reaches; `None` of what computes nothing.
    pub fn rate(&self) -> Option<FlopRate> {
        (self.cost.flops.get() > 0.0).then(|| reached_rate(self.cost.flops, self.time))
    }
}

/// What no operator can go beyond, in the format that most of the work is done in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roof {
    /// The dense peak of matrix products.
    pub peak: FlopRate,
    /// The bandwidth of memory.
    pub bandwidth: Bandwidth,
    /// The intensity above which arithmetic binds.
    pub ridge: Intensity,
}

/// The roof of an accelerator that computes in a format; `None` if it states no peak for it.
pub(super) fn roof(accelerator: &Accelerator, compute: ScalarFormat, trace: Trace<'_>) -> Option<Roof> {
    let (peak, bandwidth) = (compute::peak(accelerator, compute)?, accelerator.memory_bandwidth);
    trace.stated(Detail::RoofPeak, peak, Source::Accelerator, Basis::Specified);
    trace.stated(Detail::RoofBandwidth, bandwidth, Source::Accelerator, Basis::Specified);
    let ridge = traced!(trace, Q::RidgeIntensity, ridge_point {
        pi: peak => at(Detail::RoofPeak),
        beta: bandwidth => at(Detail::RoofBandwidth),
    });
    Some(Roof { peak, bandwidth, ridge })
}

/// The operators of `step`, those of one kind together, in order of first use; the first is row `first` of the report.
pub(super) fn rows(
    lowered: &LoweredModel,
    rates: &Rates,
    step: &Step,
    phase: Phase,
    (first, trace): (usize, Trace<'_>),
) -> Vec<RooflineRow> {
    let mut parts: Vec<TimedOp> = Vec::new();
    step_time(lowered, rates, step, |op| gather(&mut parts, op));
    parts.retain(|op| op.time > Seconds::ZERO);
    let mut rows: Vec<RooflineRow> = Vec::new();
    for part in &parts {
        match rows.iter_mut().find(|row| is_part(part, row)) {
            Some(row) => {
                row.time += part.time;
                row.cost.add(&part.cost);
            }
            None => rows.push(RooflineRow {
                operator: part.operator,
                phase,
                cost: part.cost,
                time: part.time,
                bound: part.bound,
            }),
        }
    }
    if trace.is_on() {
        means(lowered, rates, step, phase, trace);
        for (at, row) in (first..).zip(&rows) {
            record(row, &parts, at, trace);
        }
    }
    rows
}

/// Sums operators of the same kind that run at the same pace, keeping their order.
fn gather(parts: &mut Vec<TimedOp>, op: TimedOp) {
    let same = |part: &&mut TimedOp| {
        part.operator == op.operator && part.bound == op.bound && part.pace.is_like(&op.pace)
    };
    match parts.iter_mut().find(same) {
        Some(part) => {
            part.time += op.time;
            part.cost.add(&op.cost);
            if let (Pace::Link { times, .. }, Pace::Link { times: more, .. }) = (&mut part.pace, op.pace) {
                *times += more;
            }
        }
        None => parts.push(op),
    }
}

fn is_part(part: &TimedOp, row: &RooflineRow) -> bool {
    part.operator == row.operator && part.bound == row.bound
}

/// FLOPs a byte over all rows.
pub(super) fn intensity(
    rows: &[RooflineRow],
    quantity: Quantity,
    first: usize,
    trace: Trace<'_>,
) -> Intensity {
    let mut sum = OpCost::default();
    for row in rows {
        sum.add(&row.cost);
    }
    let of_rows = |one: fn(usize) -> Quantity, value: fn(&OpCost) -> f64| {
        let rows = (first..).zip(rows).map(move |(row, r)| (row, value(&r.cost), one(row)));
        rows.filter(|(_, value, _)| *value > 0.0)
            .map(|(row, value, quantity)| Input::new(format!("row {row}"), value, at(quantity)))
            .collect::<Vec<_>>()
    };
    trace.gathered(Quantity::PhaseFlops(first), &total::FORMULA, sum.flops, || {
        of_rows(Quantity::OperatorFlops, |cost| cost.flops.get())
    });
    trace.gathered(Quantity::PhaseBytes(first), &total::FORMULA, sum.moved(), || {
        of_rows(Quantity::OperatorBytes, |cost| cost.moved().get())
    });
    traced!(trace, quantity, arithmetic_intensity {
        W: sum.flops => at(Quantity::PhaseFlops(first)),
        Q: sum.moved() => at(Quantity::PhaseBytes(first)),
    })
}

/// What the costs of routed experts and of attention to a prompt are expected to depend on.
fn means(lowered: &LoweredModel, rates: &Rates, step: &Step, phase: Phase, trace: Trace<'_>) {
    let kind = if phase == Phase::Prefill { StepKind::Prefill } else { StepKind::Decode };
    let mut lines = lowered.groups.iter().flat_map(|group| &group.gemms);
    if let Some(experts) = lines.find_map(|line| line.experts) {
        traced!(trace, Quantity::ExpertsTouched(kind), experts_touched {
            E: experts.count => model("experts"),
            k: experts.active => model("experts"),
            M: step.tokens() * experts.joined_ranks => asked("tokens"),
            q: rates.unevenness() => fitted(""),
        });
    }
    let spans = lowered.groups.iter().flat_map(|group| &group.mixers).filter_map(MixLine::span);
    let widest = spans.map(|span| match span {
        Span::Full => step.prefill_length,
        Span::Window(w) | Span::Chunk(w) => w as f64,
    });
    if let Some(window) = widest.reduce(f64::max).filter(|_| phase == Phase::Prefill) {
        let (s, p) = (step.prefill_length, step.cached);
        if p > 0.0 {
            traced!(trace, Quantity::MeanVisible, mean_visible_behind {
                s: s => asked("tokens"),
                p: p => at(Quantity::CachedTokens),
                v_s: mean_visible(s, window) => model("tokens"),
                v_p: mean_visible(p, window) => model("tokens"),
            });
            return;
        }
        traced!(trace, Quantity::MeanVisible, mean_visible {
            s: s => asked("tokens"),
            w: window => model("tokens"),
        });
    }
}

/// Records a row: each of its parts runs at one pace.
fn record(row: &RooflineRow, parts: &[TimedOp], index: usize, trace: Trace<'_>) {
    let own: Vec<&TimedOp> = parts.iter().filter(|part| is_part(part, row)).collect();
    // How many experts a batch meets is an expectation.
    let basis = if row.operator == Operator::Experts { Basis::Assumed } else { Basis::Exact };
    let figures = [
        (Quantity::OperatorFlops(index), row.cost.flops.get()),
        (Quantity::OperatorBytes(index), row.cost.moved().get()),
        (Quantity::OperatorSent(index), row.cost.communicated.get()),
    ];
    for (quantity, value) in figures {
        trace.stated(quantity, value, Source::Model, basis);
    }
    point(row, index, trace);
    if let [only] = own.as_slice() {
        let whole =
            [Quantity::OperatorFlops(index), Quantity::OperatorBytes(index), Quantity::OperatorSent(index)];
        time(only, Quantity::OperatorTime(index), whole.map(at), trace);
        return;
    }
    for (number, part) in own.iter().enumerate() {
        let share = fact("", Source::Model, basis);
        time(part, Quantity::OperatorPart(index, number), [share; 3], trace);
    }
    trace.gathered(Quantity::OperatorTime(index), &total::FORMULA, row.time, || {
        let times = own.iter().enumerate();
        times
            .map(|(n, part)| Input::new(format!("part {n}"), part.time, at(Quantity::OperatorPart(index, n))))
            .collect()
    });
}

/// Records where a row stands in the roofline.
fn point(row: &RooflineRow, index: usize, trace: Trace<'_>) {
    if row.intensity().is_some() {
        traced!(trace, Detail::OperatorIntensity(index), arithmetic_intensity {
            W: row.cost.flops => at(Q::OperatorFlops(index)),
            Q: row.cost.moved() => at(Q::OperatorBytes(index)),
        });
    }
    if row.rate().is_some() {
        traced!(trace, Detail::OperatorRate(index), reached_rate {
            W: row.cost.flops => at(Q::OperatorFlops(index)),
            T: row.time => at(Q::OperatorTime(index)),
        });
    }
}

/// Records the time of what runs at one pace, from its work, the bytes it moves, and those it sends.
fn time(part: &TimedOp, quantity: Quantity, [flops, moved, sent]: [Origin; 3], trace: Trace<'_>) {
    match part.pace {
        Pace::Roofline(rate, bandwidth) => {
            traced!(trace, quantity, roofline_time {
                W: part.cost.flops => flops,
                pi: rate => fact("", Source::Reached, Basis::Specified),
                Q: part.cost.moved() => moved,
                beta: bandwidth => fact("", Source::Reached, Basis::Specified),
            });
        }
        Pace::Link { ranks, bandwidth, latency, times } => {
            let (alpha, bytes, beta) = (latency * times, part.cost.communicated, bandwidth);
            let reached = fact("", Source::Reached, Basis::Specified);
            match part.operator {
                Operator::AllReduce => {
                    traced!(trace, quantity, all_reduce_time {
                        n: ranks => layout("ranks"), M: bytes => sent, beta: beta => reached, alpha: alpha => fitted("s"),
                    });
                }
                Operator::AllToAll => {
                    traced!(trace, quantity, all_to_all_time {
                        n: ranks => layout("ranks"), M: bytes => sent, beta: beta => reached, alpha: alpha => fitted("s"),
                    });
                }
                _ => {
                    traced!(trace, quantity, transfer_time {
                        alpha: alpha => fitted("s"), M: bytes => sent, beta: beta => reached,
                    });
                }
            }
        }
        Pace::Host(work) => host(work, quantity, trace),
    }
}

fn host(work: HostWork, quantity: Quantity, trace: Trace<'_>) {
    traced!(trace, quantity, host_time {
        L: work.layers => model("layers"),
        l: work.per_layer => fitted("s"),
        E: work.expert_layers => model("layers"),
        e: work.per_expert_layer => fitted("s"),
        s: work.per_step => fitted("s"),
        B: work.sequences => asked("sequences"),
        q: work.per_sequence => fitted("s"),
    });
}
