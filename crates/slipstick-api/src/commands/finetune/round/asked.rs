//! From a request to the plan of a round.

use std::sync::Arc;

use slipstick_core::hardware::Cluster;

use super::{Aside, Draw, Passing, Plan};
use crate::{
    ApiError,
    commands::{
        finetune::{
            FinetuneRequest,
            beside::{Beside, engine_ranks},
            data::Data,
            method::Asked,
        },
        train::Planned,
    },
    request::{Count, DeploymentRequest},
    resolve::{Assumption, Resolver},
};

/// Tokens of a prompt where nobody says, at most a quarter of a sample.
const USUAL_PROMPT: u64 = 256;

/// What a request is read with.
pub(in crate::commands::finetune) struct Context<'a> {
    pub(in crate::commands::finetune) request: &'a FinetuneRequest,
    pub(in crate::commands::finetune) asked: &'a Asked,
    pub(in crate::commands::finetune) planned: &'a Planned,
    pub(in crate::commands::finetune) models: &'a [Beside],
    pub(in crate::commands::finetune) data: &'a Data,
    pub(in crate::commands::finetune) resolver: &'a Resolver<'a>,
}

/// The round of a request; none where a round is its update.
///
/// # Errors
/// If its counts are none, or the engine's ranks do not divide the accelerators.
pub(in crate::commands::finetune) fn plan(
    context: &Context<'_>,
    defaults: &mut Vec<Assumption>,
) -> Result<Option<Plan>, ApiError> {
    let algorithm = context.asked.algorithm;
    let passing = context.passing();
    if passing.is_empty() && !algorithm.samples() {
        return Ok(None);
    }
    if !algorithm.samples() {
        return Ok(Some(Plan { draw: None, passing, updates: 1.0, apart: false, aside: Aside::default() }));
    }
    let batch = context.batch();
    let samples = count(context.request.models.samples, "--samples")?.unwrap_or(batch);
    let draw = context.draw(samples, defaults)?;
    let apart = context.request.models.rollout_on.is_some();
    Ok(Some(Plan {
        draw: Some(draw),
        passing,
        updates: samples as f64 / batch as f64,
        apart,
        // An engine that only sleeps while weights are trained takes its share when they are not.
        aside: Aside { states: context.request.models.sleep && !apart, reference: false },
    }))
}

fn count(count: Option<Count>, flag: &'static str) -> Result<Option<u64>, ApiError> {
    match count {
        Some(Count(0)) => {
            Err(ApiError::input("train.zero_count", format!("{flag} is 0, and nothing would be drawn"))
                .at(flag)
                .help("give a whole count above 0"))
        }
        other => Ok(other.map(|count| count.0)),
    }
}

impl Context<'_> {
    /// Examples of an update.
    fn batch(&self) -> u64 {
        let job = self.planned.job();
        job.batch.global(job.layout.dp) / self.asked.algorithm.sequences()
    }

    /// Models that look at samples, in the order in which they do.
    fn passing(&self) -> Vec<Passing> {
        let own = self.planned.shape.parameters().max(1) as f64;
        let mut passing = Vec::new();
        if self.asked.algorithm.samples() {
            let phase = "log-probabilities of the policy";
            passing.push(Passing { phase, ratio: 1.0, is_trained: false });
        }
        for model in self.models {
            let (phase, is_trained) = match model.role {
                "reference" => ("log-probabilities of the reference", false),
                "reward" => ("rewards", false),
                "critic" => ("values of the critic", true),
                _ => continue,
            };
            let ratio = model.parameters as f64 / own;
            passing.push(Passing { phase, ratio, is_trained });
        }
        passing
    }

    fn draw(&self, samples: u64, defaults: &mut Vec<Assumption>) -> Result<Draw, ApiError> {
        let cluster = self.cluster()?;
        let (all, tp) = (cluster.accelerators(), self.ranks(&cluster, defaults)?);
        let (mean, longest) = (self.data.mean, self.data.longest);
        let prompt = self.prompt(mean, defaults)?;
        let id = &cluster.accelerator.id;
        let known = self.resolver.catalog().accelerator(id).is_ok();
        let whole = self.request.models.rollout_on.as_ref().unwrap_or(&self.request.on);
        let engine = DeploymentRequest {
            tp: Some(Count(tp)),
            dp: (!known).then_some(Count(all / tp)),
            quant: Some("bf16".to_owned()),
            memory_fraction: self.fraction(),
            allow_unknown: self.request.allow_unknown,
            ..DeploymentRequest::new(
                self.request.model.clone(),
                if known { format!("{id}:{tp}") } else { whole.clone() },
            )
        };
        Ok(Draw {
            engine,
            tp,
            engines: if known { all / tp } else { 1 },
            samples,
            rounds: 1,
            prompt,
            mean: mean.saturating_sub(prompt).max(1) as f64,
            longest: longest.saturating_sub(prompt).max(1) as f64,
        })
    }

    /// The accelerators that draw samples.
    fn cluster(&self) -> Result<Arc<Cluster>, ApiError> {
        let on = self.request.models.rollout_on.as_deref();
        let cluster = on.map(|on| self.resolver.cluster(on)).transpose();
        let cluster = cluster.map_err(|error| error.at("--rollout-on"))?;
        Ok(cluster.unwrap_or_else(|| Arc::clone(&self.planned.cluster)))
    }

    /// Ranks of an engine.
    fn ranks(&self, cluster: &Cluster, defaults: &mut Vec<Assumption>) -> Result<u64, ApiError> {
        let tp = engine_ranks(self.request, self.planned.shape.parameters(), cluster)?;
        if self.request.models.rollout_tp.is_none() {
            let why = "the fewest ranks between which the engine's weights fit".to_owned();
            defaults.push(Assumption { flag: "--rollout-tp", value: tp.to_string(), why });
        }
        Ok(tp)
    }

    /// Tokens of a prompt, of samples of so many.
    fn prompt(&self, mean: u64, defaults: &mut Vec<Assumption>) -> Result<u64, ApiError> {
        let prompt = count(self.request.models.prompt_length, "--prompt-length")?;
        if let Some(prompt) = prompt.filter(|prompt| *prompt >= mean) {
            let message = format!("prompts of {prompt} tokens leave samples of {mean} nothing to write");
            return Err(ApiError::input("finetune.prompt_length", message)
                .at("--prompt-length")
                .help("give a shorter one, or a longer --mean-length or --sequence"));
        }
        Ok(prompt.unwrap_or_else(|| {
            let usual = USUAL_PROMPT.min(mean / 4);
            let why = "nobody said how long prompts are".to_owned();
            defaults.push(Assumption { flag: "--prompt-length", value: usual.to_string(), why });
            usual
        }))
    }

    /// The share of an accelerator that an engine beside the weights takes, which may need more than it is given.
    fn fraction(&self) -> Option<f64> {
        let engine = super::super::engine(self.models)?;
        let capacity = self.planned.cluster.accelerator.memory;
        Some((engine.bytes.as_f64() / capacity.as_f64()).clamp(0.01, 0.99))
    }
}
