//! Measured runs of one model, chip, engine, format and shape of requests.

use std::collections::BTreeMap;

use slipstick_api::{request::format_name, validate::inference::MeasuredRun};
use slipstick_core::workload::Arrival;

/// A run of a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    /// The engine and its version: a group may hold runs of several.
    pub(super) engine: String,
    /// Ranks of each kind.
    pub(super) layout: String,
    pub(super) gpus: u64,
    pub(super) in_flight: u64,
    /// Output tokens a second that a user sees.
    pub(super) speed: f64,
    /// Output tokens a second of an accelerator: of a closed loop what its times amount to.
    pub(super) each: f64,
    /// What is predicted of both in the layout that was measured.
    pub(super) predicted: Option<(f64, f64)>,
}

impl Point {
    /// Whether another is of as many accelerators and requests under the same engine.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        (self.gpus, self.in_flight, &self.engine) == (other.gpus, other.in_flight, &other.engine)
    }
}

/// Runs that differ in accelerators and requests in flight alone.
pub(super) struct Group {
    pub(super) model: String,
    pub(super) chip: String,
    pub(super) engine: String,
    pub(super) format: String,
    pub(super) cache: String,
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) points: Vec<Point>,
}

/// Fewer runs tell no front.
const FEWEST: usize = 4;

/// The groups of at least four runs on at least two numbers of accelerators.
pub(super) fn of(runs: &[MeasuredRun]) -> Vec<Group> {
    let mut found: BTreeMap<String, Group> = BTreeMap::new();
    for run in runs {
        let Some(point) = point(run) else { continue };
        let (resolved, load) = (&run.resolved, &run.workload);
        let group = Group {
            model: resolved.model.name.clone(),
            chip: resolved.cluster().accelerator.id.clone(),
            engine: resolved.engine_name().to_owned(),
            format: resolved.formats_name.clone(),
            cache: format_name(resolved.cache().key),
            input: load.input(),
            output: load.output(),
            points: Vec::new(),
        };
        let key = format!(
            "{} {} {} {} {} {}",
            group.model,
            group.chip,
            resolved.engine_name(),
            group.format,
            group.input,
            group.output
        );
        found.entry(key).or_insert(group).points.push(point);
    }
    let counts = |group: &Group| {
        let mut counts: Vec<u64> = group.points.iter().map(|point| point.gpus).collect();
        counts.sort_unstable();
        counts.dedup();
        counts.len()
    };
    found.into_values().filter(|group| group.points.len() >= FEWEST && counts(group) >= 2).collect()
}

fn point(run: &MeasuredRun) -> Option<Point> {
    let is_closed = matches!(run.workload.arrival(), Arrival::Steady | Arrival::Benchmark { .. });
    let measured = run.regime == "agg_unsaturated" && is_closed;
    let (tpot, ttft) = (run.measured.tpot_s?.0.get(), run.measured.ttft_s?.0.get());
    let (in_flight, output) = (run.workload.concurrency(), run.workload.output());
    let gpus = run.resolved.cluster().accelerators();
    let each = |ttft: f64, tpot: f64| {
        let request = (output as f64 - 1.0).mul_add(tpot, ttft);
        in_flight as f64 * output as f64 / request / gpus as f64
    };
    let service = run.resolved.prepared.serve(&run.workload);
    let predicted = service.map(|served| (served.ttft.get(), served.tpot.get()));
    let plan = run.resolved.plan();
    let layout = format!("tp{} pp{} dp{} ep{}", plan.tp(), plan.pp(), plan.dp(), plan.ep());
    measured.then(|| Point {
        engine: format!("{}@{}", run.resolved.engine_name(), run.resolved.engine().version),
        layout,
        gpus,
        in_flight,
        speed: 1.0 / tpot,
        each: each(ttft, tpot),
        predicted: predicted.map(|(ttft, tpot)| (1.0 / tpot, each(ttft, tpot))),
    })
}

/// The second number where the first is so large, on the straight lines between the points that no other beats in both; none
/// outside of them.
pub(super) fn on_front(points: &[(f64, f64)], at: f64) -> Option<f64> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let mut front: Vec<(f64, f64)> = Vec::new();
    for point in sorted {
        if front.last().is_none_or(|last| point.1 > last.1) {
            front.push(point);
        }
    }
    front.windows(2).find_map(|pair| {
        let [(quick, few), (slow, many)] = [pair[0], pair[1]];
        (slow <= at && at <= quick).then(|| (many - few).mul_add((quick - at) / (quick - slow), few))
    })
}

#[cfg(test)]
mod tests {
    use super::on_front;

    #[test]
    fn between_two_points_lies_a_straight_line() {
        let points = [(10.0, 100.0), (30.0, 60.0), (20.0, 50.0), (50.0, 20.0)];
        assert_eq!([10.0, 20.0, 40.0].map(|at| on_front(&points, at)), [100.0, 80.0, 40.0].map(Some));
        assert_eq!([5.0, 60.0].map(|at| on_front(&points, at)), [None, None]);
    }
}
