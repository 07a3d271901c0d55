//! The report of two pools, inside that of an estimate.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    estimate::pools::Split,
    units::{Bytes, Frequency, Seconds},
};

use super::Pooled;
use crate::{
    commands::memory::{DeploymentMemory, MemoryAnswer},
    report::Plain,
    request::PoolLayout,
};

/// Two pools: what each could serve, and what joins them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PoolsReport {
    /// The pool that reads.
    pub prefill: PoolReport,
    /// The pool that writes.
    pub decode: PoolReport,
    /// Requests a second that both could serve: the lesser of theirs. Absent where one does not start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_s: Option<Plain<Frequency>>,
    /// Prefill workers to a decode worker at which neither pool waits for the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefill_workers_per_decode_worker: Option<f64>,
    /// The cache of a prompt on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<CacheTransfer>,
    /// The split of all accelerators between such workers that serves the load best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<BestSplit>,
    /// What would start, where one of them does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
    /// Accelerators that no pool uses.
    pub spare_accelerators: u64,
}

/// One pool.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PoolReport {
    /// How many workers.
    pub workers: u64,
    /// The layout of each, as it is typed.
    pub layout: String,
    /// Accelerators of all of them.
    pub accelerators: u64,
    /// `holds` its part of the load, `queues` some of it, or `does_not_start`.
    pub verdict: &'static str,
    /// What each accelerator of a worker holds.
    pub memory: DeploymentMemory,
    /// Requests a second that it could serve alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_s: Option<Plain<Frequency>>,
    /// The share of that which is left over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_share: Option<f64>,
    /// The command that starts a worker.
    pub launch: Option<String>,
}

/// The cache of a prompt on its way from one pool to the other.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CacheTransfer {
    /// All of it.
    pub cache_bytes: Plain<Bytes>,
    /// As much of it as one link carries.
    pub link_bytes: Plain<Bytes>,
    /// How long that takes; part of the time to the first token.
    pub time_s: Plain<Seconds>,
}

/// A split of all accelerators between two pools.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BestSplit {
    /// Workers that read.
    pub prefill_workers: u64,
    /// Workers that write.
    pub decode_workers: u64,
    /// Requests a second.
    pub requests_per_s: Plain<Frequency>,
}

impl PoolsReport {
    pub(crate) fn of(a: &Pooled, decode: &MemoryAnswer) -> Self {
        let service = a.service.as_ref();
        let pool = |at: usize, memory: &MemoryAnswer, layout: PoolLayout| PoolReport {
            workers: layout.workers,
            layout: layout.degrees.to_string(),
            accelerators: layout.accelerators(),
            verdict: memory.verdict.name(),
            memory: DeploymentMemory::of(memory),
            requests_per_s: service.map(|service| Frequency::per_s(service.matched.rates[at]).into()),
            idle_share: service.map(|service| service.idle[at]),
            launch: a.commands.workers[at]
                .as_ref()
                .filter(|_| service.is_some())
                .map(slipstick_core::engine::Command::line),
        };
        Self {
            prefill: pool(0, &a.prefill, a.resolved.prefill.1),
            decode: pool(1, decode, a.resolved.decode.1),
            requests_per_s: service.map(|service| Frequency::per_s(service.matched.rate).into()),
            prefill_workers_per_decode_worker: service.map(|service| service.matched.balance),
            transfer: service.map(|service| CacheTransfer {
                cache_bytes: service.cache.into(),
                link_bytes: service.link_cache.into(),
                time_s: service.transfer.into(),
            }),
            best: a.best.map(BestSplit::from),
            cure: a.cure.clone(),
            spare_accelerators: a.spare(),
        }
    }
}

impl From<Split> for BestSplit {
    fn from(split: Split) -> Self {
        Self {
            prefill_workers: split.prefill,
            decode_workers: split.decode,
            requests_per_s: Frequency::per_s(split.rate).into(),
        }
    }
}
