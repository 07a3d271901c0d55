//! What requests wait for where more of them are in flight than have a place.

use super::{Serving, steady::Running, tokens::Tokens};
use crate::{
    formulas::time::{
        latency::queue_wait,
        queueing::{burst_queue, queue_from_nothing},
    },
    quantity::Quantity as Q,
    trace::{asked, at},
    traced,
    units::Seconds,
    workload::{Arrival, Workload},
};

/// Mean wait for a place: in steady state, over a run that starts from nothing, or of requests that are all there at once.
pub(super) fn queue(with: &Serving<'_>, load: &Workload, running: &Running<'_>, per_replica: f64) -> Seconds {
    let trace = with.trace;
    if load.arrival() == Arrival::Burst {
        return traced!(trace, Q::Queue, burst_queue {
            N: Tokens::of(load).requests / with.limits.replicas => asked("requests"),
            B: running.batch => at(Q::Sequences),
            X: per_replica => at(Q::RatePerReplica),
        });
    }
    let settled = |quantity| {
        traced!(trace, quantity, queue_wait {
            C: running.met.requests => running.met.known,
            X: per_replica => at(Q::RatePerReplica),
            t_s: running.waits.placed => at(Q::UnqueuedE2e),
        })
    };
    match load.arrival() {
        Arrival::Benchmark { requests_per_slot } => traced!(trace, Q::Queue, queue_from_nothing {
            t_q: settled(Q::SettledQueue) => at(Q::SettledQueue),
            C: running.met.requests => running.met.known,
            B: running.batch => at(Q::Sequences),
            r: requests_per_slot => asked("requests"),
        }),
        Arrival::Steady | Arrival::Burst | Arrival::Static | Arrival::Open { .. } => settled(Q::Queue),
    }
}
