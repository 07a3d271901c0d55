//! What a sweep found, as its report: rows that were kept are asked once more, as estimates.

use serde_json::Value;

use super::{
    AxisReport, Bin, FrontPoint, GroupRow, SweepReport, SweepRequest, SweptRow,
    figures::FIGURES,
    output::Sink,
    reduce::{self, Reduced, Wanted},
    rows::{Evaluator, REFUSED},
    space::Space,
};
use crate::{
    ApiError,
    commands::compare::{AnsweredRow, estimate_row},
    resolve::Resolver,
};

/// What rows are asked of again.
pub(super) struct Swept<'a> {
    pub(super) space: &'a Space,
    pub(super) evaluator: &'a Evaluator<'a>,
    pub(super) resolver: &'a Resolver<'a>,
    pub(super) wanted: &'a Wanted,
}

impl Swept<'_> {
    pub(super) fn report(
        &self,
        request: &SweepRequest,
        reduced: &Reduced,
        (sink, seconds): (&Sink<'_>, Option<f64>),
    ) -> Result<SweepReport, ApiError> {
        let of = |verdict: &str| reduced.verdicts.get(verdict).copied().unwrap_or_default();
        Ok(SweepReport {
            combinations: self.space.total(),
            rows: reduced.verdicts.values().sum(),
            holds: of("holds"),
            queues: of("queues"),
            saturated: of("saturated"),
            does_not_start: of("does_not_start"),
            refused: of(REFUSED),
            first_refusal: reduced.refusal.clone(),
            kept: reduced.kept,
            axes: self.axes(),
            out: request.out.clone(),
            parts: sink.parts(),
            parts_before: sink.parts_before(),
            search_s: seconds,
            by: self.wanted.best.map_or("", |(figure, _)| FIGURES[figure].name),
            top: self.top(reduced)?,
            groups: self.groups(reduced)?,
            front: self.front(reduced),
            histogram: histogram(reduced),
        })
    }

    fn axes(&self) -> Vec<AxisReport> {
        let axis = |axis: &super::axis::Axis| AxisReport {
            name: axis.name.clone(),
            values: axis.values.len() as u64,
        };
        self.space.axes().map(axis).collect()
    }

    fn answer(&self, id: u64) -> Result<AnsweredRow, ApiError> {
        estimate_row(&self.evaluator.request(id)?, self.resolver)
    }

    fn top(&self, reduced: &Reduced) -> Result<Vec<SweptRow>, ApiError> {
        let row =
            |(figure, id): &(f64, u64)| Ok(SweptRow { id: *id, figure: *figure, answer: self.answer(*id)? });
        reduced.best.iter().map(row).collect()
    }

    fn groups(&self, reduced: &Reduced) -> Result<Vec<GroupRow>, ApiError> {
        let row = |((group, place), (figure, id)): (&(usize, usize), &(f64, u64))| {
            let axis = self.space.axis(self.wanted.groups[*group]);
            let (name, value_of_axis) = (axis.name.clone(), word(&axis.values[*place]));
            Ok(GroupRow { axis: name, value_of_axis, id: *id, figure: *figure, answer: self.answer(*id)? })
        };
        reduced.groups.iter().map(row).collect()
    }

    fn front(&self, reduced: &Reduced) -> Vec<FrontPoint> {
        let point =
            |(x, y, id): &(f64, f64, u64)| FrontPoint { id: *id, x: *x, y: *y, values: self.values(*id) };
        reduced.front.iter().map(point).collect()
    }

    /// The values of a combination.
    fn values(&self, id: u64) -> Vec<String> {
        let axes = self.space.axes().filter_map(|axis| Some((axis, self.space.place(&axis.name)?)));
        axes.map(|(axis, place)| {
            format!("{}={}", axis.name, word(&axis.values[self.space.value_at(id, place)]))
        })
        .collect()
    }
}

fn histogram(reduced: &Reduced) -> Vec<Bin> {
    let bins = reduced.histogram.iter();
    bins.map(|(bin, rows)| Bin { low: reduce::edge(*bin), high: reduce::edge(bin + 1), rows: *rows })
        .collect()
}

/// A value as a person writes it.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
