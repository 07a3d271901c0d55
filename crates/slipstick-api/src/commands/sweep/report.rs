//! The report of `slipstick sweep`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{commands::compare::AnsweredRow, report::Report};

/// `slipstick sweep`: every combination as a table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SweepReport {
    /// Combinations of the axes.
    pub combinations: u64,
    /// Those that were worked out now.
    pub rows: u64,
    /// Of them, those that hold their load.
    pub holds: u64,
    /// Those that hold part of it.
    pub queues: u64,
    /// Those at which more requests arrive than they hold.
    pub saturated: u64,
    /// Those that do not start.
    pub does_not_start: u64,
    /// Those that cannot be.
    pub refused: u64,
    /// Why the first of them cannot be.
    pub first_refusal: Option<String>,
    /// Rows that the filter keeps.
    pub kept: u64,
    /// The axes, the slowest first.
    pub axes: Vec<AxisReport>,
    /// The file or the directory that was written.
    pub out: Option<String>,
    /// Files of a directory that were written now.
    pub parts: u64,
    /// Files that an earlier run had written.
    pub parts_before: u64,
    /// How long it took; null where there is no clock.
    pub search_s: Option<f64>,
    /// The figure that makes a combination the best.
    pub by: &'static str,
    /// The best, of those that hold their load.
    pub top: Vec<SweptRow>,
    /// The best of each value of an axis.
    pub groups: Vec<GroupRow>,
    /// Combinations that no other beats in two figures, from the best in the first.
    pub front: Vec<FrontPoint>,
    /// How many combinations lie where.
    pub histogram: Vec<Bin>,
}

impl Report for SweepReport {
    const COMMAND: &'static str = "sweep";
    const ROWS: Option<&'static str> = Some("top");
}

/// An axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct AxisReport {
    /// The flag, with underscores.
    pub name: String,
    /// How many values it takes.
    pub values: u64,
}

/// A combination, estimated.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SweptRow {
    /// Its number.
    pub id: u64,
    /// Its figure of merit.
    pub figure: f64,
    /// Its estimate.
    #[serde(flatten)]
    pub answer: AnsweredRow,
}

/// The best combination of one value of an axis.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct GroupRow {
    /// The axis.
    pub axis: String,
    /// Its value.
    pub value_of_axis: String,
    /// The combination's number.
    pub id: u64,
    /// Its figure of merit.
    pub figure: f64,
    /// Its estimate.
    #[serde(flatten)]
    pub answer: AnsweredRow,
}

/// A combination of a front.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FrontPoint {
    /// Its number.
    pub id: u64,
    /// The first figure.
    pub x: f64,
    /// The second figure.
    pub y: f64,
    /// Its values on the axes, as `name=value`.
    pub values: Vec<String>,
}

/// A bin of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Bin {
    /// The least figure in it.
    pub low: f64,
    /// The figure that is the first beyond it.
    pub high: f64,
    /// Combinations in it.
    pub rows: u64,
}
