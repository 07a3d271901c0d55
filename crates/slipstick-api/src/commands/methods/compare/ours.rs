//! Our own answers to the questions that the methods share.

use serde_json::{Value, json};
use slipstick_core::{
    estimate::{memory::RankMemory, serving::Service},
    hardware::Spread,
    units::Bytes,
};
use slipstick_methods::Common;

use crate::commands::estimate::EstimateAnswer;

/// Why there is no speed.
const DOES_NOT_START: &str = "not even one request fits, so there is no speed";

/// An answer, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ours {
    /// A value, with its band where there is one.
    Value(f64, Option<Spread>),
    /// Why there is none.
    None(&'static str),
}

impl Ours {
    pub(super) const fn value(&self) -> Option<f64> {
        match self {
            Self::Value(value, _) => Some(*value),
            Self::None(_) => None,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Value(value, None) => json!({"value": value, "low": null, "high": null}),
            Self::Value(value, Some(s)) => {
                let (low, high) = s.band(*value);
                json!({"value": value, "low": low, "high": high})
            }
            Self::None(why) => json!({"value": null, "why_not": why}),
        }
    }
}

/// Bytes of one part on every accelerator of the deployment together.
fn everywhere(a: &EstimateAnswer, part: impl Fn(&RankMemory) -> Bytes) -> f64 {
    let plan = a.memory.resolved.plan();
    let ranks = (plan.tp() * plan.dp()) as f64;
    a.memory.estimate.stages.iter().map(|stage| part(stage).as_f64() * ranks).sum()
}

pub(super) fn of(common: Common, a: &EstimateAnswer) -> Ours {
    let exact = |value: f64| Ours::Value(value, None);
    let model = &a.memory.resolved.model.model;
    let service = a.estimate.as_ref().map(|estimate| &estimate.service);
    let served = |value: fn(&Service) -> f64, band: Option<Spread>| {
        service.map_or(Ours::None(DOES_NOT_START), |service| Ours::Value(value(service), band))
    };
    let spreads = a.memory.spreads();
    let workload = &a.memory.workload;
    let context = workload.input() + workload.output() / 2;
    match common {
        Common::Parameters => exact(model.parameters().total as f64),
        Common::WeightsBytes => exact(a.memory.resolved.deployment().model.weight_bytes().as_f64()),
        Common::KvCacheBytes => {
            let one = model.cache_bytes(a.memory.resolved.cache().key, workload.context()).as_f64();
            exact(one * workload.concurrency() as f64)
        }
        Common::ActivationBytes => exact(everywhere(a, |rank| rank.activations.value)),
        Common::TotalMemoryBytes => {
            // What an engine leaves free by its own setting is not needed for the load.
            let reserve = |rank: &RankMemory| rank.overhead.reserve.value;
            exact(everywhere(a, |rank| rank.total().value.saturating_sub(reserve(rank))))
        }
        Common::PrefillSeconds => served(|s| s.prefill.total().get(), spreads.ttft),
        Common::DecodeSecondsPerToken => served(|s| s.tpot.get(), spreads.tpot),
        Common::TokensPerSecond => served(|s| s.output_rate, spreads.of_rate()),
        Common::FlopsPerToken => exact(model.decode_work(context).total().get()),
        Common::MaxConcurrency => exact(a.memory.estimate.max_concurrency.count(1 << 32) as f64),
        Common::TrainingFlopsPerToken => {
            exact(3.0 * (model.prefill_work(workload.context()).total() + model.decode_work(0).head).get())
        }
        Common::TrainingActivationBytes | Common::TrainingMemoryBytes => {
            Ours::None("training is not modelled yet")
        }
        Common::UsdPerMillionInput => price(a, spreads.of_cost(), |cost| cost.0),
        Common::UsdPerMillionOutput => price(a, spreads.of_cost(), |cost| cost.1),
    }
}

fn price(a: &EstimateAnswer, band: Option<Spread>, part: impl Fn((f64, f64)) -> f64) -> Ours {
    let Some(estimate) = &a.estimate else { return Ours::None(DOES_NOT_START) };
    match &estimate.cost {
        Some(cost) => Ours::Value(part((cost.input.get(), cost.output.get())), band),
        None => Ours::None("nobody in the catalogue offers this hardware; give --price"),
    }
}
