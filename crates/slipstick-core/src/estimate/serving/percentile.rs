//! What a share of requests does not exceed, where they arrive at random.
//!
//! How long a request takes is decided by how many others it meets: of requests that arrive at random the number in flight is
//! Poisson, and the time of who meets the percentile of it is the percentile of the time. Beside that stand the moment of
//! the running step at which it comes, and the wait for a place.

use super::{
    Serving,
    open::{met, sustained},
    steady::{Met, running, service},
};
use crate::{
    formulas::time::{
        batching::running_sequences,
        queueing::{
            busy_share, in_flight_percentile, normal_percentile, offered_load, rest_of_step,
            rest_of_step_percentile, wait_for_place_percentile,
        },
    },
    trace::{Trace, asked},
    units::Seconds,
    workload::Workload,
};

/// What so large a share of requests does not exceed, and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentile {
    /// The share.
    pub share: f64,
    /// Its place in the normal distribution.
    pub deviations: f64,
    /// Other requests in flight on a replica, in the mean.
    pub mean: f64,
    /// Those that the share of requests does not meet more of.
    pub others: f64,
    /// Share of the time that a replica has anything to do while so many are there.
    pub busy: f64,
    /// The rest of the running step that the share does not exceed, in steps.
    pub rest: f64,
    /// Share of the sustained rate that arrives.
    pub load: f64,
    /// Places of a replica.
    pub places: f64,
    /// Requests a second that a replica finishes while all are taken.
    pub full: f64,
    /// The wait for a place that the share does not exceed.
    pub queue: Seconds,
    /// Time to the first token.
    pub ttft: Seconds,
    /// Time between further tokens.
    pub tpot: Seconds,
    /// Time to the last token.
    pub e2e: Seconds,
}

/// What `share` of requests does not exceed where `offered` arrive a second; none where they are more than is held.
pub(in crate::estimate) fn percentile(
    with: &Serving<'_>,
    workload: &Workload,
    offered: f64,
    share: f64,
) -> Option<Percentile> {
    let with = Serving { trace: Trace::off(), ..*with };
    let limits = &with.limits;
    let places = running_sequences(f64::INFINITY, limits.memory_sequences, limits.max_sequences);
    let full = sustained(&with, workload);
    let load = offered_load(offered, full * limits.replicas);
    if load >= 1.0 {
        return None;
    }
    let mean = met(&with, workload, offered / limits.replicas, places) - 1.0;
    let deviations = normal_percentile(share);
    let others = in_flight_percentile(mean, deviations);
    let queue = wait_for_place_percentile(load, places, full, share);
    let requests = (1.0 + others).min(places);
    let running = running(&with, workload, Met { requests, known: asked("requests") });
    let step = running.step();
    let found = service(&with, workload, running, queue, offered);
    let busy = busy_share(requests);
    let rest = rest_of_step_percentile(busy, share);
    // Who is alone waits for no step.
    let later = if requests > 1.0 { step * (rest - rest_of_step(busy)).max(0.0) } else { Seconds::ZERO };
    Some(Percentile {
        share,
        deviations,
        mean,
        others,
        busy,
        rest,
        load,
        places,
        full,
        queue,
        ttft: found.ttft + later,
        tpot: found.tpot,
        e2e: found.e2e + later,
    })
}
