//! A whole run: steps, time, failures, energy, storage.

use super::{Job, RunAssumptions};
use crate::{
    formulas::training::{
        failures::{between_failures, checkpoint_interval, goodput},
        run::{energy, run_time, steps},
        states::checkpoint,
    },
    hardware::Accelerator,
    units::{Bytes, Energy, Seconds},
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
    /// Accelerator-seconds.
    pub accelerator_time: Seconds,
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

/// A run of so many tokens at a step of this time.
pub fn run(
    job: &Job<'_>,
    accelerator: &Accelerator,
    step: Seconds,
    tokens: u64,
    assumed: &RunAssumptions,
) -> Run {
    let count = steps(tokens, job.batch.global(job.layout.dp), job.batch.sequence);
    let accelerators = job.layout.accelerators();
    let stored = match job.recipe.adapter {
        Some(adapter) => checkpoint(job.shape.adapters(adapter.rank, adapter.targets), 4.0, 8.0),
        None => checkpoint(job.shape.parameters(), 2.0, job.recipe.optimizer_bytes(true)),
    };
    let stall = stored.traffic() / assumed.storage;
    let between = between_failures(assumed.between_failures, accelerators);
    let interval = checkpoint_interval(stall, between);
    let useful = goodput(interval, stall, assumed.restart, between);
    let time = run_time(count, step, useful);
    let limit = accelerator.power.or(assumed.limit);
    let used = limit.map(|limit| energy(accelerators, limit * assumed.power, time, assumed.effectiveness));
    Run {
        tokens,
        steps: count,
        time,
        accelerator_time: time * accelerators as f64,
        failures: time / between,
        goodput: useful,
        between_failures: between,
        checkpoint_interval: interval,
        checkpoint_stall: stall,
        checkpoint: stored,
        data_set: assumed.token.times(tokens),
        energy: used,
        co2_kg: used.map(|used| used.as_kwh() * assumed.co2_kg_per_kwh),
    }
}
