//! What is plotted of a resolved: how it goes on with more requests in flight.

use super::estimate;
use crate::{
    ApiError,
    commands::memory::doublings,
    request::{Count, EstimateRequest},
    resolve::Resolver,
    view::{Axis, Plot, Series},
};

/// A plot goes on until this many requests are in flight.
const MOST_REQUESTS: u64 = 1024;

pub(super) fn empty_throughput() -> Plot {
    Plot {
        caption: format!("Speed for one user against all, from 1 to {MOST_REQUESTS} requests in flight"),
        x: Axis { label: "output tokens/s for a user".to_owned(), log: true },
        y: Axis { label: "output tokens/s of the deployment".to_owned(), log: true },
        series: Vec::new(),
    }
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
