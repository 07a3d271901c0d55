//! What `plan` chooses beside what was measured: for groups of runs that differ in accelerators and requests in flight alone,
//! the measured run of the chosen ones against the best that was measured at the same speed for a user.

mod groups;
mod report;

#[cfg(test)]
pub(crate) use report::spearman;

use std::{fs, io};

use slipstick_api::{
    Catalog,
    commands::plan::{PlanRow, plan},
    request::{Count, Duration, PlanRequest},
};
use slipstick_core::units::Seconds;
use slipstick_world::ClosedWorld;

use groups::{Group, Point};

/// Output tokens a second for each user.
const SPEEDS: [f64; 4] = [30.0, 50.0, 75.0, 100.0];

/// A run that is slower than this share of what is asked is no run at that speed: clocks and logs are no better.
const SAME_SPEED: f64 = 0.95;

/// Asks `plan` about every group at every speed, and writes what came of it.
pub(crate) fn write() -> io::Result<()> {
    let catalog = Catalog::builtin();
    let world = ClosedWorld::default();
    let text = fs::read_to_string(crate::root().join("measured/inference.csv"))?;
    let runs = slipstick_api::validate::inference::runs(&text, &catalog, &world).map_err(io::Error::other)?;
    let mut cases = Vec::new();
    for group in groups::of(&runs) {
        let predicted = predicted(&group, &catalog, &world);
        let alike: Vec<(f64, f64)> = group.points.iter().filter_map(|point| point.predicted).collect();
        for speed in SPEEDS {
            let case = case(&group, speed, &catalog, &world);
            cases.extend(case.map(|case| Case {
                between: between(&group, &predicted, speed),
                alike: between(&group, &alike, speed),
                ..case
            }));
        }
    }
    report::write(&cases)
}

/// A group at a speed: what was chosen, and how good it was.
pub(crate) struct Case {
    /// Model and lengths.
    load: String,
    /// Chip, engine and format.
    place: String,
    speed: f64,
    /// The best measured.
    best: f64,
    /// What `plan` predicts of its choice, for each accelerator.
    predicted: Option<f64>,
    /// Dollars an hour for an accelerator.
    price: Option<f64>,
    /// What was measured of the layout and requests in flight that were chosen; nothing where they were not measured.
    chosen: Option<f64>,
    /// What was measured at the speed, and what is predicted, between the points of each front.
    between: Option<[f64; 2]>,
    /// The same with what is predicted of the layouts that were measured.
    alike: Option<[f64; 2]>,
    /// The best that was measured of the accelerators that were chosen.
    accelerators: Option<f64>,
    /// The best that was measured of the fewest accelerators.
    fewest: f64,
    what: String,
}

fn case(group: &Group, speed: f64, catalog: &Catalog, world: &ClosedWorld) -> Option<Case> {
    let best = best(group.points.iter().collect(), speed)?;
    // What `plan` says of each measured number of accelerators and requests in flight, and the densest of those.
    let predicted = group.points.iter().filter_map(|point| {
        let row = plan(&request(group, point, speed), catalog, world).ok()?.report.best.into_iter().next()?;
        Some((point, row))
    });
    let each = |row: &PlanRow| row.tokens_per_s_per_accelerator.value.get();
    let found = predicted.max_by(|(_, a), (_, b)| each(a).total_cmp(&each(b)));
    let of = |gpus: u64| {
        let on: Vec<&Point> = group.points.iter().filter(|point| point.gpus == gpus).collect();
        // As slow as a choice may be is as slow as the runs may be that it is scored by.
        self::best(on, SAME_SPEED * speed).unwrap_or(0.0)
    };
    let chosen = found.as_ref().and_then(|(chosen, row)| {
        let same = |point: &&Point| point.is_as(chosen) && point.layout == row.layout;
        let measured = group.points.iter().filter(same);
        let of = |point: &Point| if point.speed >= SAME_SPEED * speed { point.each } else { 0.0 };
        measured.map(of).max_by(f64::total_cmp)
    });
    Some(Case {
        load: format!("{} {}/{}", group.model, group.input, group.output),
        place: format!("{} {} {}", group.chip, group.engine, group.format),
        speed,
        best,
        predicted: found.as_ref().map(|(_, row)| each(row)),
        price: found.as_ref().map(|(_, row)| row.usd_per_hour.0.get() / row.accelerators),
        chosen,
        between: None,
        alike: None,
        accelerators: found.as_ref().map(|(point, _)| of(point.gpus)),
        fewest: of(group.points.iter().map(|point| point.gpus).min()?),
        what: found.map_or_else(
            || "nothing".to_owned(),
            |(point, row)| format!("{} ({}) at {}", row.on, row.layout, point.in_flight),
        ),
    })
}

/// What is predicted of every measured number of accelerators and requests in flight, whatever the speed: the speed for a
/// user, and the output of an accelerator.
fn predicted(group: &Group, catalog: &Catalog, world: &ClosedWorld) -> Vec<(f64, f64)> {
    let row = |point: &Point| {
        let mut request = request(group, point, 1.0);
        request.tpot = None;
        let row = plan(&request, catalog, world).ok()?.report.best.into_iter().next()?;
        Some((row.tokens_per_s_per_user.value.get(), row.tokens_per_s_per_accelerator.value.get()))
    };
    group.points.iter().filter_map(row).collect()
}

/// Output of an accelerator at a speed, measured and predicted.
fn between(group: &Group, predicted: &[(f64, f64)], speed: f64) -> Option<[f64; 2]> {
    let measured: Vec<(f64, f64)> = group.points.iter().map(|point| (point.speed, point.each)).collect();
    Some([groups::on_front(&measured, speed)?, groups::on_front(predicted, speed)?])
}

/// The most output of an accelerator that was measured at a speed.
fn best(points: Vec<&Point>, speed: f64) -> Option<f64> {
    let quick = points.into_iter().filter(|point| point.speed >= speed);
    quick.map(|point| point.each).max_by(f64::total_cmp)
}

/// The question about a measured point: the densest replica of so many accelerators that serves so many requests at that speed.
fn request(group: &Group, point: &Point, speed: f64) -> PlanRequest {
    let mut request = PlanRequest::new(group.model.as_str());
    request.input = Some(Count(group.input));
    request.output = Some(Count(group.output));
    request.tpot = Some(Duration(Seconds::s(1.0 / speed)).into());
    request.objective = Some("tokens-per-accelerator".to_owned());
    request.on = vec![format!("{}x{}", point.gpus, group.chip)];
    request.concurrency = Some(Count(point.in_flight));
    request.max_gpus = Some(Count(point.gpus));
    request.engines = vec![point.engine.clone()];
    request.quant = vec![group.format.clone()];
    request.kv_dtype = vec![group.cache.clone()];
    request
}
