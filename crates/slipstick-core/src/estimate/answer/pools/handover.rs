//! The cache of a prompt on its way from the pool that made it to the pool that goes on with it.

use super::{Pool, Pools};
use crate::{
    basis::Basis,
    formulas::time::{collective::transfer_time, pools::cache_over_one_link},
    model::{CacheShape, Layer, Model},
    numeric::CacheFormat,
    plan::Plan,
    quantity::Quantity as Q,
    trace::{Source, Trace, at, fact},
    traced,
    units::{Bytes, Seconds},
};

/// A cache that changes hands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Handover {
    /// All of it.
    pub(super) cache: Bytes,
    /// As much of it as one link carries.
    pub(super) link_cache: Bytes,
    /// How long that takes.
    pub(super) time: Seconds,
}

impl Handover {
    /// Of a prompt of so many tokens.
    pub(super) fn new(pools: &Pools<'_>, tokens: u64, trace: Trace<'_>) -> Self {
        let whole = Plan::SINGLE;
        let cache = pools.decode.of_layers(whole, tokens) + pools.decode.of_drafter(whole, tokens);
        trace.stated(Q::PromptCache, cache, Source::Model, Basis::Exact);
        let ranks = [pools.prefill, pools.decode].map(|pool| {
            let plan = pool.worker.deployment().plan;
            // Stages hold different layers, and each sends its own; what drafts stands on one of them.
            let layers = pool.of_layers(plan, tokens).get().div_ceil(plan.pp());
            Bytes::new(layers) + pool.of_drafter(plan, tokens)
        });
        for (pool, bytes) in ranks.into_iter().enumerate() {
            trace.stated(Q::RankCache(pool), bytes, Source::Layout, Basis::Exact);
        }
        let link_cache = traced!(trace, Q::LinkCache, cache_over_one_link {
            M_p: ranks[0].traffic() => at(Q::RankCache(0)),
            M_d: ranks[1].traffic() => at(Q::RankCache(1)),
        });
        let assumed = &pools.assumed;
        let time = traced!(trace, Q::CacheTransfer, transfer_time {
            alpha: Seconds::s(assumed.transfer_start.value) =>
                fact("", Source::Assumptions, assumed.transfer_start.basis),
            M: link_cache => at(Q::LinkCache),
            beta: pools.link.bandwidth * assumed.transfer_share.value =>
                fact("", Source::Assumptions, assumed.transfer_share.basis),
        });
        Self { cache, link_cache: ranks[0].max(ranks[1]), time }
    }
}

impl Pool<'_> {
    /// What one rank of a layout keeps of a sequence of so many tokens, cache and state.
    fn of_layers(&self, plan: Plan, tokens: u64) -> Bytes {
        self.kept(self.worker.deployment().model.model(), plan, tokens)
    }

    /// What the model that drafts keeps of it, if there is one.
    fn of_drafter(&self, plan: Plan, tokens: u64) -> Bytes {
        let speculation = self.worker.deployment().speculation.as_ref();
        let drafter = speculation.and_then(|speculation| speculation.drafter.as_ref());
        drafter.map_or(Bytes::ZERO, |drafter| self.kept(drafter.model.model(), plan.on_one_stage(), tokens))
    }

    fn kept(&self, model: &Model, plan: Plan, tokens: u64) -> Bytes {
        let deployment = self.worker.deployment();
        let state = deployment.engine.state();
        let mixers = model.layers.iter().flat_map(Layer::mixers);
        let shapes = mixers.map(|mixer| plan.cache_on_rank(mixer));
        let kept = |shape: CacheShape| {
            rows(shape, deployment.cache, tokens)
                + Bytes::new(shape.conv * state.conv + shape.state * state.recurrent)
        };
        shapes.map(kept).sum()
    }
}

/// The rows of a mixer's cache, whose keys and values may have formats of their own.
fn rows(shape: CacheShape, format: CacheFormat, tokens: u64) -> Bytes {
    if format.key == format.value {
        return shape.bytes(format.key, tokens);
    }
    let [key, value] = shape.rows;
    let keys = CacheShape { rows: [key, 0], ..shape };
    let values = CacheShape { rows: [value, 0], index_row: 0, window_row: 0, ..shape };
    keys.bytes(format.key, tokens) + values.bytes(format.value, tokens)
}
