//! Where the numbers of an estimate of memory come from.

use super::{MemoryEstimate, MemoryModel, prepared::towers};
use crate::{
    basis::{Basis, Known},
    engine::{Demand, RankLoad, Stage, record_row, record_shown},
    formulas::{
        memory::{activations::share_of_count, static_pool::left_over},
        parts::total,
    },
    hardware::MemoryUse,
    model::{Layer, Part},
    quantity::Quantity as Q,
    trace::{Input, Source, Trace, at, fact, model, rules},
    traced,
    units::Bytes,
    workload::Workload,
};

impl MemoryModel {
    /// Records where the numbers of an estimate for `workload` come from: the engine's rules are asked once more about the
    /// stage that is shown.
    pub fn record(&self, workload: &Workload, estimate: &MemoryEstimate, trace: Trace<'_>) {
        if !trace.is_on() {
            return;
        }
        let load = self.load(workload);
        let kind = self.kind_of(estimate.worst);
        let stage = self.kind(kind);
        trace.stated(Q::Capacity, self.memory(), Source::Accelerator, Basis::Measured);
        trace.stated(Q::Stage, estimate.rank().stage, Source::Layout, Basis::Exact);
        trace.stated(Q::Tables, Bytes::ZERO, Source::Engine, Basis::Exact);
        self.record_rows(stage, trace);
        self.rules().layout(stage, &self.all_caches(), trace);
        let demand = self.rules().demand(stage, load, trace);
        if demand.block > Bytes::ZERO {
            self.record_pool(kind, &demand, load, trace);
        }
        self.record_overheads(stage, load, trace);
        let known = [
            (Q::KvCache, demand.kv_cache),
            (Q::WorstCache, demand.kv_cache),
            (Q::State, demand.state),
            (Q::Activations, demand.activations),
            (Q::Tables, demand.tables),
        ];
        for (quantity, known) in known {
            trace.based(quantity, known.basis);
        }
        self.record_weights(estimate.worst, &demand, trace);
        record_sums(&demand, self.memory(), trace);
        let host = &estimate.host;
        trace.gathered(Q::HostMemory, &total::FORMULA, host.total(), || {
            let parts = [("weights", host.weights), ("inputs", host.compute), ("outputs", host.output)];
            parts.map(|(name, bytes)| Input::new(name, bytes, rules("B"))).into()
        });
        if let Some(limit) = &estimate.state_limit {
            trace.stated(Q::StateLimit, limit.blocks.value, Source::Engine, limit.blocks.basis);
            if let Some(asked) = limit.asked {
                trace.stated(Q::StateLimitAsked, asked, Source::Request, Basis::Exact);
            }
            if let Some(default) = limit.default {
                trace.stated(Q::StateLimitDefault, default, Source::Engine, Basis::Specified);
            }
        }
    }

    /// Records what lies outside the allocator and captured graphs: what the rules say, and what starts showed of it.
    fn record_overheads(&self, stage: &Stage, load: RankLoad, trace: Trace<'_>) {
        let by_rules = Stage { memory_use: MemoryUse::RULES, ..stage.clone() };
        let (demand, shown) = (self.rules().demand(&by_rules, load, Trace::off()), stage.memory_use);
        let parts =
            [(Q::DeviceContext, demand.context, shown.outside), (Q::Graphs, demand.graphs, shown.graphs)];
        for (quantity, known, share) in parts {
            trace.stated(quantity, known.value, Source::Engine, known.basis);
            record_shown(quantity, known, share, trace);
        }
    }

    fn record_rows(&self, stage: &Stage, trace: Trace<'_>) {
        let with = (stage.plan, stage.cache, self.rules().scales_sparse_latents());
        let layers = || self.deployment().model.groups().map(|group| group.layer);
        for (kind, cache) in stage.layers.iter().enumerate() {
            record_row(cache, layers().flat_map(Layer::mixers), with, (kind, trace));
        }
    }

