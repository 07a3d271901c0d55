//! Predictions against a table of measured training.

mod adapter;
mod cases;
mod memory_residuals;
mod request;
mod round;
mod shape;
mod summary;

pub use cases::{PrintedWork, TrainingCase, training_cases};
pub use memory_residuals::{MemoryResidual, memory_residuals};
pub use round::{RoundCase, round_cases};
pub use summary::TrainingSummary;

use std::io::Read;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    basis::Known,
    training::{Phase, StageMemory},
    units::{Bytes, Frequency, Seconds},
};

use super::{
    Cells, Models, Tally,
    table::{each_row, measurements, number},
};
use summary::Summary;

use crate::{
    ApiError,
    commands::{
        finetune::round::Round,
        train::{Trained, convention, plan, trained},
    },
    report::{Estimated, Plain},
};

/// One row, predicted.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct TrainingRow {
    /// The row's name.
    pub id: String,
    /// The training software.
    pub stack: String,
    /// Whether its times may be scored.
    pub usable_time: bool,
    /// Whether its memory may be scored.
    pub usable_memory: bool,
    /// One optimizer step.
    pub step_time_s: Option<Estimated<Seconds>>,
    /// Tokens per second on each accelerator.
    pub tokens_per_s_per_gpu: Option<Estimated<Frequency>>,
    /// Utilisation by the row's own convention.
    pub mfu: Option<Estimated<f64>>,
    /// Peak memory by the row's own meter.
    pub peak_memory_bytes: Option<Estimated<Bytes>>,
    /// What the allocator takes.
    pub reserved_bytes: Option<Estimated<Bytes>>,
    /// What the driver reports.
    pub device_bytes: Option<Estimated<Bytes>>,
    /// Peaks of phases, where the software has them apart.
    pub phases: PhasePeaks<Estimated<Bytes>>,
    /// What the row measured.
    pub measured: MeasuredTraining,
    /// Why there is no prediction.
    pub refused: Option<String>,
}

/// What a row measured.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MeasuredTraining {
    /// One optimizer step.
    pub step_time_s: Option<Plain<Seconds>>,
    /// Tokens per second on each accelerator.
    pub tokens_per_s_per_gpu: Option<Plain<Frequency>>,
    /// Utilisation.
    pub mfu: Option<f64>,
    /// Peak memory.
    pub peak_memory_bytes: Option<Plain<Bytes>>,
    /// What the allocator took, where it is a second reading.
    pub reserved_bytes: Option<Plain<Bytes>>,
    /// What the driver reports, where it is a second reading.
    pub device_bytes: Option<Plain<Bytes>>,
    /// Peaks of phases.
    pub phases: PhasePeaks<Plain<Bytes>>,
}

/// Peaks of a step's phases, as the allocator counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PhasePeaks<T> {
    /// The forward pass.
    pub forward_bytes: Option<T>,
    /// The backward pass.
    pub backward_bytes: Option<T>,
    /// The optimizer's step.
    pub optimizer_bytes: Option<T>,
}

impl<T> Default for PhasePeaks<T> {
    fn default() -> Self {
        Self { forward_bytes: None, backward_bytes: None, optimizer_bytes: None }
    }
}

/// The outcome of a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct TrainingValidation {
    /// Every row, in the table's order.
    pub rows: Vec<TrainingRow>,
    /// By training software.
    pub summary: Vec<TrainingSummary>,
}

