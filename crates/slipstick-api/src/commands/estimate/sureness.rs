//! How sure the times, rates and costs of a deployment are.

use slipstick_core::{
    basis::Basis,
    estimate::serving::{self, Service},
    hardware::{Spread, Spreads},
    units::{Frequency, Seconds, Usd},
    workload::{Arrival, Workload},
};

use super::speculating::widened;
use crate::{
    commands::memory::architecture_basis,
    report::{Estimated, Quantity},
    resolve::Resolved,
};

/// How sure the times of a deployment are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sureness {
    spreads: Spreads,
    basis: Basis,
    /// Share of the rate that it holds which arrives, where that is known and is held.
    held: Option<f64>,
    /// The spread of a rate over a run of counted requests that arrive at random, where it is of one.
    run: Option<Spread>,
}

/// Standard deviations beyond which a tenth of what is normally distributed lies, on each side. The time in which N requests
/// arrive at random has one of 1/√N of it.
const TENTH: f64 = 1.281_551_565_544_6;

impl Sureness {
    pub(crate) fn of(resolved: &Resolved, workload: &Workload) -> Self {
        Self::with(resolved, workload.spreads(&resolved.calibration().spreads))
    }

    /// Of requests that arrive at a rate, whose times have a band of their own.
    pub(crate) fn at_rate(resolved: &Resolved, shape: &Workload, rate: f64) -> Self {
        Self::of(resolved, &shape.with_arrival(Arrival::Open { rate }).unwrap_or(*shape))
    }

    /// With the spreads of another question.
    pub(crate) fn with(resolved: &Resolved, spreads: Spreads) -> Self {
        let basis = resolved.calibration().basis.and(architecture_basis(resolved));
        let speculation = resolved.deployment().speculation.as_deref();
        let assumed = speculation.is_some_and(|speculation| speculation.assumed.is_some());
        Self {
            spreads: speculation.map_or(spreads, |speculation| widened(spreads, speculation.spread())),
            basis: if assumed { basis.and(Basis::Assumed) } else { basis },
            held: None,
            run: None,
        }
    }

    /// The same of what is served: a rate that arrives and is held is answered, however fast.
    pub(crate) fn serving(self, service: &Service) -> Self {
        let held = service.at_rate.filter(serving::AtRate::is_held).map(|at_rate| at_rate.share);
        Self { held, ..self }
    }

    /// The same of a rate that was measured over so many requests which arrived at random: as far as such runs were off, and
    /// no nearer than chance allows.
    pub(crate) fn over(self, requests: f64, runs: Option<Spread>) -> Self {
        let by_chance = TENTH / requests.sqrt();
        let runs = runs.unwrap_or(Spread { low: 1.0, high: 1.0, points: 0 });
        let (low, high) = (runs.low.min(1.0 - by_chance).max(0.0), runs.high.max(1.0 + by_chance));
        Self { run: Some(Spread { low, high, ..runs }), ..self }
    }

    /// The spread of what is answered: of a rate that arrives no more than that, and less only where it is not held.
    fn answered(self) -> Option<Spread> {
        let spread = self.spreads.of_rate();
        match self.held {
            Some(share) => self.run.or_else(|| {
                let low = |spread: Spread| (spread.low / share).min(1.0);
                spread.map(|spread| Spread { low: low(spread), high: 1.0, ..spread })
            }),
            None => spread,
        }
    }

    /// How well the efficiencies are known.
    pub(crate) const fn basis(self) -> Basis {
        self.basis
    }

    /// A time to a first token.
    pub(crate) fn ttft(self, time: Seconds) -> Estimated<Seconds> {
        Estimated::spread(time, self.spreads.ttft, self.basis, Seconds::s)
    }

    /// The time from a request's arrival to its last token, whose inverse is a rate.
    pub(crate) fn e2e(self, time: Seconds) -> Estimated<Seconds> {
        Estimated::spread(time, self.spreads.of_cost(), self.basis, Seconds::s)
    }

    /// What grows with the time of a step.
    pub(crate) fn tpot<T: Quantity>(self, value: T, of: fn(f64) -> T) -> Estimated<T> {
        Estimated::spread(value, self.spreads.tpot, self.basis, of)
    }

    /// A rate of tokens or requests.
    pub(crate) fn rate(self, per_s: f64) -> Estimated<Frequency> {
        Estimated::spread(Frequency::per_s(per_s), self.answered(), self.basis, Frequency::per_s)
    }

    /// The rate that is held while all places are taken.
    pub(crate) fn sustained(self, per_s: f64) -> Estimated<Frequency> {
        Self { held: None, ..self }.rate(per_s)
    }

    /// What a token costs.
    pub(crate) fn usd(self, usd: Usd) -> Estimated<Usd> {
        self.cost(usd, Usd::dollars)
    }

    /// What grows with the cost of a token.
    pub(crate) fn cost<T: Quantity>(self, value: T, of: fn(f64) -> T) -> Estimated<T> {
        Estimated::spread(value, self.answered().map(Spread::inverse), self.basis, of)
    }
}
