//! Our own answers to the questions that the methods share.

use slipstick_catalog::Catalog;
use slipstick_core::{
    basis::Basis,
    estimate::{cost::TokenCost, memory::RankMemory, serving::Service},
    training::StageMemory,
    units::{Bytes, Frequency, Seconds, Usd},
};
use slipstick_methods::Common;

use crate::{
    commands::{estimate::EstimateAnswer, train},
    report::Estimated,
};

/// Why there is no speed.
const DOES_NOT_START: &str = "not even one request fits, so there is no speed";

/// An answer, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ours {
    /// A value, with its band where there is one.
    Value(Estimated<f64>),
    /// Why there is none.
    None(&'static str),
}

impl Ours {
    const fn known(value: f64, basis: Basis) -> Self {
        Self::Value(Estimated::uncalibrated(value, basis))
    }

    pub(super) const fn value(&self) -> Option<f64> {
        match self {
            Self::Value(known) => Some(known.value),
            Self::None(_) => None,
        }
    }
}

/// Bytes of one part on every accelerator of the deployment together.
fn everywhere(a: &EstimateAnswer, part: impl Fn(&RankMemory) -> Bytes) -> f64 {
    let plan = a.memory.resolved.plan();
    let ranks = (plan.tp() * plan.dp()) as f64;
    a.memory.estimate.stages.iter().map(|stage| part(stage).as_f64() * ranks).sum()
}

pub(super) fn of(common: Common, a: &EstimateAnswer, catalog: &Catalog) -> Ours {
    let exact = |value: f64| Ours::known(value, Basis::Exact);
    let rank = a.memory.estimate.rank();
    let model = &a.memory.resolved.model.model;
    let service = a.estimate.as_ref().map(|estimate| &estimate.service);
    let sure = a.memory.sureness();
    let served = |of: &dyn Fn(&Service) -> Estimated<f64>| {
        service.map_or(Ours::None(DOES_NOT_START), |service| Ours::Value(of(service)))
    };
    let workload = &a.memory.workload;
    let context = workload.input() + workload.output() / 2;
    match common {
        Common::Parameters => exact(model.parameters().total as f64),
        Common::WeightsBytes => exact(a.memory.resolved.deployment().model.weight_bytes().as_f64()),
        Common::KvCacheBytes => {
            let one = model.cache_bytes(a.memory.resolved.cache().key, workload.context()).as_f64();
            exact(one * workload.concurrency() as f64)
        }
        Common::ActivationBytes => {
            Ours::known(everywhere(a, |rank| rank.activations.value), rank.activations.basis)
        }
        Common::TotalMemoryBytes => {
            // What an engine leaves free by its own setting is not needed for the load.
            let reserve = |rank: &RankMemory| rank.overhead.reserve.value;
            let needed = everywhere(a, |rank| rank.total().value.saturating_sub(reserve(rank)));
            Ours::known(needed, rank.total().basis)
        }
        Common::PrefillSeconds => served(&|s| sure.ttft(s.prefill.total()).map(Seconds::get)),
        Common::DecodeSecondsPerToken => served(&|s| sure.tpot(s.tpot, Seconds::s).map(Seconds::get)),
        Common::TokensPerSecond => served(&|s| sure.rate(s.output_rate).map(Frequency::get)),
        Common::FlopsPerToken => exact(model.decode_work(context).total().get()),
        Common::MaxConcurrency => {
            Ours::known(a.memory.estimate.max_concurrency.count(1 << 32) as f64, rank.total().basis)
        }
        Common::TrainingFlopsPerToken => {
            exact(3.0 * (model.prefill_work(workload.context()).total() + model.decode_work(0).head).get())
        }
        Common::TrainingActivationBytes => trained(a, catalog, |memory| memory.activations + memory.logits),
        Common::TrainingMemoryBytes => trained(a, catalog, StageMemory::peak),
        Common::UsdPerMillionInput => price(a, |cost| cost.input),
        Common::UsdPerMillionOutput => price(a, |cost| cost.output),
    }
}

/// Memory of training on the same sequences, all on one accelerator, with mixed precision and AdamW.
fn trained(a: &EstimateAnswer, catalog: &Catalog, part: fn(&StageMemory) -> Bytes) -> Ours {
    let workload = &a.memory.workload;
    let model = &a.memory.resolved.model.model;
    match train::alone(model, catalog, workload.context(), workload.concurrency()) {
        Some(memory) => Ours::known(part(&memory).as_f64(), Basis::Fitted),
        None => Ours::None("no training software is known"),
    }
}

fn price(a: &EstimateAnswer, part: fn(&TokenCost) -> Usd) -> Ours {
    let Some(estimate) = &a.estimate else { return Ours::None(DOES_NOT_START) };
    match &estimate.cost {
        Some(cost) => Ours::Value(a.memory.sureness().usd(part(cost)).map(Usd::get)),
        None => Ours::None("nobody in the catalogue offers this hardware; give --price"),
    }
}
