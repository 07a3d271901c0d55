//! How much memory more requests in flight take.

use super::MemoryAnswer;
use crate::{
    ApiError,
    view::{Axis, Plot, Series},
};

/// A plot goes on until this many requests are in flight.
const MOST_REQUESTS: u64 = 1024;

/// The plot without its lines.
pub(crate) fn empty() -> Plot {
    Plot {
        caption: "Memory of the fullest accelerator over the requests in flight".to_owned(),
        x: Axis { label: "requests in flight".to_owned(), log: true },
        y: Axis { label: "GiB".to_owned(), log: false },
        series: Vec::new(),
    }
}

/// 1, 2, 4 and so on, for as long as they fit.
pub(crate) fn doublings(most: u64) -> impl Iterator<Item = u64> {
    (0..=10).map(|power| 1_u64 << power).filter(move |count| *count <= most.clamp(1, MOST_REQUESTS))
}

/// The memory of a deployment: each point holds twice as many requests as the one before it, up to the first that does
/// not fit.
pub(crate) fn line(name: &str, answer: &MemoryAnswer) -> Result<Series, ApiError> {
    let model = answer.resolved.memory_model();
    let mut points = Vec::new();
    for count in doublings(MOST_REQUESTS) {
        let estimate = model.estimate(&answer.workload.with_concurrency(count)?);
        points.push((count as f64, estimate.rank().total().value.as_gib()));
        if !estimate.fits() {
            break;
        }
    }
    let capacity = answer.resolved.cluster().accelerator.memory;
    Ok(Series { label: format!("{name} (of {capacity})"), points })
}

/// The plot of one deployment, with what an accelerator has.
pub(super) fn plot(answer: &MemoryAnswer) -> Option<Plot> {
    let line = line(&answer.resolved.model.name, answer).ok()?;
    let capacity = answer.resolved.cluster().accelerator.memory.as_gib();
    let ends = [line.points.first()?.0, line.points.last()?.0];
    let has =
        Series { label: "what it has".to_owned(), points: ends.map(|count| (count, capacity)).to_vec() };
    Some(Plot { series: vec![line, has], ..empty() })
}
