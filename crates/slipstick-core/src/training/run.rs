//! A whole run: steps, time, money, failures, energy, storage.

use super::{Job, RunAssumptions, Taken};
use crate::{
    basis::Basis,
    formulas::training::{
        failures::{between_failures, checkpoint_interval, checkpoint_stall, failures, goodput},
        run::{accelerator_hours, data_set, emissions, energy, kilowatt_hours, run_cost, run_time, steps},
        states::checkpoint,
    },
    hardware::Accelerator,
    quantity::Quantity as Q,
    trace::{Source, Trace, asked, assumed, at, fact, layout, model},
    traced,
    units::{Bytes, Energy, Seconds, Usd, UsdPerHour},
};

/// A whole run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// Tokens.
    pub tokens: u64,
    /// Steps.
    pub steps: u64,
    /// Time, failures included.
    pub time: Seconds,
    /// Accelerator-hours.
    pub accelerator_hours: f64,
    /// Price; none without one an hour.
    pub cost: Option<Usd>,
    /// Failures to be expected.
    pub failures: f64,
    /// The useful share of the time.
    pub goodput: f64,
    /// Mean time between failures.
    pub between_failures: Seconds,
    /// Time between checkpoints.
    pub checkpoint_interval: Seconds,
    /// The stall of a checkpoint.
    pub checkpoint_stall: Seconds,
    /// A checkpoint.
    pub checkpoint: Bytes,
    /// The data set.
    pub data_set: Bytes,
    /// Energy; none if nobody states the power limit.
    pub energy: Option<Energy>,
    /// Carbon dioxide, in kg.
    pub co2_kg: Option<f64>,
}

/// What a run is made of beside its job.
#[derive(Debug, Clone, Copy)]
pub struct RunInputs<'a> {
    /// The accelerators.
    pub accelerator: &'a Accelerator,
    /// The time of a step.
    pub step: Seconds,
    /// Tokens of the run.
    pub tokens: Taken<u64>,
    /// Price of all accelerators.
    pub price: Option<UsdPerHour>,
    /// What nobody says.
    pub assumed: &'a RunAssumptions,
}

/// A run of so many tokens at a step of this time.
pub fn run(job: &Job<'_>, inputs: &RunInputs<'_>, trace: Trace<'_>) -> Run {
    let RunInputs { accelerator, step, tokens, price, assumed } = *inputs;
    let accelerators = job.layout.accelerators();
    tokens.record(Q::TrainingTokens, trace);
    let tokens = tokens.value;
    let count = traced!(trace, Q::TrainingSteps, steps {
        D: tokens => at(Q::TrainingTokens),
        B: job.batch.global(job.layout.dp) => layout("sequences"),
        s: job.batch.sequence => layout("tokens"),
    });
    let stored = stored(job, trace);
    let pauses = Pauses::of(accelerators, stored, assumed, trace);
    let time = traced!(trace, Q::TrainingTime, run_time {
        n: count => at(Q::TrainingSteps), t: step => at(Q::TrainingStep), g: pauses.goodput => at(Q::Goodput),
    });
    let used = used(accelerator, accelerators, time, assumed, trace);
    Run {
        tokens,
        steps: count,
        time,
        accelerator_hours: traced!(trace, Q::AcceleratorHours, accelerator_hours {
            n: accelerators => layout("accelerators"), T: time => at(Q::TrainingTime),
        }),
        cost: price.map(|price| {
            traced!(trace, Q::TrainingCost, run_cost {
                p: price => fact("USD/h", Source::Prices, Basis::Specified), T: time => at(Q::TrainingTime),
            })
        }),
        failures: traced!(trace, Q::Failures, failures {
            T: time => at(Q::TrainingTime), M: pauses.between => at(Q::BetweenFailures),
        }),
        goodput: pauses.goodput,
        between_failures: pauses.between,
        checkpoint_interval: pauses.interval,
        checkpoint_stall: pauses.stall,
        checkpoint: stored,
        data_set: traced!(trace, Q::DataSet, data_set {
            D: tokens => at(Q::TrainingTokens), b: assumed.token => self::assumed("B"),
        }),
        energy: used.map(|(energy, _)| energy),
        co2_kg: used.map(|(_, co2)| co2),
    }
}

/// A checkpoint that the run can go on from.
fn stored(job: &Job<'_>, trace: Trace<'_>) -> Bytes {
    let (parameters, weight, state) = match job.recipe.adapter {
        Some(adapter) => (adapter.parameters(job.shape), 4.0, 8.0),
        None => (job.shape.parameters(), 2.0, job.recipe.optimizer_bytes(true, true)),
    };
    traced!(trace, Q::Checkpoint, checkpoint {
        N: parameters => model("parameters"), b_w: weight => asked("B"), b_o: state => asked("B"),
    })
}

/// What failures and checkpoints take of the time.
struct Pauses {
    between: Seconds,
    stall: Seconds,
    interval: Seconds,
    goodput: f64,
}

impl Pauses {
    fn of(accelerators: u64, stored: Bytes, assumed: &RunAssumptions, trace: Trace<'_>) -> Self {
        let stall = traced!(trace, Q::CheckpointStall, checkpoint_stall {
            M: stored => at(Q::Checkpoint), b: assumed.storage => self::assumed("B/s"),
        });
        let between = traced!(trace, Q::BetweenFailures, between_failures {
            M_1: assumed.between_failures.value => assumed.between_failures.origin("s"),
            n: accelerators => layout("accelerators"),
        });
        let interval = traced!(trace, Q::CheckpointInterval, checkpoint_interval {
            C: stall => at(Q::CheckpointStall), M: between => at(Q::BetweenFailures),
        });
        let goodput = traced!(trace, Q::Goodput, goodput {
            tau: interval => at(Q::CheckpointInterval),
            C: stall => at(Q::CheckpointStall),
            R: assumed.restart.value => assumed.restart.origin("s"),
            M: between => at(Q::BetweenFailures),
        });
        Self { between, stall, interval, goodput }
    }
}

/// Energy and carbon dioxide.
fn used(
    accelerator: &Accelerator,
    accelerators: u64,
    time: Seconds,
    assumed: &RunAssumptions,
    trace: Trace<'_>,
) -> Option<(Energy, f64)> {
    let limit = accelerator.power?;
    let energy = traced!(trace, Q::TrainingEnergy, energy {
        n: accelerators => layout("accelerators"),
        P: limit => fact("W", Source::Accelerator, Basis::Specified),
        f: assumed.power => self::assumed(""),
        T: time => at(Q::TrainingTime),
        u: assumed.effectiveness.value => assumed.effectiveness.origin(""),
    });
    let hours = traced!(trace, Q::TrainingKilowattHours, kilowatt_hours {
        E: energy => at(Q::TrainingEnergy),
    });
    let co2 = traced!(trace, Q::Emissions, emissions {
        E_h: hours => at(Q::TrainingKilowattHours),
        c: assumed.co2_kg_per_kwh.value => assumed.co2_kg_per_kwh.origin("kg/kWh"),
    });
    Some((energy, co2))
}
