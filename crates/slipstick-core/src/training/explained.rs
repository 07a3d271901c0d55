//! Where the memory of stages comes from: what it is made of, recorded beside what was computed.

use super::{
    Job, MeterFits, Meters, Sharding, StageMemory,
    memory::{Held, held, micro_batch, shares},
    meters::loose,
};
use crate::{
    basis::{Basis, Known},
    formulas::{
        parts::{largest, total},
        training::{
            activations::held_activations,
            states::{metered, sharded},
        },
    },
    quantity::Quantity as Q,
    trace::{Input, Source, Trace, asked, at, fact, layout, model, rules},
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

/// Records the memory of all stages and phases, and what meters read of the largest.
pub fn record_memory(
    job: &Job<'_>,
    stages: &[StageMemory],
    (meters, fits): (&Meters, &MeterFits),
    trace: Trace<'_>,
) {
    if !trace.is_on() {
        return;
    }
    for (row, stage) in stages.iter().enumerate() {
        self::stage(job, row, stage, trace);
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
fn parts(stage: &StageMemory) -> [(&'static str, Bytes); 7] {
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

const ACTIVATIONS: usize = 3;

fn stage(job: &Job<'_>, row: usize, stage: &StageMemory, trace: Trace<'_>) {
    let held = held(job, stage.stage);
    let states = job.recipe.adapter.is_none().then(|| shares_of(job, &held));
    for (part, (_, bytes)) in parts(stage).into_iter().enumerate() {
        let computed = match part {
            ACTIVATIONS => activations(job, row, stage, trace),
            part => {
                let shares = states.as_ref().and_then(|states| states.get(part));
                shares.is_some_and(|shares| state(row, part, shares, bytes, trace))
            }
        };
        if !computed {
            trace.stated(Q::StagePart(row, part), bytes, Source::Engine, Basis::Specified);
        }
    }
    trace.stated(Q::StageNumber(row), stage.stage, Source::Layout, Basis::Exact);
    trace.stated(Q::StageHost(row), stage.host, Source::Engine, Basis::Specified);
    trace.gathered(Q::StagePeak(row), &total::FORMULA, stage.peak(), || {
        let one = |(part, (name, bytes))| Input::new(name, bytes, at(Q::StagePart(row, part)));
        parts(stage).into_iter().enumerate().map(one).collect()
    });
}

/// Records a state as the sum of its shares; not where a phase holds it otherwise than it rests.
fn state(row: usize, part: usize, shares: &[Share], value: Bytes, trace: Trace<'_>) -> bool {
    if shares.iter().map(Share::bytes).sum::<Bytes>() != value {
        return false;
    }
    let mut inputs = Vec::new();
    for (place, share) in shares.iter().enumerate().filter(|(_, share)| share.parameters > 0) {
        let quantity = Q::StageShare(row, 3 * part + place);
        let bytes = traced!(trace, quantity, sharded {
            N: share.parameters => model("parameters"),
            b: share.bytes => asked("B"),
            R: share.ranks => layout("ranks"),
        });
        inputs.push(Input::new(format!("x_{}", place + 1), bytes, at(quantity)));
    }
    trace.gathered(Q::StagePart(row, part), &total::FORMULA, value, || inputs);
    true
}

/// Records activations as those of a micro-batch and how many are in flight.
fn activations(job: &Job<'_>, row: usize, stage: &StageMemory, trace: Trace<'_>) -> bool {
    let (each, _) = micro_batch(job, stage.stage);
    let own = (Trace::off(), Q::StagePasses(row));
    let (count, of) = job.recipe.schedule.in_flight(&job.layout, job.batch.accumulation, stage.stage, own);
    if held_activations(each, count, of) != stage.activations {
        return false;
    }
    let own = (trace, Q::StagePasses(row));
    job.recipe.schedule.in_flight(&job.layout, job.batch.accumulation, stage.stage, own);
    traced!(trace, Q::StagePart(row, ACTIVATIONS), held_activations {
        A: each => fact("B", Source::Model, Basis::Specified),
        n: count => at(Q::StagePasses(row)),
        v: of => layout(""),
    });
    true
}

/// What three meters read of the largest peak. None reads less than the one before it.
fn readings(job: &Job<'_>, most: Bytes, meters: &Meters, fits: &MeterFits, trace: Trace<'_>) {
    let stack = job.stack;
    let unused = loose(job);
    let more = unused + stack.context + fits.besides;
    let rows = [
        (Q::Allocated, Q::AllocatedAlone, 1.0, Bytes::ZERO, fits.allocated, meters.allocated),
        (Q::Reserved, Q::ReservedAlone, stack.reserved, unused, fits.reserved, meters.reserved),
        (Q::DeviceMemory, Q::DeviceAlone, stack.reserved, more, fits.device, meters.device),
    ];
    let mut before: Option<(Q, Known<Bytes>)> = None;
    for (quantity, alone, share, context, fit, reading) in rows {
        let own = traced!(trace, alone, metered {
            M: most => at(Q::TrainingPeak),
            s: share => rules(""),
            c: context => rules("B"),
            f: fit.value => fact("", Source::Engine, fit.basis),
        });
        trace.gathered(quantity, &largest::FORMULA, reading.value, || {
            let mut inputs = vec![Input::new("own", own, at(alone))];
            inputs.extend(before.map(|(quantity, known)| Input::new("before", known.value, at(quantity))));
            inputs
        });
        before = Some((quantity, reading));
    }
}
