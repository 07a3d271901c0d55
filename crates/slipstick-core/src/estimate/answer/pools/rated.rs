//! Workers as halves of pools, and how pools hold a rate of requests.

use super::{
    Pool, PoolService, Pools, open::last, reads::Reads, search::Half, serve::Drafts, writes::Writes,
};
use crate::{
    estimate::{
        cost::TokenPower,
        serving::{Service, Tokens},
    },
    hardware::Assumptions,
    trace::Trace,
    units::Seconds,
    workload::{Arrival, Workload},
};

/// What requests see of pools that hold a load, in the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// From its arrival to its first token.
    pub ttft: Seconds,
    /// Between its further tokens.
    pub tpot: Seconds,
    /// From its arrival to its last token.
    pub e2e: Seconds,
    /// Requests answered a second.
    pub rate: f64,
    /// Requests a second that both pools could serve.
    pub most: f64,
    /// Requests in flight.
    pub in_flight: f64,
    /// What both draw, if their accelerators state a limit.
    pub power: Option<TokenPower>,
}

impl Half {
    /// A worker that reads the prompts of a load, and the least that one of them waits; none if its accelerator states no
    /// peak to compute at.
    pub fn reading(pool: &Pool<'_>, load: &Workload) -> Option<Self> {
        let reads = Reads::new(pool, load, Drafts::Made, Trace::off())?;
        let time = reads.limits.per_request + reads.own;
        Some(Self { accelerators: pool.accelerators(), rate: reads.pool.worker_rate, time })
    }

    /// A worker that writes the output of a load with the largest batch whose steps take no longer than `limit`, and with one
    /// sequence where even that takes longer; none if its accelerator states no peak to compute at.
    pub fn writing(
        pool: &Pool<'_>,
        assumed: &Assumptions,
        load: &Workload,
        limit: Option<Seconds>,
    ) -> Option<Self> {
        let tokens = Tokens::of(load);
        let writes = Writes::new(pool, assumed.pool_step.value, load, Drafts::Made)?;
        let keeps = |batch: f64| limit.is_none_or(|limit| writes.tpot(batch) <= limit);
        let room = writes.room();
        // A worker that does not start has no place.
        if room < 1.0 {
            return None;
        }
        let batch = if keeps(room) { room } else { last(1.0, room, keeps).floor() };
        let (rate, time) = (writes.rate(batch, &tokens), writes.tpot(batch));
        Some(Self { accelerators: pool.accelerators(), rate, time })
    }
}

impl Writes<'_> {
    /// The most sequences of a rank.
    pub(super) fn room(&self) -> f64 {
        self.limits.memory_sequences.min(self.limits.max_sequences)
    }
}

impl Pools<'_> {
    /// How so many requests a second are served that arrive at random; none where a pool is too slow for them, or its
    /// accelerator states no peak to compute at.
    pub fn hold(&self, load: &Workload, rate: f64) -> Option<Held> {
        let served = self.serve(&load.with_arrival(Arrival::Open { rate }).ok()?)?;
        served.service.at_rate?.is_held().then(|| Held::of(&served))
    }

    /// How so many requests in flight are served; none if an accelerator states no peak to compute at.
    pub fn keep(&self, load: &Workload, in_flight: u64) -> Option<Held> {
        let load =
            load.with_arrival(Arrival::Steady).and_then(|load| load.with_concurrency(in_flight)).ok()?;
        Some(Held::of(&self.serve(&load)?))
    }
}

impl Held {
    fn of(served: &PoolService) -> Self {
        let service = &served.service;
        let Service { ttft, tpot, e2e, request_rate: rate, .. } = *service;
        let in_flight = rate * e2e.get();
        Self { ttft, tpot, e2e, rate, most: served.matched.rate, in_flight, power: served.power }
    }
}
