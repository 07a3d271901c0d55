//! One model on the hardware, in the best format that fits.

use std::sync::Arc;

use slipstick_core::{
    estimate::Verdict,
    formulas::capability::dense_equivalent,
    model::{Layer, Mixer, Model},
    units::{Bytes, Frequency, Seconds, Usd, show::scaled},
};

use super::Recommendation;
use crate::{
    ApiError,
    commands::{
        estimate,
        memory::{self, MemoryAnswer},
    },
    report::Estimated,
    request::{DeploymentRequest, RecommendRequest},
    resolve::{Resolved, ResolvedModel, Resolver},
};

/// A format that shrinks the weights by less than this is no other choice.
const NO_SMALLER: f64 = 0.95;

/// Classes of size, in parameters of the equal dense model, the largest first.
const CLASSES: [(f64, &str); 6] =
    [(200e9, "200B+"), (60e9, "60B+"), (20e9, "20B+"), (6e9, "6B+"), (2e9, "2B+"), (0.0, "below 2B")];

/// One way of deploying a model that fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) model: String,
    pub(super) format: String,
    pub(super) engine: String,
    pub(super) parameters: u64,
    pub(super) active: u64,
    pub(super) dense_equivalent: f64,
    pub(super) bits_per_weight: f64,
    pub(super) need: Bytes,
    pub(super) free: Bytes,
    pub(super) max_concurrency: u64,
    pub(super) speed: Option<Speed>,
    pub(super) score: Option<f64>,
    pub(super) reasons: Vec<String>,
    pub(super) alternatives: Vec<String>,
}

/// How it runs, where the hardware is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Speed {
    pub(super) ttft: Estimated<Seconds>,
    pub(super) tpot: Estimated<Seconds>,
    pub(super) output_rate: Estimated<Frequency>,
    pub(super) usd_per_million: Option<Estimated<Usd>>,
}

/// What came of trying a model.
pub(super) enum Tried {
    Fits(Box<Candidate>),
    TooLarge {
        format: String,
        missing: Bytes,
    },
    Refused(String),
    /// It embeds or classifies and generates nothing.
    NoGenerator,
}

/// The best way of one model: the widest format that fits and is fast enough, else the fastest that fits.
pub(super) fn best(
    model: &Arc<ResolvedModel>,
    formats: &[String],
    request: &RecommendRequest,
    with: &Recommendation,
    resolver: &Resolver<'_>,
) -> Tried {
    if !generates(&model.model) {
        return Tried::NoGenerator;
    }
    if model.model.max_context.is_some_and(|most| most < with.workload.context()) {
        let most = model.model.max_context.unwrap_or_default();
        return Tried::Refused(format!("it takes {most} tokens at the most"));
    }
    let mut fitting: Vec<Candidate> = Vec::new();
    let mut missing: Option<(String, Bytes)> = None;
    let mut why = None;
    let mut last = f64::INFINITY;
    for format in formats {
        let deployment = DeploymentRequest {
            model: model.name.clone(),
            on: request.on.clone().unwrap_or_default(),
            engine: request.engine.clone(),
            quant: Some(format.clone()),
            kv_dtype: request.kv_dtype.clone(),
            ..DeploymentRequest::default()
        };
        let cluster = Arc::clone(&with.place.cluster);
        let resolved = match resolver.resolve_on(Arc::clone(model), cluster, &deployment) {
            Ok(resolved) => resolved,
            Err(error) => {
                why.get_or_insert(error.message);
                continue;
            }
        };
        let weights = resolved.deployment().model.weight_bytes().as_f64();
        if weights > last * NO_SMALLER {
            continue;
        }
        last = weights;
        match one(resolved, request, with, resolver) {
            Ok(Ok(candidate)) => fitting.push(candidate),
            Ok(Err((format, shortfall))) => missing = Some((format, shortfall)),
            Err(error) => {
                why.get_or_insert(error.message);
            }
        }
    }
    chosen(fitting, with).map_or_else(
        || match (missing, why) {
            (Some((format, missing)), _) => Tried::TooLarge { format, missing },
            (None, why) => Tried::Refused(why.unwrap_or_else(|| "no format is left to try".to_owned())),
        },
        |candidate| Tried::Fits(Box::new(candidate)),
    )
}

/// Whether a model writes text: encoders see their whole input at once and keep nothing.
fn generates(model: &Model) -> bool {
    model.layers.iter().flat_map(Layer::mixers).any(|mixer| match mixer {
        Mixer::Attention(_) | Mixer::Latent(_) | Mixer::Compressed(_) => {
            mixer.is_unbounded() || mixer.is_bounded()
        }
        Mixer::Recurrent(_) => true,
        Mixer::Cross(_) => false,
    })
}

