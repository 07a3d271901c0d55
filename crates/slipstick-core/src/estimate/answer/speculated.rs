//! What drafts gain, and up to how many requests in flight they do.

use super::{
    pools::{PoolService, Pools, serve, serve::Drafts},
    prepared::Speed,
};
use crate::{
    basis::Basis,
    estimate::serving::{Limits, Service},
    formulas::time::speculation::speculation_gain,
    quantity::Quantity as Q,
    trace::{Source, Trace, at, fact},
    traced,
    units::Seconds,
    workload::{Arrival, Workload},
};

/// What drafts gain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speculated {
    /// How many times faster tokens come than without them, at the load that was asked about.
    pub gain: f64,
    /// Time per output token without drafts.
    pub plain_tpot: Seconds,
    /// The most requests in flight with which tokens come faster than without drafts; 0 where they never do.
    pub pays_up_to: u64,
    /// Whether that is as many as memory and engine run at once.
    pub always_pays: bool,
}

/// What the drafts of a deployment gain for `workload`; none if it drafts nothing.
pub(super) fn speculated(
    speed: &Speed,
    limits: Limits,
    workload: &Workload,
    service: &Service,
    trace: Trace<'_>,
) -> Option<Speculated> {
    speed.drafting()?;
    let closed = closed(workload);
    let pays = |requests: u64| {
        let load = closed.with_concurrency(requests).unwrap_or(closed);
        let with = speed.serve(limits, &load, Trace::off()).tpot;
        with < speed.serve_plainly(limits, &load).tpot
    };
    let plain = speed.serve_plainly(limits, workload).tpot;
    Some(gained([plain, service.tpot], pays, places(limits, 1.0), trace))
}

/// The same of two pools, whose drafts are made where output is written.
pub(super) fn in_pools(
    pools: &Pools<'_>,
    workload: &Workload,
    service: &Service,
    trace: Trace<'_>,
) -> Option<Speculated> {
    let decode = &pools.decode;
    decode.worker.speed()?.drafting()?;
    let plainly = |load: &Workload| serve::served(pools, load, Drafts::LeftOut, Trace::off());
    let closed = closed(workload);
    let pays = |requests: u64| {
        let load = closed.with_concurrency(requests).unwrap_or(closed);
        let tpot = |served: PoolService| served.service.tpot;
        pools.serve(&load).map(tpot) < plainly(&load).map(tpot)
    };
    let plain = plainly(workload)?.service.tpot;
    let most = places(decode.worker.limits(workload), decode.workers as f64);
    Some(gained([plain, service.tpot], pays, most, trace))
}

/// A load whose requests in flight are the question, whatever rate they arrive at.
fn closed(workload: &Workload) -> Workload {
    match workload.arrival() {
        Arrival::Open { .. } => workload.with_arrival(Arrival::Steady).unwrap_or(*workload),
        Arrival::Steady | Arrival::Benchmark { .. } | Arrival::Burst | Arrival::Static => *workload,
    }
}

/// What drafts gain of a time without them, and up to how many of the `most` requests.
fn gained(
    [plain_tpot, tpot]: [Seconds; 2],
    pays: impl Fn(u64) -> bool,
    most: u64,
    trace: Trace<'_>,
) -> Speculated {
    let gain = traced!(trace, Q::SpeculationGain, speculation_gain {
        TPOT_1: plain_tpot => fact("", Source::Speculation, Basis::Assumed),
        TPOT: tpot => at(Q::Tpot),
    });
    let (pays_up_to, always_pays) = last_that_pays(pays, most);
    trace.stated(Q::SpeculationBreakEven, pays_up_to as f64, Source::SpeedSearch, Basis::Assumed);
    Speculated { gain, plain_tpot, pays_up_to, always_pays }
}

/// Requests that memory and engine run at once on so many workers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts, cut off where they are absurd"
)]
fn places(limits: Limits, workers: f64) -> u64 {
    let most = f64::from(u16::MAX);
    let one = limits.memory_sequences.min(limits.max_sequences).min(most);
    (one * limits.replicas * workers).clamp(1.0, most) as u64
}

/// The last count up to `most` before one that does not pay, and whether that is all of them: counts are doubled until one
/// does not, and halved from there.
fn last_that_pays(pays: impl Fn(u64) -> bool, most: u64) -> (u64, bool) {
    let (mut good, mut bad) = (0, 1);
    while bad <= most && pays(bad) {
        (good, bad) = (bad, bad * 2);
    }
    if bad > most {
        if pays(most) {
            return (most, true);
        }
        bad = most;
    }
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if pays(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    (good, false)
}

#[cfg(test)]
mod tests {
    use super::last_that_pays;

    #[test]
    fn the_last_that_pays_is_found() {
        for last in [0, 1, 2, 5, 16, 99] {
            assert_eq!(last_that_pays(|count| count <= last, 100), (last, false));
        }
        assert_eq!(last_that_pays(|_| true, 100), (100, true));
    }
}
