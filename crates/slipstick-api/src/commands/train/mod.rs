//! `slipstick train`: memory, step time, cost and layout of training a model.

mod checks;
mod config;
mod launch;
mod names;
mod parts;
mod plan;
mod provenance;
mod refusal;
mod report;
mod request;
mod run;
mod search;
mod software;
mod view;

pub use config::ConfigRead;
pub(crate) use config::configured as with_file;
pub(crate) use launch::{Command as LaunchCommand, trainer_optimizer};
pub(crate) use names::{convention, is_optimizer, named, words};
pub use parts::{BatchRequest, LayoutRequest, RecipeRequest, RunAssumptionsRequest};
pub(crate) use plan::{Given, Planned, alone, plan};
pub(crate) use provenance::recorded;
pub use report::{
    CandidateReport, ConventionUse, LaunchReport, LayoutUsed, NeighbourReport, OperatorPart, RunReport,
    SearchReport, StackUsed, StageReport, StepParts, TrainReport, TrainingMemory,
};
pub(crate) use report::{memory, zero};
pub use request::TrainRequest;
pub(crate) use run::{assumed, gets_on, price};
pub(crate) use view::{stage_table, step_table};

use slipstick_catalog::Catalog;
use slipstick_core::{
    basis::Known,
    trace::{Records, Trace},
    training::{
        Convention, Meters, Rates, Run, RunAssumptions, RunInputs, StageMemory, StepTime, Taken, Use, meters,
        peak as memory_peak, product_peak, rates, record_memory, search::Candidate, stages, step, used,
    },
    units::{Bytes, FlopRate, Frequency, Seconds},
};

use crate::{
    Answered, ApiError, World,
    commands::estimate::Priced,
    report::{Estimated, Quantity},
    request::Count,
    resolve::Resolver,
};
use launch::Launches;
use search::Looked;

/// A training job with its memory and its step.
pub(crate) struct Trained {
    pub(crate) planned: Planned,
    pub(crate) stages: Vec<StageMemory>,
    pub(crate) meters: Meters,
    pub(crate) step: StepTime,
    /// The dense peak of the format of matrix products.
    pub(crate) peak: FlopRate,
}

/// A training job with everything estimated about it.
pub(crate) struct Answer {
    pub(crate) trained: Trained,
    rates: Rates,
    uses: Vec<Use>,
    pub(crate) run: Run,
    pub(crate) price: Option<Priced>,
    looked: Option<Looked>,
    config: Option<ConfigRead>,
    launches: Launches,
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
    let (request, config) = configured(request, &resolver)?;
    let request = &request;
    let started = world.elapsed();
    let mut planned = plan(request, Given::default(), &resolver)?;
    let seconds = world.elapsed().zip(started).map(|(now, then)| now.saturating_sub(then).as_secs_f64());
    let assumed = run::assumed(&request.run)?;
    let tokens = run::tokens(request, &mut planned)?;
    let price = run::price(&request.prices.of(&request.on, resolver.catalog()), &planned, &resolver)?;
    let looked = request.search.then(|| Looked::of(&planned, seconds));
    let trained = trained(planned)?;
    let records = Records::default();
    let mut answer = answer(trained, tokens, &assumed, price, records.trace());
    answer.looked = looked;
    answer.config = config;
    let said = launch::Said { request, planned: &answer.trained.planned, steps: answer.run.steps };
    answer.launches = launch::launches(&said);
    run::gets_on(&answer.run)?;
    answer.trained.record_memory(None, records.trace());
    let provenance = provenance::recorded(&answer, records.into_nodes());
    let yes = answer.trained.planned.fits();
    let answered = Answered::new(TrainReport::of(&answer), view::view(&answer));
    Ok(answered.explained(provenance).answered(yes))
}

/// The request with what its launch file says; micro-batches of a step make its batch, on the ranks that are left.
fn configured(
    request: &TrainRequest,
    resolver: &Resolver<'_>,
) -> Result<(TrainRequest, Option<ConfigRead>), ApiError> {
    let Some(path) = &request.config else { return Ok((request.clone(), None)) };
    let config::Configured { mut request, read, accumulation } =
        config::configured(request, path, resolver.world())?;
    if let (Some(accumulation), Some(micro)) = (accumulation, request.batch.micro_batch) {
        let all = resolver.cluster(&request.on)?.accelerators();
        let LayoutRequest { tp, pp, cp, .. } = request.layout;
        let split: u64 = [tp, pp, cp].into_iter().flatten().map(|degree| degree.0.max(1)).product();
        let ranks = request.layout.dp.map_or(all / split.max(1), |dp| dp.0).max(1);
        let batch = micro.0.saturating_mul(accumulation).saturating_mul(ranks);
        request.batch.global_batch = Some(Count(batch));
    }
    Ok((request, Some(read)))
}

