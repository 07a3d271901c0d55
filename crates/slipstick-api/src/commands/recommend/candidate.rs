//! One shape of models on the hardware, in the best format that fits.

use std::sync::Arc;

use slipstick_catalog::Rating;
use slipstick_core::{
    basis::Basis,
    estimate::{self as core, Money, Verdict},
    formulas::capability::dense_equivalent,
    model::{Layer, Mixer, Model, what_if::Quant},
    trace::Trace,
    units::{Bytes, Frequency, Seconds, Usd, show::scaled},
};

use super::{
    Recommendation,
    listed::{Listed, Shape},
};
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

/// The format in which a model is published.
pub(super) const OWN: &str = "checkpoint";

/// Classes of size, in parameters of the equal dense model, the largest first.
const CLASSES: [(f64, &str); 6] =
    [(200e9, "200B+"), (60e9, "60B+"), (20e9, "20B+"), (6e9, "6B+"), (2e9, "2B+"), (0.0, "below 2B")];

/// One way of deploying a model that fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) model: String,
    /// Others of its shape, which need and take the same.
    pub(super) others: Vec<String>,
    pub(super) rating: Option<Rating>,
    pub(super) released: Option<String>,
    pub(super) licence: Option<String>,
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
    /// Whether no other that is fast enough beats it in rating, speed and cost.
    pub(super) is_on_front: bool,
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

/// What everything is tried with.
pub(super) struct Trying<'a> {
    pub(super) request: &'a RecommendRequest,
    pub(super) resolver: &'a Resolver<'a>,
    pub(super) money: Money,
}

/// The first member of a shape that fits, in its best format; else what came of the first one.
pub(super) fn of_shape(shape: &Shape<'_>, with: &Recommendation, trying: &Trying<'_>) -> Tried {
    let mut first = None;
    for listed in shape.tried() {
        match best(shape, listed, with, trying) {
            Tried::Fits(candidate) => return Tried::Fits(candidate),
            other => {
                first.get_or_insert(other);
            }
        }
    }
    first.unwrap_or(Tried::NoGenerator)
}

/// The best way of one model: the widest format that fits and is fast enough, else the fastest that fits.
fn best(shape: &Shape<'_>, listed: &Listed<'_>, with: &Recommendation, trying: &Trying<'_>) -> Tried {
    let model = match listed.model() {
        Ok(model) => model,
        Err(error) => return Tried::Refused(error.message),
    };
    if !generates(&model.model) {
        return Tried::NoGenerator;
    }
    if let Some(most) = model.model.max_context.filter(|most| *most < with.workload.context()) {
        return Tried::Refused(format!("it takes {most} tokens at the most"));
    }
    let formats = formats(shape, (listed, &model), with);
    let mut outcome = in_formats(&model, &formats, with, trying);
    if outcome.is_empty() {
        outcome
            .add(resolved(&model, OWN, with, trying).and_then(|resolved| one(resolved, with, trying, false)));
    }
    match outcome.tried(with) {
        Tried::Fits(candidate) => Tried::Fits(Box::new(candidate.about(shape, listed, with.tpot_s))),
        other => other,
    }
}

/// What comes of a model in each of some formats.
fn in_formats(
    model: &Arc<ResolvedModel>,
    formats: &[String],
    with: &Recommendation,
    trying: &Trying<'_>,
) -> Outcome {
    let mut outcome = Outcome::default();
    // What is published quantised is tried in nothing larger.
    let has_own = model.scheme.is_none() || formats.iter().any(|format| format == OWN);
    let mut last = if has_own { f64::INFINITY } else { model.weights.as_f64() / NO_SMALLER };
    for format in formats {
        if outcome.is_fast(with)
            && let Some(found) = beside(model, format, trying)
        {
            match found {
                Ok((weights, _)) if weights > last * NO_SMALLER => {}
                Ok((weights, name)) => {
                    last = weights;
                    outcome.beside.push(name);
                }
                Err(error) => outcome.add(Err(error)),
            }
            continue;
        }
        match resolved(model, format, with, trying) {
            Ok(resolved) => {
                let weights = resolved.deployment().model.weight_bytes().as_f64();
                if weights <= last * NO_SMALLER {
                    last = weights;
                    let found = one(resolved, with, trying, outcome.is_fast(with));
                    outcome.add(found);
                }
            }
            Err(error) => outcome.add(Err(error)),
        }
    }
    outcome
}

