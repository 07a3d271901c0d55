//! The two halves, each by itself, and how their rates match: a handful of operations, for searches.

use crate::{
    formulas::time::{
        latency::rate_of_replicas,
        pools::{balanced_workers, matched_rate, pool_idle_share},
    },
    quantity::Quantity as Q,
    trace::{Trace, at, layout},
    traced,
};

/// Equal workers, by what one of them can do of a kind of request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolRate {
    /// How many.
    pub workers: f64,
    /// Requests a second of one, if it always has work.
    pub worker_rate: f64,
}

/// How the rates of two pools match.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matched {
    /// Requests a second that pass both.
    pub rate: f64,
    /// Requests a second that each could serve alone: the pool that reads, and the one that writes.
    pub rates: [f64; 2],
    /// Prefill workers to a decode worker at which neither waits for the other.
    pub balance: f64,
}

impl PoolRate {
    /// Requests a second of all of them.
    pub(super) fn rate(&self) -> f64 {
        rate_of_replicas(self.workers, self.worker_rate)
    }
}

/// Puts two halves together.
///
/// ```
/// # use slipstick_core::estimate::pools::{PoolRate, matched};
/// // Eight accelerators: two prefill workers of 2 at 1.8 requests/s, one decode worker of 4 at 3.1 requests/s.
/// let pools = [PoolRate { workers: 2.0, worker_rate: 1.8 }, PoolRate { workers: 1.0, worker_rate: 3.1 }];
/// let found = matched(pools);
/// assert_eq!(found.rate / 8.0, 0.3875);
/// assert_eq!(found.idle(found.rate), [1.0 - 3.1 / 3.6, 0.0]);
/// ```
pub fn matched(pools: [PoolRate; 2]) -> Matched {
    traced(pools, Trace::off())
}

/// The same, recorded.
pub(super) fn traced(pools: [PoolRate; 2], trace: Trace<'_>) -> Matched {
    let rate_of = |pool: usize| {
        traced!(trace, Q::PoolRate(pool), rate_of_replicas {
            n: pools[pool].workers => layout("workers"),
            X_1: pools[pool].worker_rate => at(Q::WorkerRate(pool)),
        })
    };
    let rates = [rate_of(0), rate_of(1)];
    let rate = traced!(trace, Q::PoolRate(2), matched_rate {
        X_p: rates[0] => at(Q::PoolRate(0)),
        X_d: rates[1] => at(Q::PoolRate(1)),
    });
    let balance = traced!(trace, Q::BalancedWorkers, balanced_workers {
        X_1d: pools[1].worker_rate => at(Q::WorkerRate(1)),
        X_1p: pools[0].worker_rate => at(Q::WorkerRate(0)),
    });
    Matched { rate, rates, balance }
}

impl Matched {
    /// The share of each pool that is left over where so many requests a second pass.
    pub fn idle(&self, rate: f64) -> [f64; 2] {
        idle(self, rate, Trace::off())
    }
}

/// The same, recorded.
pub(super) fn idle(pools: &Matched, rate: f64, trace: Trace<'_>) -> [f64; 2] {
    let idle_of = |pool: usize| {
        traced!(trace, Q::PoolIdle(pool), pool_idle_share {
            X: rate => at(Q::RequestRate),
            X_n: pools.rates[pool] => at(Q::PoolRate(pool)),
        })
    };
    [idle_of(0), idle_of(1)]
}