/// What follows from a job's memory and step.
pub(crate) fn answer(
    trained: Trained,
    tokens: Taken<u64>,
    assumed: &RunAssumptions,
    price: Option<Priced>,
    trace: Trace<'_>,
) -> Answer {
    let (job, step) = (trained.planned.job(), trained.step.total());
    let inputs = RunInputs {
        accelerator: &trained.planned.cluster.accelerator,
        step,
        tokens,
        price: price.as_ref().map(|price| price.hourly),
        assumed,
    };
    let planned = &trained.planned;
    trained.step.record(&job, &planned.cluster, &planned.efficiency, trace);
    let run = slipstick_core::training::run(&job, &inputs, trace);
    let rates = rates(&job, step, trace);
    let uses = Convention::ALL.map(|convention| used(&job, trained.peak, step, convention, trace)).to_vec();
    Answer { trained, rates, uses, run, price, looked: None, config: None, launches: Launches::default() }
}

/// Memory and step of a planned job.
pub(crate) fn trained(planned: Planned) -> Result<Trained, ApiError> {
    let job = planned.job();
    let step = step(&job, &planned.cluster, &planned.efficiency);
    let (step, peak) = step.zip(product_peak(&job, &planned.cluster.accelerator)).ok_or_else(|| {
        let id = &planned.cluster.accelerator.id;
        ApiError::input("gpu.no_peak", format!("{id} states no rate to train at"))
            .at("--on")
            .help("describe it in a .toml file with its bf16, fp16 or fp32 peak")
    })?;
    let most = (memory_peak(&job).peak() + planned.beside).max(planned.floor);
    let meters = meters(&job, most, &planned.meter_fits);
    let mut stages = stages(&job);
    for stage in &mut stages {
        stage.weights += planned.beside;
    }
    Ok(Trained { planned, stages, meters, step, peak })
}

impl Trained {
    /// Records its memory, with a phase in which samples are drawn and what the engine takes for that.
    pub(crate) fn record_memory(&self, generation: Option<(StageMemory, Bytes)>, trace: Trace<'_>) {
        let (planned, mut stages) = (&self.planned, self.stages.clone());
        stages.extend(generation.map(|(stage, _)| stage));
        let others = [planned.beside, generation.map_or(Bytes::ZERO, |(_, engine)| engine)];
        record_memory(&planned.job(), (&stages, others), (&self.meters, &planned.meter_fits), trace);
    }

    /// The step, with its band.
    pub(crate) fn time(&self) -> Estimated<Seconds> {
        self.banded(self.step.total(), Seconds::s)
    }

    /// What lies in the host's memory for one accelerator.
    pub(crate) fn host(&self) -> Bytes {
        self.stages.iter().map(|stage| stage.host).max().unwrap_or_default()
    }

    /// A peak as the allocator counts, with its band.
    pub(crate) fn allocated(&self, peak: Bytes) -> Known<Bytes> {
        self.planned.meter_fits.allocated.of_bytes(peak)
    }

    fn banded<T: Quantity>(&self, value: T, of: fn(f64) -> T) -> Estimated<T> {
        Estimated::spread(value, self.planned.efficiency.spread, self.planned.basis(), of)
    }

    fn inverse<T: Quantity>(&self, value: T, of: fn(f64) -> T) -> Estimated<T> {
        let spread = self.planned.efficiency.spread.map(slipstick_core::hardware::Spread::inverse);
        Estimated::spread(value, spread, self.planned.basis(), of)
    }

    /// Tokens per second on each accelerator.
    pub(crate) fn rate_each(&self) -> Estimated<Frequency> {
        let rates = rates(&self.planned.job(), self.step.total(), Trace::off());
        self.inverse(rates.each, Frequency::per_s)
    }

    /// Utilisation by a convention.
    pub(crate) fn mfu(&self, convention: Convention) -> Estimated<f64> {
        let time = self.step.total();
        let used = used(&self.planned.job(), self.peak, time, convention, Trace::off());
        self.inverse(used.share, |share| share)
    }
}

impl Answer {
    /// The step's work by the convention that was asked for.
    fn used(&self) -> &Use {
        let asked = self.trained.planned.convention;
        self.uses.iter().find(|one| one.convention == asked).unwrap_or(&self.uses[0])
    }

    fn candidate(&self, candidate: &Candidate) -> CandidateReport {
        let (trained, planned) = (&self.trained, &self.trained.planned);
        let Candidate { layout, batch, recipe, peak, time } = *candidate;
        let space = planned.space();
        let job = space.job(layout, batch, recipe);
        let used = used(&job, trained.peak, time, planned.convention, Trace::off());
        let run_time = self.run.time * (time / trained.step.total());
        CandidateReport {
            layout: LayoutUsed::of(planned, candidate),
            time_s: trained.banded(time, Seconds::s),
            tokens_per_s: trained.inverse(rates(&job, time, Trace::off()).all, Frequency::per_s),
            mfu: trained.inverse(used.share, |share| share),
            peak_bytes: meters(&job, peak, &planned.meter_fits).device.into(),
            usd: self.price.as_ref().map(|price| (price.hourly * run_time).into()),
        }
    }
}