/// The formats to try a model in: its own alone where it is an edition of another.
fn formats(
    shape: &Shape<'_>,
    (listed, model): (&Listed<'_>, &ResolvedModel),
    with: &Recommendation,
) -> Vec<String> {
    if shape.is_edition(listed, model) { vec![OWN.to_owned()] } else { with.formats.clone() }
}

fn resolved(
    model: &Arc<ResolvedModel>,
    format: &str,
    with: &Recommendation,
    trying: &Trying<'_>,
) -> Result<Resolved, ApiError> {
    let request = trying.request;
    let deployment = DeploymentRequest {
        model: model.name.clone(),
        on: request.on.clone().unwrap_or_default(),
        engine: request.engine.clone(),
        quant: (format != OWN).then(|| format.to_owned()),
        kv_dtype: request.kv_dtype.clone(),
        ..DeploymentRequest::default()
    };
    let cluster = Arc::clone(&with.place.cluster);
    trying.resolver.resolve_on(Arc::clone(model), cluster, &deployment)
}

/// What a model weighs in a format that stands beside one that fits and is fast enough, and what the format is called: what is
/// narrower under the same engine fits as well. None where another engine would read it.
fn beside(
    model: &ResolvedModel,
    format: &str,
    trying: &Trying<'_>,
) -> Option<Result<(f64, String), ApiError>> {
    let catalog = trying.resolver.catalog();
    let is_of_another = format == OWN || matches!(catalog.quant(format), Ok(Quant::Mix(_)));
    (!is_of_another).then(|| {
        let (formatted, name) = trying.resolver.formatted(model, format)?;
        Ok((formatted.weight_bytes().as_f64(), name))
    })
}

/// What came of the formats of a model.
#[derive(Default)]
struct Outcome {
    fitting: Vec<Candidate>,
    /// Further formats that fit, beside one that is fast enough.
    beside: Vec<String>,
    missing: Option<(String, Bytes)>,
    why: Option<String>,
}

impl Outcome {
    const fn is_empty(&self) -> bool {
        self.fitting.is_empty() && self.missing.is_none() && self.why.is_none()
    }

    /// Whether one of them is fast enough already.
    fn is_fast(&self, with: &Recommendation) -> bool {
        self.fitting.iter().any(|candidate| candidate.is_fast(with.tpot_s))
    }

    fn add(&mut self, found: Result<Result<Candidate, (String, Bytes)>, ApiError>) {
        match found {
            Ok(Ok(candidate)) => self.fitting.push(candidate),
            Ok(Err(missing)) => self.missing = Some(missing),
            Err(error) => {
                self.why.get_or_insert(error.message);
            }
        }
    }

    fn tried(self, with: &Recommendation) -> Tried {
        match (chosen(self.fitting, self.beside, with), self.missing, self.why) {
            (Some(candidate), ..) => Tried::Fits(Box::new(candidate)),
            (None, Some((format, missing)), _) => Tried::TooLarge { format, missing },
            (None, None, why) => Tried::Refused(why.unwrap_or_else(|| "no format is left to try".to_owned())),
        }
    }
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

/// A deployment that fits, or what is missing; of one that only stands `beside` another, no speed.
fn one(
    resolved: Resolved,
    with: &Recommendation,
    trying: &Trying<'_>,
    beside: bool,
) -> Result<Result<Candidate, (String, Bytes)>, ApiError> {
    estimate::keeps_prefixes(&resolved, &with.workload)?;
    let (memory, estimate) = if with.place.is_known && !beside {
        let found = core::answer(&resolved.prepared, &with.workload, &trying.money, Trace::off());
        let found = found.map_err(|error| {
            ApiError::input("gpu.no_peak", error.to_string())
                .at("--on")
                .help("describe it in a .toml file with its bf16, fp16 or fp32 peak")
        })?;
        let core::Answer { verdict, workload, memory: estimate, .. } = found;
        (MemoryAnswer { resolved, workload, verdict, estimate }, found.estimate)
    } else {
        (memory::answer(resolved, with.workload), None)
    };
    if memory.verdict != Verdict::Holds {
        let shortfall = memory.estimate.rank().shortfall();
        return Ok(Err((memory.resolved.formats_name.clone(), shortfall)));
    }
    let sure = memory.sureness();
    let speed = estimate.map(|estimate| Speed {
        ttft: sure.ttft(estimate.service.ttft),
        tpot: sure.tpot(estimate.service.tpot, Seconds::s),
        output_rate: sure.rate(estimate.service.output_rate),
        usd_per_million: estimate.cost.as_ref().map(|cost| sure.usd(cost.output)),
    });
    Ok(Ok(candidate(&memory, speed)))
}

fn candidate(memory: &MemoryAnswer, speed: Option<Speed>) -> Candidate {
    let resolved = &memory.resolved;
    let counts = &resolved.model.parameters;
    let rank = memory.estimate.rank();
    let weights = resolved.deployment().model.weight_bytes().as_f64();
    Candidate {
        model: resolved.model.name.clone(),
        others: Vec::new(),
        rating: None,
        released: None,
        licence: None,
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
        is_on_front: false,
        reasons: Vec::new(),
        alternatives: Vec::new(),
    }
}

/// The first fast one, formats coming from the widest down; else the fastest.
fn chosen(fitting: Vec<Candidate>, beside: Vec<String>, with: &Recommendation) -> Option<Candidate> {
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
    let alternatives = alternatives.chain(beside).collect();
    let mut chosen = fitting.into_iter().nth(index)?;
    chosen.alternatives = alternatives;
    Some(chosen)
}

impl Candidate {
    /// With what the catalogue states of the model, and the others of its shape.
    fn about(self, shape: &Shape<'_>, listed: &Listed<'_>, tpot_s: f64) -> Self {
        let mut known = Self {
            others: shape.others(listed),
            rating: listed.rating.cloned(),
            released: listed.entry.released.clone(),
            licence: listed.entry.licence.clone(),
            ..self
        };
        known.reasons = known.reasons(tpot_s);
        known
    }

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

    /// The rating with its interval.
    pub(super) fn rated(&self) -> Option<Estimated<f64>> {
        let rating = self.rating.as_ref()?;
        let value = Estimated::uncalibrated(rating.rating, Basis::Measured);
        Some(Estimated { low: Some(rating.low), high: Some(rating.high), ..value })
    }

    fn reasons(&self, tpot_s: f64) -> Vec<String> {
        let mut reasons = vec![match &self.rating {
            Some(rating) => {
                format!("rated {:.0} ({:.0} to {:.0})", rating.rating, rating.low, rating.high)
            }
            None => "nobody rated it on the board".to_owned(),
        }];
        reasons.push(format!("{} free beside the load", self.free));
        if let Some(speed) = self.speed {
            let verdict = if speed.tpot.value.get() <= tpot_s { "fast enough" } else { "slower than asked" };
            reasons.push(format!("{} tokens/s for a user: {verdict}", scaled(1.0 / speed.tpot.value.get())));
        }
        if self.bits_per_weight < 6.0 && self.rating.is_some() && self.format != OWN {
            reasons.push(format!("{:.1} bits a weight: it was rated as published", self.bits_per_weight));
        }
        reasons
    }
}