/// A resolved that fits, or what is missing.
fn one(
    resolved: Resolved,
    request: &RecommendRequest,
    with: &Recommendation,
    resolver: &Resolver<'_>,
) -> Result<Result<Candidate, (String, Bytes)>, ApiError> {
    let (memory, speed) = if with.place.is_known {
        let answer = estimate::of_resolved(resolved, with.workload, &request.prices, resolver, false)?;
        let sure = answer.memory.sureness();
        let speed = answer.estimate.map(|estimate| Speed {
            ttft: sure.ttft(estimate.service.ttft),
            tpot: sure.tpot(estimate.service.tpot, Seconds::s),
            output_rate: sure.rate(estimate.service.output_rate),
            usd_per_million: estimate.cost.as_ref().map(|cost| sure.usd(cost.output)),
        });
        (answer.memory, speed)
    } else {
        (memory::answer(resolved, with.workload), None)
    };
    if memory.verdict != Verdict::Holds {
        let shortfall = memory.estimate.rank().shortfall();
        return Ok(Err((memory.resolved.formats_name.clone(), shortfall)));
    }
    Ok(Ok(candidate(&memory, speed)))
}

fn candidate(memory: &MemoryAnswer, speed: Option<Speed>) -> Candidate {
    let resolved = &memory.resolved;
    let counts = &resolved.model.parameters;
    let rank = memory.estimate.rank();
    let weights = resolved.deployment().model.weight_bytes().as_f64();
    Candidate {
        model: resolved.model.name.clone(),
        format: resolved.formats_name.clone(),
        engine: resolved.engine_name().to_owned(),
        parameters: counts.total,
        active: counts.active,
        dense_equivalent: dense_equivalent(counts.total as f64, counts.active as f64),
        bits_per_weight: 8.0 * weights / counts.total.max(1) as f64,
        need: rank.total().value.saturating_sub(rank.overhead.reserve.value),
        free: rank.free(),
        max_concurrency: memory.estimate.max_concurrency.count(1 << 32),
        speed,
        score: None,
        reasons: Vec::new(),
        alternatives: Vec::new(),
    }
}

/// The first fast one, formats coming from the widest down; else the fastest.
fn chosen(fitting: Vec<Candidate>, with: &Recommendation) -> Option<Candidate> {
    let fast = fitting.iter().position(|candidate| candidate.is_fast(with.tpot_s));
    let rate = |candidate: &Candidate| candidate.speed.map_or(0.0, |speed| -speed.tpot.value.get());
    let fastest = || {
        let best = fitting.iter().enumerate().max_by(|(_, a), (_, b)| rate(a).total_cmp(&rate(b)));
        best.map(|(index, _)| index)
    };
    let index = fast.or_else(fastest)?;
    let alternatives = fitting
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index)
        .map(|(_, other)| other.format.clone());
    let alternatives = alternatives.collect();
    let mut chosen = fitting.into_iter().nth(index)?;
    chosen.alternatives = alternatives;
    chosen.reasons = chosen.reasons(with.tpot_s);
    Some(chosen)
}

impl Candidate {
    pub(super) fn is_fast(&self, tpot_s: f64) -> bool {
        self.speed.is_none_or(|speed| speed.tpot.value.get() <= tpot_s)
    }

    /// The place of its class of size, 0 being the largest.
    pub(super) fn class(&self) -> usize {
        CLASSES.iter().position(|(least, _)| self.dense_equivalent >= *least).unwrap_or(CLASSES.len() - 1)
    }

    pub(super) fn class_name(&self) -> &'static str {
        CLASSES[self.class()].1
    }

    fn reasons(&self, tpot_s: f64) -> Vec<String> {
        let mut reasons = vec![if self.active < self.parameters {
            let equal = scaled(self.dense_equivalent);
            format!("class {}: as capable as a dense {equal} by rule of thumb", self.class_name())
        } else {
            format!("class {}", self.class_name())
        }];
        reasons.push(format!("{} free beside the load", self.free));
        if let Some(speed) = self.speed {
            let verdict = if speed.tpot.value.get() <= tpot_s { "fast enough" } else { "slower than asked" };
            reasons.push(format!(
                "{} tokens/s for each reader: {verdict}",
                scaled(1.0 / speed.tpot.value.get())
            ));
        }
        if self.bits_per_weight < 6.0 {
            reasons.push(format!("{:.1} bits a weight: some quality is lost", self.bits_per_weight));
        }
        reasons
    }
}
