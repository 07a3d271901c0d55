//! What a step amounts to: tokens a second, and the share of the peak under every way to count FLOPs.

use super::{Convention, Job};
use crate::{
    basis::Basis,
    formulas::{
        time::utilisation::{achieved_compute, model_flops_utilisation},
        training::{
            flops::{of_one, step_work},
            run::{step_tokens, trained_rate},
        },
    },
    hardware::Accelerator,
    numeric::ScalarFormat,
    quantity::Quantity as Q,
    trace::{Source, Trace, at, fact, layout},
    traced,
    units::{FlopRate, Flops, Frequency, Seconds},
};

/// Tokens a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Of all accelerators together.
    pub all: Frequency,
    /// Of each.
    pub each: Frequency,
}

/// A step's work under one way to count FLOPs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Use {
    /// The way.
    pub convention: Convention,
    /// FLOPs of a token.
    pub token: Flops,
    /// The rate of each accelerator.
    pub rate: FlopRate,
    /// The share of the peak.
    pub share: f64,
}

/// The dense peak that a job's products are held against: that of their format, or of the widest there is.
pub fn product_peak(job: &Job<'_>, accelerator: &Accelerator) -> Option<FlopRate> {
    let peaks = &accelerator.peaks;
    let wide = peaks.bf16.or(peaks.fp16).or(peaks.fp32)?;
    Some(match job.recipe.compute {
        ScalarFormat::Fp32 => peaks.tf32.or(peaks.fp32).unwrap_or(wide),
        other => peaks.of(other).unwrap_or(wide),
    })
}

/// Tokens a second of a step of this time.
pub fn rates(job: &Job<'_>, time: Seconds, trace: Trace<'_>) -> Rates {
    let tokens = traced!(trace, Q::StepTokens, step_tokens {
        B: job.batch.global(job.layout.dp) => layout("sequences"),
        s: job.batch.sequence => layout("tokens"),
    });
    let all = traced!(trace, Q::TrainedRate, trained_rate {
        D_s: tokens => at(Q::StepTokens), t: time => at(Q::TrainingStep),
    });
    let each = traced!(trace, Q::TrainedRateEach, of_one {
        X: all => at(Q::TrainedRate), n: job.layout.accelerators() => layout("accelerators"),
    });
    Rates { all: Frequency::per_s(all), each: Frequency::per_s(each) }
}

/// What a step of this time is of the peak by a convention.
pub fn used(job: &Job<'_>, peak: FlopRate, time: Seconds, convention: Convention, trace: Trace<'_>) -> Use {
    let (way, accelerators) = (convention as usize, job.layout.accelerators());
    let token = job.shape.token_flops(job.batch.sequence, convention, job.recipe.recompute, trace);
    let work = traced!(trace, Q::StepWork(way), step_work {
        D_s: job.batch.tokens(job.layout.dp) => at(Q::StepTokens), F: token => at(Q::TokenFlops(way)),
    });
    let all = traced!(trace, Q::AchievedFlops(way), achieved_compute {
        W: work => at(Q::StepWork(way)), T: time => at(Q::TrainingStep),
    });
    let rate = traced!(trace, Q::AchievedFlopsEach(way), of_one {
        X: all.get() => at(Q::AchievedFlops(way)), n: accelerators => layout("accelerators"),
    });
    let share = traced!(trace, Q::TrainingUse(way), model_flops_utilisation {
        C: all => at(Q::AchievedFlops(way)),
        n: accelerators as f64 => layout("accelerators"),
        pi: peak => fact("FLOP/s", Source::Accelerator, Basis::Specified),
    });
    Use { convention, token, rate: FlopRate::flops_per_s(rate), share }
}
