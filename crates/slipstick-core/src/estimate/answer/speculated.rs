//! What drafts gain, and up to how many requests in flight they do.

use super::prepared::Speed;
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
    let plain_tpot = speed.serve_plainly(limits, workload).tpot;
    let gain = traced!(trace, Q::SpeculationGain, speculation_gain {
        TPOT_1: plain_tpot => fact("", Source::Speculation, Basis::Assumed),
        TPOT: service.tpot => at(Q::Tpot),
    });
    // How many are in flight is the question here, whatever rate they arrive at.
    let closed = match workload.arrival() {
        Arrival::Open { .. } => workload.with_arrival(Arrival::Steady).unwrap_or(*workload),
        Arrival::Steady | Arrival::Benchmark { .. } | Arrival::Burst | Arrival::Static => *workload,
    };
    let pays = |requests: u64| {
        let load = closed.with_concurrency(requests).unwrap_or(closed);
        let with = speed.serve(limits, &load, Trace::off()).tpot;
        with < speed.serve_plainly(limits, &load).tpot
    };
    let (pays_up_to, always_pays) = last_that_pays(pays, places(limits));
    trace.stated(Q::SpeculationBreakEven, pays_up_to as f64, Source::SpeedSearch, Basis::Assumed);
    Some(Speculated { gain, plain_tpot, pays_up_to, always_pays })
}

/// Requests that memory and engine run at once.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts, cut off where they are absurd"
)]
fn places(limits: Limits) -> u64 {
    let most = f64::from(u16::MAX);
    let one = limits.memory_sequences.min(limits.max_sequences).min(most);
    (one * limits.replicas).clamp(1.0, most) as u64
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
