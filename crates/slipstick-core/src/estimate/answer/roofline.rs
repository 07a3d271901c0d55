//! The operators of a step as rows of a report.

use super::gather;
use crate::{
    estimate::step::{Bound, Rates, TimedOp, step_time},
    ops::{LoweredModel, OpCost, Operator, Phase, Step},
    units::{Intensity, Seconds},
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

/// The operators of `step`, those of one kind together, in order of first use.
pub(super) fn rows(model: &LoweredModel, rates: &Rates, step: &Step, phase: Phase) -> Vec<RooflineRow> {
    let mut ops: Vec<TimedOp> = Vec::new();
    step_time(model, rates, step, |op| gather(&mut ops, op));
    let row = |op: TimedOp| RooflineRow {
        operator: op.operator,
        phase,
        cost: op.cost,
        time: op.time,
        bound: op.bound,
    };
    ops.into_iter().filter(|op| op.time > Seconds::ZERO).map(row).collect()
}

/// FLOPs a byte over all rows.
pub(super) fn intensity(rows: &[RooflineRow]) -> Intensity {
    let mut total = OpCost::default();
    for row in rows {
        total.flops += row.cost.flops;
        total.read += row.cost.read;
        total.written += row.cost.written;
    }
    total.intensity()
}
