//! Rows of separate pools.

use slipstick_core::{
    estimate::Verdict,
    workload::{Arrival, Workload},
};

use super::{
    figures::{NONE, at},
    rows::{Flight, Served, Wants, held, served},
};
use crate::{commands::estimate::Sureness, resolve::ResolvedPools};

/// How sure what pools serve is.
pub(super) fn sureness(pools: &ResolvedPools) -> Sureness {
    let decode = &pools.decode.0;
    Sureness::with(decode, decode.calibration().spreads.pools)
}

/// What a load comes to, whatever it costs.
pub(super) fn load(
    resolved: &ResolvedPools,
    (shape, flight): (&Workload, Flight),
    wants: Wants,
    sure: Sureness,
) -> Served {
    let pools = resolved.pools();
    let asked = match flight {
        Flight::Kept(count) => shape.with_concurrency(count),
        Flight::Arriving(rate) => shape.with_arrival(Arrival::Open { rate: rate.0.get() }),
    };
    let load = asked.unwrap_or(*shape);
    let mut figures = NONE;
    let starts = |load: &Workload| pools.memory(load).iter().all(|pool| pool.verdict.starts());
    let found = if starts(&load) { pools.serve(&load) } else { None };
    let service = found.as_ref().map(|found| found.service);
    let (verdict, in_flight) = match flight {
        Flight::Kept(count) => {
            let [prefill, decode] = pools.memory(&load).map(|pool| pool.verdict);
            (if prefill.starts() { decode } else { Verdict::DoesNotStart }, count)
        }
        Flight::Arriving(_) => {
            held(service.as_ref(), if service.is_some() { Verdict::Holds } else { Verdict::DoesNotStart })
        }
    };
    if wants.memory
        && let Ok(load) = load.with_concurrency(in_flight.min(u64::from(u32::MAX)))
    {
        let fullest = pools.memory(&load).map(|pool| pool.memory.rank().total().value.get());
        figures[at::MEMORY] = fullest[0].max(fullest[1]) as f64;
    }
    if let Some(found) = &found {
        served(&mut figures, &found.service, sure, resolved.accelerators() as f64);
        figures[at::JOULES] = found.power.map_or(f64::NAN, |power| power.token.get());
    }
    Served { verdict, figures, service, in_flight }
}
