//! In which order models are recommended.

use core::cmp::Ordering;

use slipstick_methods::{Value, eval};

use super::{Candidate, Recommendation, front::front};
use crate::{ApiError, resolve::Assumption};

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ranking {
    /// What no other beats in rating, speed and cost, then the others by rating.
    Pareto,
    /// What is fast enough first, then by rating.
    Quality,
    /// The fastest first.
    Speed,
    /// The cheapest output tokens first.
    Cost,
    /// TokenTally's score.
    TokenTally,
}

impl Ranking {
    const ALL: [Self; 5] = [Self::Pareto, Self::Quality, Self::Speed, Self::Cost, Self::TokenTally];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pareto => "pareto",
            Self::Quality => "quality",
            Self::Speed => "speed",
            Self::Cost => "cost",
            Self::TokenTally => "tokentally",
        }
    }

    /// How it goes, in a sentence.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Pareto => {
                "of those fast enough first what no other beats in rating, speed and cost, marked *, then the higher \
                 rating; what nobody rated follows, the fastest first"
            }
            Self::Quality => {
                "those fast enough first, then the higher rating; what nobody rated follows, the fastest first"
            }
            Self::Speed => "the shortest time per output token first",
            Self::Cost => "the cheapest output tokens first",
            Self::TokenTally => {
                "the author's score 1/need + size + 1/(1 + rank), need in GB by his size factors and size in billions; \
                 the rank is the class of size, as his order of families is not published"
            }
        }
    }

    /// The ranking of a name.
    pub(super) fn named(name: Option<&str>, defaults: &mut Vec<Assumption>) -> Result<Self, ApiError> {
        let Some(name) = name else {
            let why = Self::Pareto.meaning().to_owned();
            defaults.push(Assumption { flag: "--ranking", value: "pareto".to_owned(), why });
            return Ok(Self::Pareto);
        };
        let found = Self::ALL.into_iter().find(|ranking| ranking.name().eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|ranking| ranking.name()).collect();
            ApiError::unknown("ranking.unknown", "ranking", name, names.iter().copied())
                .at("--ranking")
                .help(format!("the rankings are {}", names.join(", ")))
        })
    }
}

/// Puts what fits into order, and marks the front.
pub(super) fn rank(found: &mut Recommendation) {
    let (ranking, tpot) = (found.ranking, found.tpot_s);
    if ranking == Ranking::TokenTally {
        for candidate in &mut found.fitting {
            candidate.score = score(candidate);
        }
    }
    mark(&mut found.fitting, tpot);
    found.fitting.sort_by(|a, b| {
        let order = match ranking {
            Ranking::Pareto => pareto(a, b, tpot),
            Ranking::Quality => quality(a, b, tpot),
            Ranking::Speed => speed(a).total_cmp(&speed(b)),
            Ranking::Cost => cost(a).total_cmp(&cost(b)),
            Ranking::TokenTally => b.score.unwrap_or(0.0).total_cmp(&a.score.unwrap_or(0.0)),
        };
        order.then_with(|| a.model.cmp(&b.model))
    });
}

/// Marks what no other beats in rating, speed and cost, of all that are fast enough and rated; where only a memory is
/// known, in rating and need of it.
fn mark(fitting: &mut [Candidate], tpot: f64) {
    let compared: Vec<usize> = fitting
        .iter()
        .enumerate()
        .filter(|(_, candidate)| candidate.is_fast(tpot) && candidate.rating.is_some())
        .map(|(place, _)| place)
        .collect();
    let points: Vec<[f64; 3]> = compared.iter().map(|&place| point(&fitting[place])).collect();
    for (place, is_on_front) in compared.into_iter().zip(front(&points)) {
        fitting[place].is_on_front = is_on_front;
    }
}

/// What is compared, less being better.
fn point(candidate: &Candidate) -> [f64; 3] {
    match candidate.speed {
        Some(_) => [-rating(candidate), speed(candidate), cost(candidate)],
        None => [-rating(candidate), candidate.need.as_f64(), 0.0],
    }
}

fn pareto(a: &Candidate, b: &Candidate, tpot: f64) -> Ordering {
    b.is_on_front.cmp(&a.is_on_front).then_with(|| quality(a, b, tpot))
}

fn quality(a: &Candidate, b: &Candidate, tpot: f64) -> Ordering {
    let slow = |candidate: &Candidate| !candidate.is_fast(tpot);
    slow(a)
        .cmp(&slow(b))
        .then(rating(b).total_cmp(&rating(a)))
        .then(speed(a).total_cmp(&speed(b)))
        .then(cost(a).total_cmp(&cost(b)))
}

/// What nobody rated stands below everything that somebody did.
fn rating(candidate: &Candidate) -> f64 {
    candidate.rating.as_ref().map_or(f64::NEG_INFINITY, |rating| rating.rating)
}

fn speed(candidate: &Candidate) -> f64 {
    candidate.speed.map_or(f64::INFINITY, |speed| speed.tpot.value.get())
}

fn cost(candidate: &Candidate) -> f64 {
    candidate.speed.and_then(|speed| speed.usd_per_million).map_or(f64::INFINITY, |usd| usd.value.get())
}

/// TokenTally's score of a model in one of the author's configurations; none in a width that he has no factor for.
fn score(candidate: &Candidate) -> Option<f64> {
    let widths = [(32.0, "float32"), (16.0, "float16"), (8.0, "int8"), (4.0, "int4")];
    let near = |(bits, _): &&(f64, &str)| (0.98..1.25).contains(&(candidate.bits_per_weight / bits));
    let (_, config) = widths.iter().find(near)?;
    let billions = candidate.parameters as f64 / 1e9;
    let inputs = [
        ("fp16_size_gb", Value::Number(2.0 * billions)),
        ("config", Value::name(config)),
        ("size_b", Value::Number(billions)),
        ("rank", Value::Number(candidate.class() as f64)),
    ];
    eval("tokentally", "recommendation_score", &inputs).ok().map(|answer| answer.value)
}
