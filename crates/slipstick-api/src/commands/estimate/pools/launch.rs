//! The commands that start both pools and what joins them.

use slipstick_core::engine::{Command, PoolRole};

use super::super::{Launches, launch::command};
use crate::{commands::memory::MemoryAnswer, resolve::ResolvedPools};

/// How both pools are started.
pub(crate) struct Commands {
    /// Of a worker that reads, and of one that writes; none where the engine is not started by one.
    pub(super) workers: [Option<Command>; 2],
    /// Of what hands requests on from the one to the other.
    router: Option<Command>,
    counts: [u64; 2],
}

impl Commands {
    pub(super) fn of([prefill, decode]: [&MemoryAnswer; 2], pools: &ResolvedPools, concurrency: u64) -> Self {
        let start = |memory: &MemoryAnswer, workers: u64, role| {
            let asked = concurrency.div_ceil(workers).min(memory.places().max(1));
            command(memory, asked, Some(role))
        };
        Self {
            workers: [
                start(prefill, pools.prefill.1.workers, PoolRole::Prefill),
                start(decode, pools.decode.1.workers, PoolRole::Decode),
            ],
            router: decode.resolved.engine().pool_router(),
            counts: [pools.prefill.1.workers, pools.decode.1.workers],
        }
    }

    /// All of them, one a line.
    pub(super) fn launches(&self) -> Option<Launches> {
        let [prefill, decode] = self.workers.each_ref().map(Option::as_ref);
        let (prefill, decode) = (prefill?, decode?);
        let [reads, writes] = self.counts;
        let mut text = format!(
            "# reads prompts: {reads} of it\n{}\n# writes: {writes} of it\n{}",
            prefill.line(),
            decode.line()
        );
        if let Some(router) = &self.router {
            text.push_str("\n# hands requests on\n");
            text.push_str(&router.line());
        }
        let wants =
            [prefill, decode].into_iter().chain(&self.router).filter_map(|command| command.wants.clone());
        let mut wants: Vec<String> = wants.collect();
        wants.dedup();
        let wants = (!wants.is_empty()).then(|| wants.join("; "));
        Some(Launches { reproduces: text.clone(), serves: text, wants })
    }
}
