//! `slipstick train`: memory, step time, cost and layout of training a model.

mod names;
mod parts;
mod plan;
mod report;
mod request;
mod search;
mod view;

pub(crate) use names::convention;
pub use parts::{BatchRequest, LayoutRequest, RecipeRequest, RunAssumptionsRequest};
pub(crate) use plan::{Given, Planned, alone, plan};
pub use report::{
    CandidateReport, ConventionUse, LayoutUsed, NeighbourReport, OperatorPart, RunReport, SearchReport,
    StackUsed, StageReport, StepParts, TrainReport, TrainingMemory,
};
pub use request::TrainRequest;

use slipstick_catalog::{Catalog, training::run_assumptions};
use slipstick_core::{
    basis::{Basis, Known},
    training::{
        Convention, Meters, Run, RunAssumptions, StageMemory, StepTime, meters, peak, run, search::Candidate,
        stages, step,
    },
    units::{FlopRate, Frequency, Seconds},
};

use crate::{
    Answered, ApiError, World,
    commands::estimate::{Priced, price},
    report::{Estimated, Quantity},
    resolve::Resolver,
};
use search::Looked;

/// Tokens of a run for each parameter, where nobody says (Hoffmann et al. 2022).
const TOKENS_PER_PARAMETER: u64 = 20;

/// A training job with everything estimated about it.
pub(crate) struct Trained {
    pub(crate) planned: Planned,
    pub(crate) stages: Vec<StageMemory>,
    pub(crate) meters: Meters,
    pub(crate) step: StepTime,
    run: Run,
    price: Option<Priced>,
    looked: Option<Looked>,
}

/// Memory, step time, cost and layout of training a model.
///
/// # Errors
/// If anything the request names is unknown, or its parts contradict each other.
pub fn train(
    request: &TrainRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<TrainReport>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let started = world.elapsed();
    let mut planned = plan(request, Given::default(), &resolver)?;
    let seconds = world.elapsed().zip(started).map(|(now, then)| now.saturating_sub(then).as_secs_f64());
    let tokens = tokens(request, &mut planned)?;
    let price = price(&request.prices, &planned.cluster, &resolver)?;
    let looked = request.search.then(|| Looked::of(&planned, seconds));
    let mut trained = trained(planned)?;
    let assumed = assumed(request)?;
    trained.run = whole(&trained, tokens, &assumed);
    trained.price = price;
    trained.looked = looked;
    let yes = trained.planned.fits();
    Ok(Answered::new(TrainReport::of(&trained), view::view(&trained)).answered(yes))
}

/// Memory and step of a planned job.
pub(crate) fn trained(planned: Planned) -> Result<Trained, ApiError> {
    let job = planned.job();
    let step = step(&job, &planned.cluster, &planned.efficiency).ok_or_else(|| {
        let id = &planned.cluster.accelerator.id;
        ApiError::input("gpu.no_peak", format!("{id} states no rate to train at"))
            .at("--on")
            .help("describe it in a .toml file with its bf16, fp16 or fp32 peak")
    })?;
    let most = peak(&job).peak();
    let (low, high) = memory_band();
    let allocated = Known { value: 1.0, low, high, basis: Basis::Fitted };
    let meters = meters(&job, most, allocated);
    let stages = stages(&job);
    let run = run(&job, &planned.cluster.accelerator, step.total(), 0, &run_assumptions());
    Ok(Trained { stages, meters, step, run, price: None, looked: None, planned })
}

/// Four of five measured peaks lie within these shares of what is predicted.
fn memory_band() -> (f64, f64) {
    (0.93, 1.12)
}

fn whole(trained: &Trained, tokens: u64, assumed: &RunAssumptions) -> Run {
    let planned = &trained.planned;
    run(&planned.job(), &planned.cluster.accelerator, trained.step.total(), tokens, assumed)
}

fn tokens(request: &TrainRequest, planned: &mut Planned) -> Result<u64, ApiError> {
    if let Some(tokens) = request.tokens {
        return if tokens.0 > 0 {
            Ok(tokens.0)
        } else {
            Err(ApiError::input("train.zero_count", "--tokens is 0, and nothing would be trained")
                .at("--tokens")
                .help("give the tokens of the run, such as 1T"))
        };
    }
    let usual = planned.shape.parameters().saturating_mul(TOKENS_PER_PARAMETER);
    let why = "twenty for each parameter".to_owned();
    planned.defaults.push(crate::resolve::Assumption { flag: "--tokens", value: usual.to_string(), why });
    Ok(usual)
}

