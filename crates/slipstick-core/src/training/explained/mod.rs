//! Where the memory of stages comes from: what it is made of, recorded beside what was computed.

mod layers;
mod parts;

use super::{
    Job, MeterFits, Meters, Phase, Sharding, StageMemory,
    memory::{Held, shares},
    meters::beside,
};
use crate::{
    basis::Basis,
    formulas::{
        parts::{largest, least, total},
        training::states::{metered, sharded},
    },
    quantity::{Detail as D, Quantity as Q},
    trace::{Input, Source, Trace, at, fact, rules},
    traced,
    units::Bytes,
};

/// One part of a state: so many parameters, each of so many bytes, shared by so many ranks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    parameters: u64,
    bytes: f64,
    ranks: u64,
}

impl Share {
    pub(super) fn bytes(&self) -> Bytes {
        sharded(self.parameters, self.bytes, self.ranks)
    }
}

/// What weights, gradients and the optimizer's state are made of where all weights are trained.
pub(super) fn shares_of(job: &Job<'_>, held: &Held) -> [[Share; 3]; 3] {
    let (recipe, apart) = (job.recipe, job.stack.master_apart);
    let state = |bytes: f64, from: Sharding| {
        let (ranks, expert_ranks) = shares(job, from);
        [
            Share { parameters: held.matrices + held.outer, bytes, ranks },
            Share { parameters: held.experts, bytes, ranks: expert_ranks },
            Share { parameters: 0, bytes, ranks },
        ]
    };
    let (ranks, expert_ranks) = shares(job, Sharding::Optimizer);
    let matrix = recipe.optimizer_bytes(true, apart);
    let twice = if job.stack.both_gradients && recipe.gradients(apart) > 2.0 { 2.0 } else { 0.0 };
    [
        state(recipe.weight_bytes(apart), Sharding::Weights),
        state(recipe.gradients(apart) + twice, Sharding::Gradients),
        [
            Share { parameters: held.matrices, bytes: matrix, ranks },
            Share { parameters: held.outer, bytes: recipe.optimizer_bytes(false, apart), ranks },
            Share { parameters: held.experts, bytes: matrix, ranks: expert_ranks },
        ],
    ]
}

/// Records the memory of all stages and phases, with what other models hold in
/// all of them and what an engine takes while samples are drawn, and what meters read of the largest.
pub fn record_memory(
    job: &Job<'_>,
    (stages, others): (&[StageMemory], [Bytes; 2]),
    (meters, fits): (&Meters, &MeterFits),
    trace: Trace<'_>,
) {
    if !trace.is_on() {
        return;
    }
    let [beside, engine] = others;
    for (quantity, bytes) in [(D::OtherModels, beside), (D::RolloutEngine, engine)] {
        if bytes > Bytes::ZERO {
            trace.stated(quantity, bytes, Source::Model, Basis::Specified);
        }
    }
    layers::record(job, trace);
    let rests = |stage: &StageMemory| stage.phase == Phase::OptimizerStep;
    let resting = stages.iter().position(rests).unwrap_or(0);
    for (row, stage) in stages.iter().enumerate() {
        self::stage(job, (row, resting), stage, trace);
    }
    let most = stages.iter().map(StageMemory::peak).fold(Bytes::ZERO, Bytes::max);
    let peaks = || {
        let one = |(row, stage): (usize, &StageMemory)| {
            let name = format!("stage_{}_{}", stage.stage, stage.phase.name());
            Input::new(name, stage.peak(), at(Q::StagePeak(row)))
        };
        stages.iter().enumerate().map(one).collect()
    };
    trace.gathered(Q::TrainingPeak, &largest::FORMULA, most, peaks);
    readings(job, most, meters, fits, trace);
}

