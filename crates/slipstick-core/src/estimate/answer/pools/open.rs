//! Requests that arrive at random at a rate, whoever is still served: they pass both pools as they come, or are too many.

use super::serve::{HALVINGS, Loop};
use crate::{
    basis::Basis,
    estimate::serving::AtRate,
    formulas::{
        parts::least,
        time::queueing::{busy_share, deployments_at_rate, offered_load, requests_in_flight},
    },
    quantity::Quantity as Q,
    trace::{Input, Source, Trace, at, fact},
    traced,
    units::Seconds,
    workload::{Arrival, Workload},
};

use super::halves::Matched;

/// Requests in flight that no request is alone among, and that leave no place free.
pub(super) const MANY: u64 = 1 << 30;

/// A load as a closed loop, beside the rate at which its requests arrive: then as many are in flight as there are places.
pub(super) fn closed(load: &Workload) -> (Workload, Option<f64>) {
    let Arrival::Open { rate } = load.arrival() else { return (*load, None) };
    let many = load.with_arrival(Arrival::Steady).and_then(|load| load.with_concurrency(MANY));
    (many.unwrap_or(*load), Some(rate))
}

/// The wait for a place of requests that arrive: what a pool queues is its own wait, unless they are too many.
pub(super) fn queue(offered: f64, most: f64, trace: Trace<'_>) -> Seconds {
    let queue = if offered < most { Seconds::ZERO } else { Seconds::s(f64::INFINITY) };
    trace.stated(Q::Queue, queue, Source::SpeedSearch, Basis::Exact);
    queue
}

/// The last number for which something holds that holds at `low` and not at `high`.
pub(super) fn last(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

impl Loop<'_> {
    /// Requests a second of all workers that write, each rank with so many sequences.
    pub(super) fn written(&self, batch: f64) -> f64 {
        self.writes.rate(batch, &self.tokens) * self.writes.workers
    }

    /// The sequences of a rank that writes where so many requests arrive a second: all places where they are too many.
    pub(super) fn batch_at(&self, rate: f64) -> f64 {
        let room = self.writes.room();
        if rate >= self.written(room) { room } else { last(0.0, room, |batch| self.written(batch) <= rate) }
    }

    /// Requests a second that pass: those that arrive, or what the slower pool serves.
    pub(super) fn passing(&self, offered: f64, matched: &Matched) -> f64 {
        let trace = self.trace;
        trace.stated(Q::OfferedRate, offered, Source::Request, Basis::Exact);
        let rate = least(&[offered, matched.rate]);
        trace.gathered(Q::RequestRate, &least::FORMULA, rate, || {
            vec![
                Input::new("arrive", offered, at(Q::OfferedRate)),
                Input::new("by pools", matched.rate, at(Q::PoolRate(2))),
            ]
        });
        rate
    }

    /// How the rate is held, of which both pools serve `most`.
    pub(super) fn at_rate(&self, (offered, most): (f64, f64), decoding: f64, e2e: Seconds) -> AtRate {
        let trace = self.trace;
        trace.stated(Q::SustainedRate, most, Source::SpeedSearch, Basis::Exact);
        let share = traced!(trace, Q::OfferedLoad, offered_load {
            lambda: offered => at(Q::OfferedRate),
            X: most => at(Q::SustainedRate),
        });
        let held = if e2e.get().is_finite() { trace } else { Trace::off() };
        let in_flight = traced!(held, Q::MeanInFlight, requests_in_flight {
            lambda: offered => at(Q::OfferedRate),
            W: e2e => at(Q::E2e),
        });
        let deployments =
            traced!(trace, Q::Deployments, deployments_at_rate { rho: share => at(Q::OfferedLoad) });
        let busy = traced!(trace, Q::BusyShare, busy_share {
            C: decoding + 1.0 => fact("requests", Source::SpeedSearch, Basis::Exact),
        });
        AtRate { offered, sustained: most, share, deployments, busy, in_flight }
    }
}