fn assumed(request: &TrainRequest) -> Result<RunAssumptions, ApiError> {
    let mut assumed = run_assumptions();
    if let Some(time) = request.run.between_failures {
        assumed.between_failures = time.0;
    }
    if let Some(time) = request.run.restart {
        assumed.restart = time.0;
    }
    if let Some(factor) = request.run.pue {
        if !(1.0..=10.0).contains(&factor) {
            return Err(ApiError::input(
                "train.pue",
                format!("a power usage effectiveness of {factor} cannot be"),
            )
            .at("--pue")
            .help("give a factor from 1, such as 1.1"));
        }
        assumed.effectiveness = factor;
    }
    if let Some(kg) = request.run.co2_per_kwh {
        if !(0.0..=5.0).contains(&kg) {
            return Err(ApiError::input(
                "train.co2",
                format!("{kg} kg of carbon dioxide a kilowatt-hour cannot be"),
            )
            .at("--co2-per-kwh")
            .help("give kilograms a kilowatt-hour, such as 0.414"));
        }
        assumed.co2_kg_per_kwh = kg;
    }
    if assumed.between_failures <= Seconds::ZERO {
        return Err(ApiError::input(
            "train.between_failures",
            "a mean time of 0 between failures leaves no step",
        )
        .at("--between-failures")
        .help("give a time such as 50000h"));
    }
    Ok(assumed)
}

impl Trained {
    /// The step, with its band.
    pub(crate) fn time(&self) -> Estimated<Seconds> {
        self.banded(self.step.total(), Seconds::s)
    }

    fn banded<T: Quantity>(&self, value: T, of: fn(f64) -> T) -> Estimated<T> {
        Estimated::spread(value, self.planned.efficiency.spread, self.planned.basis(), of)
    }

    fn inverse<T: Quantity>(&self, value: T, of: fn(f64) -> T) -> Estimated<T> {
        let spread = self.planned.efficiency.spread.map(slipstick_core::hardware::Spread::inverse);
        Estimated::spread(value, spread, self.planned.basis(), of)
    }

    /// Tokens per second of a step of so many.
    pub(crate) fn rate(&self, time: Estimated<Seconds>, tokens: u64) -> Estimated<Frequency> {
        self.inverse(Frequency::per_s(tokens as f64 / time.value.get()), Frequency::per_s)
    }

    /// Work of each accelerator by a convention.
    pub(crate) fn tflops(&self, convention: Convention) -> Estimated<FlopRate> {
        let rate = self.work(convention, self.step.total());
        self.inverse(rate, FlopRate::flops_per_s)
    }

    fn work(&self, convention: Convention, time: Seconds) -> FlopRate {
        let job = self.planned.job();
        let tokens = job.batch.tokens(job.layout.dp) as f64 / job.layout.accelerators() as f64;
        job.token_flops(convention) * tokens / time
    }

    /// The dense peak of the format of matrix products.
    fn peak(&self) -> FlopRate {
        let peaks = &self.planned.cluster.accelerator.peaks;
        let own = peaks.of(self.planned.job().recipe.compute);
        own.or(peaks.bf16).or(peaks.fp16).or(peaks.fp32).unwrap_or(FlopRate::flops_per_s(f64::INFINITY))
    }

    /// Utilisation by a convention.
    pub(crate) fn mfu(&self, convention: Convention) -> Estimated<f64> {
        self.inverse(self.work(convention, self.step.total()) / self.peak(), |share| share)
    }

    fn conventions(&self) -> Vec<ConventionUse> {
        let one = |convention: Convention| {
            let work = self.work(convention, self.step.total());
            ConventionUse {
                convention: convention.name(),
                tflops_per_accelerator: work.as_tflops_per_s(),
                mfu: Some(work / self.peak()),
            }
        };
        Convention::ALL.into_iter().map(one).collect()
    }

    fn candidate(&self, candidate: &Candidate) -> CandidateReport {
        let planned = &self.planned;
        let Candidate { layout, batch, recipe, peak, time } = *candidate;
        let space = planned.space();
        let job = space.job(layout, batch, recipe);
        let tokens = batch.tokens(layout.dp);
        let time = self.banded(time, Seconds::s);
        let each = tokens as f64 / layout.accelerators() as f64;
        let share = job.token_flops(planned.convention) * each / time.value / self.peak();
        let (low, high) = memory_band();
        let known = Known { value: 1.0, low, high, basis: Basis::Fitted };
        let run_time = self.run.time * (time.value / self.step.total());
        CandidateReport {
            layout: LayoutUsed::of(planned, candidate),
            time_s: time,
            tokens_per_s: self.rate(time, tokens),
            mfu: self.inverse(share, |share| share),
            peak_bytes: meters(&job, peak, known).device.into(),
            usd: self.price.as_ref().map(|price| (price.hourly * run_time).into()),
        }
    }
}
