//! Memory that engines printed against what we answer for it.
//!
//! A row becomes an ordinary request; what it measures is read from the same answer as `slipstick memory` gives. It is
//! refused, with its reason, where it does not say what that takes. Where another row of the same run states the size of
//! the pool, counts of its blocks and tokens are predicted from that size, and say so.

mod predict;
mod request;
mod size;
mod summary;
mod term;

use std::{collections::HashMap, io::Read};

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::units::Bytes;

pub use summary::TermSummary;
pub use term::MemoryTerm;

use self::summary::Summary;
use super::{
    Models, Tally,
    asked::Answers,
    table::{Cells, each_row},
};
use crate::{ApiError, report::Estimated};

/// The outcome of one row.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MemoryRow {
    /// The row's id.
    pub id: String,
    /// The engine.
    pub engine: String,
    /// What was measured.
    pub term: String,
    /// The measured value, in its own unit.
    pub measured: f64,
    /// The prediction in the same unit.
    pub predicted: Option<f64>,
    /// The unit.
    pub unit: String,
    /// The prediction in bytes; a count of blocks, tokens or requests as the bytes that hold it.
    #[schemars(extend("unit" = "B"))]
    pub bytes: Option<Estimated<f64>>,
    /// A row of the same run that the prediction was given.
    pub given: Option<&'static str>,
    /// Why there is no prediction.
    pub refused: Option<String>,
}

/// The outcome of a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MemoryValidation {
    /// Every row, in the table's order.
    pub rows: Vec<MemoryRow>,
    /// By engine and term.
    pub summary: Vec<TermSummary>,
}

/// Answers every row of a table of measured memory and hands it to `take`; `pools` are those that its rows state.
///
/// # Errors
/// If it is no table, a measured value is no number, or a row cannot be taken.
pub(crate) fn validate_memory(
    table: impl Read,
    pools: &Pools,
    models: &Models<'_>,
    admits: impl Fn(&Cells<'_>) -> bool,
    mut take: impl FnMut(MemoryRow) -> Result<(), ApiError>,
) -> Result<(Vec<TermSummary>, Tally), ApiError> {
    let mut known = Answers::new();
    let mut summary = Summary::default();
    let mut tally = Tally::default();
    each_row(table, |number, cells| {
        if !admits(&cells) {
            return Ok(());
        }
        let measured = measured(&cells, number)?;
        let pool = pools.0.get(&run(&cells)).copied();
        let row = outcome(&cells, measured, predict::predict(&cells, pool, models, &mut known));
        summary.add(&row);
        tally.add(row.refused.as_deref());
        take(row)
    })?;
    Ok((summary.finish(), tally))
}

fn measured(cells: &Cells<'_>, number: usize) -> Result<f64, ApiError> {
    let text = cells.get("value");
    text.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        ApiError::input("validate.value", format!("row {number}: {shown:?} is no measured value"))
            .at("--data, column value")
            .help("give a number in the row's unit, or leave the row out")
    })
}

/// What tells the run apart that a row was read from.
fn run(cells: &Cells<'_>) -> [String; 6] {
    ["source", "model", "context", "kv_type", "n_gpus", "version"].map(|column| cells.get(column).to_owned())
}

/// The pools that rows state, by run.
pub(crate) struct Pools(HashMap<[String; 6], Bytes>);

impl Pools {
    /// Reads a table through, of which every admitted row must state what was measured.
    ///
    /// # Errors
    /// As [`validate_memory`].
    pub(crate) fn read(table: impl Read, admits: impl Fn(&Cells<'_>) -> bool) -> Result<Self, ApiError> {
        let mut pools = HashMap::new();
        each_row(table, |number, cells| {
            if admits(&cells) {
                measured(&cells, number)?;
            }
            let stated = super::table::number(cells.get("value")).zip(size::unit(cells.get("unit")));
            if let (Some((value, unit)), Some(MemoryTerm::CacheBudget)) =
                (stated, MemoryTerm::of(cells.get("measured_what")))
            {
                pools.entry(run(&cells)).or_insert_with(|| Bytes::ceil(value * unit));
            }
            Ok(())
        })?;
        Ok(Self(pools))
    }
}

fn outcome(cells: &Cells<'_>, measured: f64, predicted: Result<predict::Prediction, String>) -> MemoryRow {
    let (prediction, refused) = match predicted {
        Ok(prediction) => (Some(prediction), None),
        Err(reason) => (None, Some(reason)),
    };
    MemoryRow {
        id: cells.get("id").to_owned(),
        engine: cells.get("engine").to_owned(),
        term: cells.get("measured_what").to_owned(),
        measured,
        predicted: prediction.as_ref().map(|p| p.in_unit),
        unit: cells.get("unit").to_owned(),
        bytes: prediction.as_ref().map(|p| p.bytes),
        given: prediction.and_then(|p| p.given),
        refused,
    }
}
