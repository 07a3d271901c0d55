//! How far predictions are from measurements, by training software.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::units::{Bytes, Frequency, Seconds};

use super::TrainingRow;
use crate::{
    report::{Estimated, Plain},
    validate::Errors,
};

/// The errors of one quantity under one software, over usable rows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct TrainingSummary {
    /// The training software.
    pub stack: String,
    /// The quantity.
    pub quantity: &'static str,
    /// How far its predictions are off.
    #[serde(flatten)]
    pub errors: Errors,
    /// Share of the predicted whose interval holds what was measured.
    pub covered: Option<f64>,
}

/// What was predicted, with its band, and what was measured.
type Pair = (Option<Estimated<f64>>, Option<f64>);

/// A quantity's name, and how to read it of a row.
type Quantity = (&'static str, fn(&TrainingRow) -> Pair);

const QUANTITIES: [Quantity; 9] = [
    ("step_time_s", |row| {
        let measured = row.measured.step_time_s.map(|time| time.0.get());
        (row.step_time_s.map(|time| time.map(Seconds::get)), measured.filter(|_| row.usable_time))
    }),
    ("tokens_per_s_per_gpu", |row| {
        let measured = row.measured.tokens_per_s_per_gpu.map(|rate| rate.0.get());
        (row.tokens_per_s_per_gpu.map(|rate| rate.map(Frequency::get)), measured.filter(|_| row.usable_time))
    }),
    ("mfu", |row| (row.mfu, row.measured.mfu.filter(|_| row.usable_time))),
    ("peak_memory_bytes", |row| {
        let measured = row.measured.peak_memory_bytes.map(|bytes| bytes.0.as_f64());
        (row.peak_memory_bytes.map(|bytes| bytes.map(Bytes::as_f64)), measured.filter(|_| row.usable_memory))
    }),
    ("reserved_bytes", |row| memory(row, row.reserved_bytes, row.measured.reserved_bytes)),
    ("device_bytes", |row| memory(row, row.device_bytes, row.measured.device_bytes)),
    ("phases.forward_bytes", |row| memory(row, row.phases.forward_bytes, row.measured.phases.forward_bytes)),
    ("phases.backward_bytes", |row| {
        memory(row, row.phases.backward_bytes, row.measured.phases.backward_bytes)
    }),
    ("phases.optimizer_bytes", |row| {
        memory(row, row.phases.optimizer_bytes, row.measured.phases.optimizer_bytes)
    }),
];

/// A reading of memory.
fn memory(row: &TrainingRow, ours: Option<Estimated<Bytes>>, measured: Option<Plain<Bytes>>) -> Pair {
    let measured = measured.filter(|_| row.usable_memory).map(|bytes| bytes.0.as_f64());
    (ours.map(|bytes| bytes.map(Bytes::as_f64)), measured)
}

/// Measured and predicted values, by software and quantity.
#[derive(Debug, Default)]
pub(super) struct Summary(BTreeMap<(String, usize), Vec<Pair>>);

impl Summary {
    /// Adds a row.
    pub(super) fn add(&mut self, row: &TrainingRow) {
        for (place, (_, read)) in QUANTITIES.iter().enumerate() {
            let pair = read(row);
            if pair.1.is_some() {
                self.0.entry((row.stack.clone(), place)).or_default().push(pair);
            }
        }
    }

    /// How far all rows are off.
    pub(super) fn finish(self) -> Vec<TrainingSummary> {
        self.0
            .into_iter()
            .map(|((stack, place), pairs)| summary(stack, QUANTITIES[place].0, &pairs))
            .collect()
    }
}

fn summary(stack: String, quantity: &'static str, pairs: &[Pair]) -> TrainingSummary {
    let both = || pairs.iter().filter_map(|(predicted, measured)| Some(((*predicted)?, (*measured)?)));
    let ratios = both().map(|(predicted, measured)| predicted.value / measured).collect();
    let inside = both().filter(|(Estimated { low, high, .. }, measured)| {
        low.is_some_and(|low| low <= *measured) && high.is_some_and(|high| *measured <= high)
    });
    let errors = Errors::of(pairs.len(), ratios);
    let covered = (errors.predicted > 0).then(|| inside.count() as f64 / errors.predicted as f64);
    TrainingSummary { stack, quantity, errors, covered }
}
