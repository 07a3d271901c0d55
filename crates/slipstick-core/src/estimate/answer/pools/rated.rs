//! Workers as halves of pools, and how pools hold a rate of requests.

use super::{
    Pool, Pools,
    search::Half,
    serve::{HALVINGS, Loop, Reads, Writes},
};
use crate::{
    estimate::serving::Tokens,
    hardware::Assumptions,
    trace::Trace,
    units::Seconds,
    workload::{Arrival, Workload},
};

/// Requests in flight that no request is alone among.
const MANY: u64 = 1 << 16;

/// What requests see of pools that hold a rate, in the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// From its arrival to its first token.
    pub ttft: Seconds,
    /// Between its further tokens.
    pub tpot: Seconds,
    /// From its arrival to its last token.
    pub e2e: Seconds,
    /// Requests in flight.
    pub in_flight: f64,
}

impl Half {
    /// A worker that reads the prompts of a load, and the least that one of them waits; none if its accelerator states no
    /// peak to compute at.
    pub fn reading(pool: &Pool<'_>, load: &Workload) -> Option<Self> {
        let reads = Reads::new(pool, load, &Tokens::of(load), Trace::off())?;
        let time = reads.limits.per_request + reads.own;
        Some(Self { accelerators: pool.accelerators(), rate: reads.pool.worker_rate, time })
    }

    /// A worker that writes the output of a load with the largest batch whose steps take no longer than `limit`; none if even
    /// one sequence takes longer, or its accelerator states no peak to compute at.
    pub fn writing(
        pool: &Pool<'_>,
        assumed: &Assumptions,
        load: &Workload,
        limit: Option<Seconds>,
    ) -> Option<Self> {
        let tokens = Tokens::of(load);
        let writes = Writes::new(pool, assumed.pool_step.value, load, &tokens)?;
        let keeps = |batch: f64| limit.is_none_or(|limit| writes.step(batch) <= limit);
        let room = writes.room();
        if !keeps(1.0) {
            return None;
        }
        let batch = if keeps(room) { room } else { last(1.0, room, keeps).floor() };
        let (rate, time) = (writes.rate(batch, &tokens), writes.step(batch));
        Some(Self { accelerators: pool.accelerators(), rate, time })
    }
}

impl Writes<'_> {
    /// The most sequences of a rank.
    fn room(&self) -> f64 {
        self.limits.memory_sequences.min(self.limits.max_sequences)
    }
}

/// The last number for which something holds that holds at `low` and not at `high`.
fn last(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
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

impl Pools<'_> {
    /// How so many requests a second are served that arrive at random; none where a pool is too slow for them, or its
    /// accelerator states no peak to compute at.
    pub fn hold(&self, load: &Workload, rate: f64) -> Option<Held> {
        let load = load.with_arrival(Arrival::Steady).and_then(|load| load.with_concurrency(MANY)).ok()?;
        let with = Loop::new(self, &load, Trace::off())?;
        let written = |batch: f64| with.writes.rate(batch, &with.tokens) * with.writes.workers;
        let room = with.writes.room();
        if rate >= with.reads.pool.rate() || rate > written(room) {
            return None;
        }
        let batch = last(0.0, room, |batch| written(batch) <= rate);
        let waits = with.waits(rate, batch, Trace::off());
        let (ttft, e2e) = (waits.ttft, waits.placed);
        Some(Held { ttft, tpot: with.writes.step(batch), e2e, in_flight: rate * e2e.get() })
    }
}
