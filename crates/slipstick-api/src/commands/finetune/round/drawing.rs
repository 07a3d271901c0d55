//! How long an engine takes to draw the samples of a round.
//!
//! All samples begin together, as many as have a place. They end at different lengths, so that steps get faster while fewer
//! and longer ones are left: the time is that of slices of the length, each at the step of the samples that still write in it.

use slipstick_core::{
    formulas::training::{
        sampling::{drawing_time, held_at_most, still_writing, waiting_samples},
        step::repeated_time,
    },
    units::Seconds,
};

use crate::{
    ApiError,
    commands::estimate::{self, EstimateRequest},
    request::{
        ArrivalKind, ArrivalRequest, Count, DeploymentRequest, LoadRequest, PriceRequest, nearest_count,
    },
    resolve::Resolver,
};

/// Slices of the length of the longest sample.
const SLICES: u32 = 8;

/// How samples are drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draw {
    /// One engine.
    pub(crate) engine: DeploymentRequest,
    /// Its ranks.
    pub(crate) tp: u64,
    /// Engines that share the samples.
    pub(crate) engines: u64,
    /// Samples of a round, over all engines.
    pub(crate) samples: u64,
    /// Rounds that are drawn together, where samples may be so many updates older than the weights.
    pub(crate) rounds: u64,
    /// Tokens of a prompt.
    pub(crate) prompt: u64,
    /// Tokens that a sample writes on average.
    pub(crate) mean: f64,
    /// Tokens at which the longest is cut.
    pub(crate) longest: f64,
}

/// A slice of the length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slice {
    /// Tokens of it.
    pub(crate) tokens: f64,
    /// Tokens at its middle.
    pub(crate) middle: f64,
    /// Samples that still write there.
    pub(crate) running: f64,
    /// A step that writes one token of each.
    pub(crate) step: Seconds,
}

/// Samples as they are drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawn {
    pub(crate) draw: Draw,
    /// Samples of an engine.
    pub(crate) each: f64,
    /// Samples that an engine runs at once.
    pub(crate) places: f64,
    /// A step while all places are full.
    pub(crate) full: Seconds,
    pub(crate) slices: Vec<Slice>,
}

/// Asks the engine.
///
/// # Errors
/// If it cannot serve the model.
pub(super) fn drawn(draw: Draw, resolver: &Resolver<'_>) -> Result<Drawn, ApiError> {
    let each = (draw.samples as f64 * draw.rounds as f64 / draw.engines as f64).max(1.0);
    let places = places(&draw, each, resolver)?.min(each);
    let full = step(&draw, draw.mean / 2.0, places, resolver)?;
    let width = draw.longest / f64::from(SLICES);
    let mut slices = Vec::new();
    for slice in 0..SLICES {
        let middle = width * (f64::from(slice) + 0.5);
        let running = still_writing(places, middle, draw.longest, draw.mean);
        let step = step(&draw, middle, running, resolver)?;
        slices.push(Slice { tokens: width, middle, running, step });
    }
    Ok(Drawn { draw, each, places, full, slices })
}

/// Samples of which an engine runs as many at once as its memory and its own limit allow.
fn places(draw: &Draw, each: f64, resolver: &Resolver<'_>) -> Result<f64, ApiError> {
    let held = held_at_most(draw.prompt as f64, draw.longest, draw.mean) - draw.prompt as f64;
    let answer = asked(draw, held, each, resolver)?;
    let places = answer.memory.places();
    if answer.estimate.is_none() || places == 0 {
        let message = format!(
            "the engine that draws samples does not start: not one sample of {} tokens fits beside its weights",
            draw.prompt as f64 + draw.longest
        );
        return Err(ApiError::input("finetune.engine", message)
            .at("--rollout-tp")
            .help("give more ranks with --rollout-tp, more of the accelerator with --engine-share, or others with --rollout-on"));
    }
    Ok(places as f64)
}

/// A step that writes one token of so many samples, each of so many tokens.
fn step(draw: &Draw, written: f64, running: f64, resolver: &Resolver<'_>) -> Result<Seconds, ApiError> {
    let answer = asked(draw, written, running, resolver)?;
    let service = answer.estimate.as_ref().map(|estimate| &estimate.service);
    service.map(|service| service.tpot).ok_or_else(|| {
        ApiError::input("finetune.engine", "the engine that draws samples does not start")
            .at("--rollout-tp")
            .help("give more ranks with --rollout-tp")
    })
}

fn asked(
    draw: &Draw,
    written: f64,
    running: f64,
    resolver: &Resolver<'_>,
) -> Result<estimate::EstimateAnswer, ApiError> {
    // Two tokens have a time between them.
    const WRITTEN: u64 = 2;
    let context = draw.prompt.saturating_add(nearest_count(written));
    let load = LoadRequest {
        context: Some(Count(draw.prompt.saturating_add(nearest_count(draw.longest)).max(context + WRITTEN))),
        arrival: ArrivalRequest { arrival: Some(ArrivalKind::Static), ..ArrivalRequest::default() },
        ..LoadRequest::new(context, WRITTEN, nearest_count(running))
    };
    let request = EstimateRequest {
        deployment: draw.engine.clone(),
        load,
        prices: PriceRequest::default(),
        ..EstimateRequest::default()
    };
    estimate::answer(&request, resolver, false)
}

impl Drawn {
    /// What the samples that wait for a place take.
    pub(crate) fn waiting(&self) -> Seconds {
        waiting_samples(self.each, self.places, self.draw.mean, self.full)
    }

    /// Static batches of all samples that are drawn together.
    pub(crate) fn batches(&self) -> Seconds {
        let slices = self.slices.iter().map(|slice| repeated_time(slice.tokens, slice.step));
        slices.fold(self.waiting(), |all, slice| all + slice)
    }

    /// The samples of a round, where drawing takes so many times as long as static batches.
    pub(crate) fn time(&self, factor: f64) -> Seconds {
        drawing_time(factor, self.batches(), self.draw.rounds as f64)
    }
}