/// Answers every row of a table of measured training and hands it to `take`.
///
/// # Errors
/// If it is no table, or a row cannot be taken.
pub(crate) fn validate_training(
    table: impl Read,
    models: &Models<'_>,
    admits: impl Fn(&Cells<'_>) -> bool,
    mut take: impl FnMut(TrainingRow) -> Result<(), ApiError>,
) -> Result<(Vec<TrainingSummary>, Tally), ApiError> {
    let mut summary = Summary::default();
    let mut tally = Tally::default();
    each_row(table, |_, cells| {
        if !admits(&cells) {
            return Ok(());
        }
        let answered = measurements(&cells, &MEASURED).and_then(|()| answer(&cells, models));
        let row = row(&cells, answered.map(|(trained, _)| trained));
        summary.add(&row);
        tally.add(row.refused.as_deref());
        take(row)
    })?;
    Ok((summary.finish(), tally))
}

/// The job of a row, answered, and the round that it is where it draws samples.
pub(super) fn answer(cells: &Cells<'_>, models: &Models<'_>) -> Result<(Trained, Option<Round>), String> {
    let mut asked = request::request(cells, models)?;
    let draws = round::draws(cells);
    if draws {
        round::packed(&mut asked, cells);
    }
    let planned = plan(&asked.request, asked.given, models.resolver()).map_err(|error| error.to_string())?;
    let mut trained = trained(planned).map_err(|error| error.to_string())?;
    let round = draws.then(|| round::of(cells, &trained, models)).transpose()?;
    if let Some(round) = &round {
        // What a row times is the whole round.
        trained.step.before = round.time() - round.update;
        trained.planned.efficiency.spread = round.spread();
    }
    Ok((trained, round))
}

fn row(cells: &Cells<'_>, answered: Result<Trained, String>) -> TrainingRow {
    let (answered, refused) = match answered {
        Ok(answered) => (Some(answered), None),
        Err(reason) => (None, Some(reason)),
    };
    let a = answered.as_ref();
    // Times are those of an accelerator in a format; memory is anybody's.
    let timed = a.filter(|_| cells.first(&["on", "accelerator_id"]).is_some() && says_format(cells));
    let refused = refused.or_else(|| {
        let unknown = a.is_some() && timed.is_none() && cells.first(&["on", "accelerator_id"]).is_some();
        let memory = cells.first(&["peak_mem_gib"]).is_some();
        (unknown && !memory).then(|| "the format of its matrix products is not known".to_owned())
    });
    TrainingRow {
        id: cells.get("id").to_owned(),
        stack: cells.first(&["stack", "engine"]).unwrap_or_default().to_owned(),
        usable_time: cells.get("usable_time") != "no" && cells.get("usable") != "no",
        usable_memory: cells.get("usable_memory") != "no" && cells.get("usable") != "no",
        step_time_s: timed.map(Trained::time),
        tokens_per_s_per_gpu: timed.map(Trained::rate_each),
        // A utilisation without its convention can be compared with nothing.
        mfu: timed.and_then(|a| Some(a.mfu(convention(cells.first(&["flop_convention"])?).ok()?))),
        peak_memory_bytes: a.map(|a| Estimated::from(meter(a, cells.get("meter")))),
        reserved_bytes: a.map(|a| at_most(a, a.meters.reserved).into()),
        device_bytes: a.map(|a| at_most(a, a.meters.device).into()),
        phases: a.map(phases).unwrap_or_default(),
        measured: measured(cells),
        refused,
    }
}

/// Whether a row says the format of its matrix products.
fn says_format(cells: &Cells<'_>) -> bool {
    cells.first(&["precision_recipe", "precision_canonical", "precision"]).is_some()
}

/// What a meter reads.
fn meter(a: &Trained, meter: &str) -> Known<Bytes> {
    match meter {
        "reserved" => at_most(a, a.meters.reserved),
        "device" => at_most(a, a.meters.device),
        "unknown" => {
            let peak = a.stages.iter().map(StageMemory::peak).max().unwrap_or_default();
            a.planned.unstated_meter.map_or(a.meters.allocated, |fit| fit.of_bytes(peak))
        }
        // Where nobody says, the tensors that live are the commonest figure.
        _ => a.meters.allocated,
    }
}

/// A reading of a run that went on: an allocator that runs out gives back what it caches, so that no meter reads more than
/// there is as long as what lives is less.
fn at_most(a: &Trained, reading: Known<Bytes>) -> Known<Bytes> {
    let memory = a.planned.cluster.accelerator.memory;
    if a.meters.allocated.value + a.planned.software.entry.stack.context > memory {
        return reading;
    }
    let Known { value, low, high, basis } = reading;
    Known { value: value.min(memory), low: low.min(memory), high: high.min(memory), basis }
}

/// Peaks of the phases over all stages.
fn phases(a: &Trained) -> PhasePeaks<Estimated<Bytes>> {
    let most = |phases: &[Phase]| {
        let own = a.stages.iter().filter(|stage| phases.contains(&stage.phase));
        own.map(StageMemory::peak).max().map(|peak| a.allocated(peak).into())
    };
    PhasePeaks {
        forward_bytes: most(&[Phase::Forward]),
        backward_bytes: most(&[Phase::Loss, Phase::Backward]),
        optimizer_bytes: most(&[Phase::OptimizerStep]),
    }
}

/// The columns that hold what was measured.
const MEASURED: [&str; 11] = [
    "iter_time_s",
    "step_time_s",
    "tokens_per_s_per_gpu",
    "tflops_per_gpu",
    "mfu_pct",
    "peak_mem_gib",
    "reserved_peak_gib",
    "device_peak_gib",
    "forward_peak_gib",
    "backward_peak_gib",
    "optimizer_peak_gib",
];

fn measured(cells: &Cells<'_>) -> MeasuredTraining {
    let first = |columns: &[&str]| columns.iter().find_map(|column| number(cells.get(column)));
    let gib = |column: &str| first(&[column]).map(|gib| Bytes::gib_f64(gib).into());
    MeasuredTraining {
        step_time_s: first(&["iter_time_s", "step_time_s"]).map(|time| Seconds::s(time).into()),
        tokens_per_s_per_gpu: first(&["tokens_per_s_per_gpu"]).map(|rate| Frequency::per_s(rate).into()),
        mfu: first(&["mfu_pct"]).map(|percent| percent / 100.0),
        peak_memory_bytes: first(&["peak_mem_gib"]).map(|gib| Bytes::gib_f64(gib).into()),
        reserved_bytes: gib("reserved_peak_gib"),
        device_bytes: gib("device_peak_gib"),
        phases: PhasePeaks {
            forward_bytes: gib("forward_peak_gib"),
            backward_bytes: gib("backward_peak_gib"),
            optimizer_bytes: gib("optimizer_peak_gib"),
        },
    }
}
