//! An open loop: equal requests arrive at random at a rate, and what is in flight follows from how fast they are served.
//!
//! Who arrives sees what is in flight on average (Poisson arrivals see time averages: Wolff 1982), so that with itself it
//! meets one more; at that load a step takes its time, and a request its own. The load at which both agree is sought.

use super::{
    Service, Serving,
    steady::{Met, rate as closed_rate, running, service},
};
use crate::{
    basis::Basis,
    formulas::time::{
        batching::running_sequences,
        queueing::{busy_share, deployments_at_rate, offered_load, requests_in_flight, wait_for_place},
    },
    quantity::Quantity as Q,
    trace::{Source, Trace, asked, at, fact},
    traced,
    units::Seconds,
    workload::Workload,
};

/// How a deployment holds a rate of arrivals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtRate {
    /// Requests that arrive per second.
    pub offered: f64,
    /// Requests per second that it finishes while all places are taken: the rate that it holds.
    pub sustained: f64,
    /// The share of it that arrives.
    pub share: f64,
    /// The fewest such deployments that hold the rate between them.
    pub deployments: f64,
    /// The share of the time that a replica has anything to do.
    pub busy: f64,
    /// Requests in flight in the mean; without bound where the rate is not held.
    pub in_flight: f64,
}

impl AtRate {
    /// Whether the queue keeps a mean.
    pub fn is_held(&self) -> bool {
        self.share < 1.0
    }
}

/// Serves `offered` requests a second.
pub(super) fn serve(with: &Serving<'_>, load: &Workload, offered: f64) -> Service {
    let (limits, trace) = (&with.limits, with.trace);
    let quiet = Serving { trace: Trace::off(), ..*with };
    let places = running_sequences(f64::INFINITY, limits.memory_sequences, limits.max_sequences);
    let full = sustained(&quiet, load);
    let sustained = full * limits.replicas;
    trace.stated(Q::OfferedRate, offered, Source::Request, Basis::Exact);
    trace.stated(Q::SustainedRate, sustained, Source::SpeedSearch, Basis::Exact);
    let share = traced!(trace, Q::OfferedLoad, offered_load {
        lambda: offered => at(Q::OfferedRate),
        X: sustained => at(Q::SustainedRate),
    });
    let held = share < 1.0;
    let requests = if held { met(&quiet, load, offered / limits.replicas, places) } else { places };
    trace.stated(Q::MetInFlight, requests, Source::SpeedSearch, Basis::Exact);
    let running = running(with, load, Met { requests, known: at(Q::MetInFlight) });
    let queue = if held { queue(with, share, places, full) } else { Seconds::s(f64::INFINITY) };
    let (finished, source) = if held { (offered, Source::Request) } else { (sustained, Source::SpeedSearch) };
    trace.stated(Q::RequestRate, finished, source, Basis::Exact);
    let service = service(with, load, running, queue, finished);
    let in_flight = in_flight(trace, offered, service.e2e);
    let deployments =
        traced!(trace, Q::Deployments, deployments_at_rate { rho: share => at(Q::OfferedLoad) });
    let busy = busy_share(requests);
    Service { at_rate: Some(AtRate { offered, sustained, share, deployments, busy, in_flight }), ..service }
}

/// The mean wait for one of the places of a replica, all of which finish `full` requests a second.
fn queue(with: &Serving<'_>, share: f64, places: f64, full: f64) -> Seconds {
    traced!(with.trace, Q::Queue, wait_for_place {
        rho: share => at(Q::OfferedLoad),
        k: places => fact("sequences", Source::MemorySearch, Basis::Exact),
        X: full => fact("1/s", Source::SpeedSearch, Basis::Exact),
    })
}

/// Requests in flight in the mean; a queue that grows without bound has none.
fn in_flight(trace: Trace<'_>, offered: f64, e2e: Seconds) -> f64 {
    let trace = if e2e.get().is_finite() { trace } else { Trace::off() };
    traced!(trace, Q::MeanInFlight, requests_in_flight {
        lambda: offered => at(Q::OfferedRate),
        W: e2e => at(Q::E2e),
    })
}

/// Requests a replica finishes a second while all its places are taken and more wait.
pub(super) fn sustained(with: &Serving<'_>, load: &Workload) -> f64 {
    let all = Met { requests: f64::INFINITY, known: asked("requests") };
    closed_rate(with, &running(with, load, all))
}

/// Steps after which an interval is as narrow as numbers are exact, however it is divided: each third halves it.
const STEPS: u32 = 192;

/// What a request meets in flight on a replica that `rate` reaches, itself included: those with a place are as many as
/// arrive while one is served.
pub(super) fn met(with: &Serving<'_>, load: &Workload, rate: f64, places: f64) -> f64 {
    // Below nothing where so many are too few: fewer than arrive while one of them is served.
    let excess = |requests: f64| {
        let served = running(with, load, Met { requests, known: asked("requests") }).waits.placed;
        requests - 1.0 - requests_in_flight(rate, served)
    };
    // Alone a request is served the soonest: at least what arrives meanwhile is in flight.
    let mut low = (1.0, excess(1.0));
    if low.1 >= 0.0 {
        return 1.0;
    }
    let mut high = places.min(1.0 - low.1);
    let mut above = excess(high);
    while above < 0.0 {
        if high >= places {
            return places;
        }
        low = (high, above);
        high = (high + high).min(places);
        above = excess(high);
    }
    between(&excess, low, (high, above))
}

/// Where `excess`, which rises from below nothing at `low` to above it at `high`, is nothing: by false position, an end that
/// stays counting half each time (the Illinois rule: Dowell and Jarratt 1971), and by halves in between, so that a jump is
/// found too.
fn between(excess: &impl Fn(f64) -> f64, mut low: (f64, f64), mut high: (f64, f64)) -> f64 {
    let mut stayed = 0_i32;
    for step in 1..=STEPS {
        let width = high.0 - low.0;
        if width <= f64::EPSILON * high.0 || high.1 <= 0.0 {
            break;
        }
        let crossed = width.mul_add(-low.1 / (high.1 - low.1), low.0);
        let tried = if step % 3 == 0 { f64::midpoint(low.0, high.0) } else { crossed.clamp(low.0, high.0) };
        let found = excess(tried);
        if found < 0.0 {
            low = (tried, found);
            stayed = stayed.max(0) + 1;
            if stayed > 1 {
                high.1 /= 2.0;
            }
        } else {
            high = (tried, found);
            stayed = stayed.min(0) - 1;
            if stayed < -1 {
                low.1 /= 2.0;
            }
        }
    }
    high.0
}