/// The parts of a stage's memory, in the order of their records.
fn parts_of(stage: &StageMemory) -> [(&'static str, Bytes); 7] {
    [
        ("weights", stage.weights),
        ("gradients", stage.gradients),
        ("optimizer", stage.optimizer),
        ("activations", stage.activations),
        ("logits", stage.logits),
        ("buffers", stage.buffers),
        ("transient", stage.transient),
    ]
}

fn stage(job: &Job<'_>, (row, resting): (usize, usize), stage: &StageMemory, trace: Trace<'_>) {
    if stage.phase == Phase::Generation {
        generation(row, resting, stage, trace);
    } else {
        parts::record(job, row, stage, trace);
    }
    for (part, (_, bytes)) in parts_of(stage).into_iter().enumerate() {
        if trace.recorded(Q::StagePart(row, part)).is_none() {
            let source = if bytes == Bytes::ZERO { Source::Layout } else { Source::Engine };
            trace.stated(Q::StagePart(row, part), bytes, source, Basis::Specified);
        }
    }
    trace.stated(Q::StageNumber(row), stage.stage, Source::Layout, Basis::Exact);
    if trace.recorded(Q::StageHost(row)).is_none() {
        trace.stated(Q::StageHost(row), stage.host, Source::Engine, Basis::Specified);
    }
    trace.gathered(Q::StagePeak(row), &total::FORMULA, stage.peak(), || {
        let one = |(part, (name, bytes))| Input::new(name, bytes, at(Q::StagePart(row, part)));
        parts_of(stage).into_iter().enumerate().map(one).collect()
    });
}

/// Records a number as the sum of others, where they are all of it.
pub(super) fn sum<P: Into<Q> + Copy>(trace: Trace<'_>, own: Q, value: Bytes, parts: &[(&'static str, P)]) {
    let all: f64 = parts.iter().filter_map(|(_, part)| trace.recorded(*part)).sum();
    if (all - value.as_f64()).abs() < 0.5 {
        trace.gathered_of(own, &total::FORMULA, value, parts.iter().copied());
    }
}

/// Records the weights of a stage as the sum of parts, and what other models hold beside them.
pub(super) fn own_weights<P: Into<Q> + Copy>(
    row: usize,
    value: Bytes,
    parts: &[(&'static str, P)],
    trace: Trace<'_>,
) {
    let others = trace.recorded(D::OtherModels).unwrap_or(0.0);
    sum(trace, D::OwnWeights(row).into(), value.saturating_sub(Bytes::ceil(others)), parts);
    let all = [("own", D::OwnWeights(row)), ("other_models", D::OtherModels)];
    sum(trace, Q::StagePart(row, 0), value, &all);
}

/// Records what a stage holds while samples are drawn: what rests there in a row, and an engine that slept before.
fn generation(row: usize, resting: usize, stage: &StageMemory, trace: Trace<'_>) {
    let engine = [("resting", Q::StagePart(resting, 0)), ("rollout_engine", D::RolloutEngine.into())];
    sum(trace, Q::StagePart(row, 0), stage.weights, &engine[..1]);
    sum(trace, Q::StagePart(row, 0), stage.weights, &engine);
    for (part, (_, bytes)) in parts_of(stage).into_iter().enumerate().skip(1) {
        sum(trace, Q::StagePart(row, part), bytes, &[("resting", Q::StagePart(resting, part))]);
    }
    sum(trace, Q::StageHost(row), stage.host, &[("resting", Q::StageHost(resting))]);
}

/// What three meters read of the largest peak. None reads less than the one before it, and none more than there is.
fn readings(job: &Job<'_>, most: Bytes, meters: &Meters, fits: &MeterFits, trace: Trace<'_>) {
    let stack = job.stack;
    let (unused, besides) = beside(job, trace);
    let more = unused + besides + stack.context + fits.besides;
    let rows = [
        (Q::Allocated, Q::AllocatedAlone, 1.0, Bytes::ZERO, fits.allocated, meters.allocated),
        (Q::Reserved, Q::ReservedAlone, stack.reserved, unused, fits.reserved, meters.reserved),
        (Q::DeviceMemory, Q::DeviceAlone, stack.reserved, more, fits.device, meters.device),
    ];
    let mut before: Option<(Q, Bytes)> = None;
    for (place, (quantity, alone, share, context, fit, reading)) in rows.into_iter().enumerate() {
        let own = traced!(trace, alone, metered {
            M: most => at(Q::TrainingPeak),
            s: share => rules(""),
            c: context => if context == unused && unused > Bytes::ZERO { at(D::UnusedBlocks) } else { rules("B") },
            f: fit.value => fact("", Source::Engine, fit.basis),
        });
        let read = before.map_or(own, |(_, bytes)| own.max(bytes));
        let capped = reading.value < read;
        let whole = if capped { D::Uncapped(place).into() } else { quantity };
        trace.gathered(whole, &largest::FORMULA, read, || {
            let mut inputs = vec![Input::new("own", own, at(alone))];
            inputs.extend(before.map(|(quantity, bytes)| Input::new("before", bytes, at(quantity))));
            inputs
        });
        if capped {
            trace.gathered(quantity, &least::FORMULA, reading.value, || {
                vec![Input::new("reading", read, at(whole)), Input::new("at_most", reading.value, rules("B"))]
            });
        }
        before = Some((whole, read));
    }
}
