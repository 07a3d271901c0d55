//! What is plotted of a resolved: how it goes on with more requests in flight.

use super::{MemoryAnswer, estimate};
use crate::{
    ApiError,
    request::{Count, EstimateRequest},
    resolve::Resolver,
    view::{Axis, Plot, Series},
};

/// A plot goes on until this many requests are in flight.
const MOST_REQUESTS: u64 = 1024;

pub(super) fn empty_throughput() -> Plot {
    Plot {
        caption: format!("Speed for one reader against all, from 1 to {MOST_REQUESTS} requests in flight"),
        x: Axis { label: "output tokens/s for one reader".to_owned(), log: true },
        y: Axis { label: "output tokens/s of the deployment".to_owned(), log: true },
        series: Vec::new(),
    }
}

pub(super) fn empty_memory() -> Plot {
    Plot {
        caption: "Memory of the fullest accelerator over the sequences at once".to_owned(),
        x: Axis { label: "sequences at once".to_owned(), log: true },
        y: Axis { label: "GiB".to_owned(), log: false },
        series: Vec::new(),
    }
}

/// 1, 2, 4 and so on, for as long as they fit.
fn doublings(most: u64) -> impl Iterator<Item = u64> {
    (0..=10).map(|power| 1_u64 << power).filter(move |count| *count <= most.clamp(1, MOST_REQUESTS))
}

/// The curve of a deployment: each point serves twice as many requests as the one before it.
pub(super) fn throughput(
    name: &str,
    request: &EstimateRequest,
    resolver: &Resolver<'_>,
) -> Result<Series, ApiError> {
    let mut points = Vec::new();
    for count in doublings(MOST_REQUESTS) {
        let with = request.with_concurrency(Count(count));
        let answer = estimate::answer(&with, resolver, false)?;
        // The curve ends where memory does.
        let Some(estimate) = answer.estimate.filter(|_| answer.memory.estimate.fits()) else { break };
        let service = &estimate.service;
        points.push((1.0 / service.tpot.get(), service.output_rate));
    }
    Ok(Series { label: name.to_owned(), points })
}

/// The memory of a deployment: each point holds twice as many sequences as the one before it, up to the first that does
/// not fit.
pub(super) fn memory(name: &str, answer: &MemoryAnswer) -> Result<Series, ApiError> {
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
