//! Other splits of the same accelerators between two pools.

use super::{Pool, Pools};
use crate::workload::Workload;

/// Workers of each pool, and what they serve together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// That read.
    pub prefill: u64,
    /// That write.
    pub decode: u64,
    /// Requests a second.
    pub rate: f64,
}

/// The split of so many accelerators between workers as they are that serves a load best; none where none serves it.
pub fn best_split(pools: &Pools<'_>, accelerators: u64, workload: &Workload) -> Option<Split> {
    let each = [pools.prefill, pools.decode].map(|pool| pool.worker.deployment().plan.accelerators());
    let served = |prefill: u64| {
        let decode = (accelerators - prefill * each[0]) / each[1];
        let with = Pools {
            prefill: Pool { workers: prefill, ..pools.prefill },
            decode: Pool { workers: decode, ..pools.decode },
            ..*pools
        };
        let service = with.serve(workload)?.service;
        // Of a rate that arrives, what could.
        let rate = service.at_rate.map_or(service.request_rate, |at_rate| at_rate.sustained);
        Some(Split { prefill, decode, rate })
    };
    let most = accelerators.saturating_sub(each[1]) / each[0];
    (1..=most).filter_map(served).max_by(|a, b| a.rate.total_cmp(&b.rate).then(b.prefill.cmp(&a.prefill)))
}
