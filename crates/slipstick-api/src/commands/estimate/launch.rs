//! The command that starts the engine as it was estimated.

use slipstick_core::{engine::Engine, numeric::Format};

use super::MemoryAnswer;
use crate::{launch::Launch, request::format_name};

/// The command, and what it wants that nobody has yet.
pub(super) fn command(memory: &MemoryAnswer) -> Option<(String, Option<String>)> {
    let scenario = &memory.scenario;
    let batch = scenario.memory_model().batch_limits();
    let engine = scenario.profile.engine();
    let kv = (scenario.cache.key != Format::BF16).then(|| format_name(scenario.cache.key));
    let quantisation = scenario.formats_name.as_str();
    let own = quantisation == scenario.model.weights_format;
    let launch = Launch {
        engine: engine.name(),
        model: &scenario.model.served,
        tp: scenario.plan.tp(),
        pp: scenario.plan.pp(),
        ep: scenario.plan.ep(),
        dp: scenario.plan.dp(),
        quantisation: (!own).then_some(quantisation),
        kv_dtype: kv.as_deref(),
        context: memory.workload.context(),
        sequences: memory.workload.concurrency().div_ceil(scenario.plan.dp()).min(batch.sequences),
        batched_tokens: matches!(engine, Engine::Vllm | Engine::SgLang | Engine::TensorRtLlm)
            .then_some(batch.tokens),
        memory_fraction: scenario.options.memory_share,
    };
    launch.command().map(|command| (command, launch.wants()))
}