    /// Records the pool. What one request takes is recorded once, by the demand: where the longest that the engine is told
    /// of takes more, that is what the engine counts.
    fn record_pool(&self, kind: usize, demand: &Demand, load: RankLoad, trace: Trace<'_>) {
        if load.limit == load.context {
            self.pool_of(kind, demand, load.limit, trace);
            return;
        }
        demand.pool(trace);
        let pool = self.pool_of(kind, demand, load.limit, Trace::off());
        trace.stated(Q::RequestBlocks, pool.blocks_per_request, Source::Engine, Basis::Specified);
        trace.stated(Q::RequestKept, pool.blocks_kept, Source::Engine, Basis::Specified);
        trace.stated(Q::PoolRequests, pool.concurrency(), Source::Engine, Basis::Specified);
        trace.stated(Q::PrintedTokens, pool.printed_tokens.value, Source::Engine, pool.printed_tokens.basis);
    }

    /// Records the weights of a stage, by parts of the model: all that it does not leave to the host.
    fn record_weights(&self, stage: usize, demand: &Demand, trace: Trace<'_>) {
        let (weights, kind) = (&self.weights()[stage], self.kind(self.kind_of(stage)));
        let apart = self.rules().loads_towers_apart();
        let on_host = kind.first
            && kind.plan.tp() == 1
            && !kind.on_host
            && demand.host.weights > Bytes::ZERO
            && !kind.tied;
        let mut counted = kind.weights;
        if on_host {
            counted = counted.saturating_sub(kind.embedding);
        }
        trace.gathered(Q::CountedWeights, &total::FORMULA, counted, || {
            let held =
                |part: &Part| !(apart && towers().contains(part) || on_host && *part == Part::Embedding);
            let parts = weights.parts().filter(|(part, _)| held(part));
            let mut parts: Vec<Input> =
                parts.map(|(part, bytes)| Input::new(part.name(), bytes, model("B"))).collect();
            if kind.last && kind.options.drafts.weights > Bytes::ZERO {
                parts.push(Input::new("drafts", kind.options.drafts.weights, model("B")));
            }
            parts
        });
        let weights = traced!(trace, Q::Weights, share_of_count {
            f: kind.share.value => fact("", Source::Formats, kind.share.basis),
            M_c: counted => at(Q::CountedWeights),
        });
        let weights = record_towers(weights, demand, trace);
        trace.gathered(Q::WeightsBand, &total::FORMULA, weights, || {
            vec![Input::new("weights", weights, at(Q::Weights))]
        });
    }
}

/// Records the encoders that are loaded beside `weights`, and returns both.
fn record_towers(weights: Bytes, demand: &Demand, trace: Trace<'_>) -> Bytes {
    if demand.towers.is_zero() {
        return weights;
    }
    trace.stated(Q::Towers, demand.towers.value, Source::Engine, demand.towers.basis);
    let all = weights + demand.towers.value;
    trace.gathered(Q::Weights, &total::FORMULA, all, || {
        vec![
            Input::new("decoder", weights, rules("B")),
            Input::new("encoders", demand.towers.value, at(Q::Towers)),
        ]
    });
    all
}

/// Records what a rank holds together, and what is left.
fn record_sums(demand: &Demand, capacity: Bytes, trace: Trace<'_>) {
    let taken = demand.fixed().value + demand.pool(Trace::off()).value;
    // What the engine uses is a share of the device that it sets, whatever it puts there.
    let reserve = traced!(trace, Q::Reserve, left_over {
        M: capacity => fact("B", Source::Accelerator, Basis::Exact),
        W: taken => rules("B"),
    });
    let reserve = (Q::Reserve, Known::of(reserve, Basis::Specified));
    let overhead =
        [(Q::DeviceContext, demand.context), (Q::Graphs, demand.graphs), (Q::Tables, demand.tables), reserve];
    let of_engine = overhead.iter().map(|(_, part)| part.value).sum();
    trace.gathered(Q::Overhead, &total::FORMULA, of_engine, || overhead.iter().map(named).collect());
    let all = [
        (Q::Weights, demand.weights),
        (Q::KvCache, demand.kv_cache),
        (Q::State, demand.state),
        (Q::Activations, demand.activations),
        (Q::Overhead, Known::exact(of_engine)),
    ];
    let sum = all.iter().map(|(_, part)| part.value).sum();
    trace.gathered(Q::TotalMemory, &total::FORMULA, sum, || all.iter().map(named).collect());
    traced!(trace, Q::FreeMemory, left_over {
        M: capacity => at(Q::Capacity),
        W: sum => at(Q::TotalMemory),
    });
}

fn named((quantity, known): &(Q, Known<Bytes>)) -> Input {
    Input::new(quantity.about(), known.value, at(*quantity))
}
