//! `slipstick finetune`: memory by phase, longest sequence, largest batch, time and cost of fine-tuning a model.

mod algorithm;
mod beside;
mod cures;
mod data;
mod job;
mod launch;
mod limits;
mod method;
mod names;
mod provenance;
mod report;
mod request;
pub(crate) mod round;
mod view;

pub(crate) use names::is_target;
pub(crate) use names::{base, targets};
pub use report::{
    BesideModel, DataReport, FinetuneReport, MemoryItem, RoundPhase, RoundReport, SamplesReport,
};
pub use request::{FinetuneRequest, FurtherModelsRequest};

use slipstick_catalog::Catalog;
use slipstick_core::{
    basis::Known,
    trace::{Node, Records, Trace},
    training::{Item, Phase, Sharding, StageMemory, items},
    units::Bytes,
};

use crate::{
    Answered, ApiError, World,
    commands::train::{
        self, Answer, LaunchCommand, LaunchReport, LayoutUsed, Planned, StageReport, TrainReport, Trained,
        answer, assumed, gets_on, price, trained,
    },
    report::DefaultTaken,
    resolve::{Assumption, Resolver},
};
use algorithm::Algorithm;
use beside::{Beside, Context};
use data::Data;
use launch::Run;
use limits::Limits;
use method::Asked;
use round::Round;

/// A fine-tuning job with everything estimated about it.
struct Tuned<'a> {
    request: &'a FinetuneRequest,
    asked: Asked,
    /// The job at its longest sequence, which memory is for.
    memory: Trained,
    /// The job at the length of its steps, which time is for.
    answer: Answer,
    models: Vec<Beside>,
    data: Data,
    limits: Limits,
    items: Vec<Item>,
    launch: Vec<LaunchCommand>,
    fits: bool,
    /// The longest context that the model was made for.
    window: Option<u64>,
    /// What a step is a part of, where it needs more than its update.
    round: Option<Round>,
    /// Changes that would let it be trained, where it cannot.
    cures: Vec<String>,
    defaults: Vec<Assumption>,
}

/// Memory by phase, longest sequence, largest batch, time and cost of fine-tuning a model.
///
/// # Errors
/// If anything the request names is unknown, or its parts contradict each other.
pub fn finetune(
    request: &FinetuneRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<FinetuneReport>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let file = request.config.as_deref().map(|path| train::with_file(request, path, world)).transpose()?;
    let request = file.as_ref().map_or(request, |file| &file.request);
    let asked = method::asked(request, &resolver)?;
    let planned = job::planned(request, &asked, None, &resolver)?;
    asked.check(&planned.shape, request)?;
    let models = beside::beside(&Context {
        request,
        asked: &asked,
        planned: &planned,
        resolver: &resolver,
        catalog,
        world,
    })?;
    let (tuned, nodes) = tuned(request, asked, planned, models, &resolver)?;
    let provenance = provenance::recorded(&tuned, nodes);
    let (mut report, mut view) = (FinetuneReport::of(&tuned), view::view(&tuned));
    if let Some(file) = &file {
        file.read.show(&mut view);
        report.training.config = Some(file.read.clone());
    }
    Ok(Answered::new(report, view).explained(provenance).answered(tuned.fits))
}

/// What follows from a job and the models beside it, with how its run came about.
fn tuned<'a>(
    request: &'a FinetuneRequest,
    asked: Asked,
    mut planned: Planned,
    models: Vec<Beside>,
    resolver: &Resolver<'_>,
) -> Result<(Tuned<'a>, Vec<Node>), ApiError> {
    let mut defaults = planned.defaults.clone();
    let Sized { data, limits, items, fits, cures } =
        sized(request, asked.algorithm, &mut planned, &models, &mut defaults, resolver)?;
    let (launch, window) = programs(request, &asked, &planned, &data, resolver)?;
    let context =
        round::Context { request, asked: &asked, planned: &planned, models: &models, data: &data, resolver };
    let plan = round::plan(&context, &mut defaults)?.filter(|_| fits);
    let mut update = trained(job::planned(request, &asked, Some(data.sequence), resolver)?)?;
    let round = round::timed(plan, &mut update, resolver)?;
    let price = price(&request.prices.of(&request.on, resolver.catalog()), &planned, resolver)?;
    let records = Records::default();
    let answer = answer(update, data.computed, &assumed(&request.run)?, price, records.trace());
    gets_on(&answer.run)?;
    let memory = if fits { within(trained(planned)?) } else { trained(planned)? };
    let tuned = Tuned {
        request,
        asked,
        memory,
        answer,
        models,
        data,
        limits,
        items,
        launch,
        fits,
        window,
        round,
        cures,
        defaults,
    };
    tuned.record_memory(records.trace());
    Ok((tuned, records.into_nodes()))
}

/// What a job's memory comes to.
struct Sized {
    data: Data,
    limits: Limits,
    items: Vec<Item>,
    fits: bool,
    cures: Vec<String>,
}

/// Memory beside what other models hold, and how far it goes.
fn sized(
    request: &FinetuneRequest,
    algorithm: Algorithm,
    planned: &mut Planned,
    models: &[Beside],
    defaults: &mut Vec<Assumption>,
    resolver: &Resolver<'_>,
) -> Result<Sized, ApiError> {
    let held =
        |on: &dyn Fn(&Beside) -> Bytes| models.iter().filter(|model| model.while_training).map(on).sum();
    planned.beside = held(&|model| model.bytes);
    planned.floor = generation(planned, models);
    let (job, each) = (planned.job(), algorithm.sequences());
    let data = data::data(request, job.batch.sequence, job.batch.micro / each, defaults)?;
    let limits = limits::limits(planned, each, |ranks| held(&|model| model.on(ranks)));
    let trains = limits::fits(planned, &job);
    let fits = trains && planned.floor <= planned.capacity;
    let cures = if trains { Vec::new() } else { cures::cures(request, &limits, planned.beside, resolver) };
    Ok(Sized { data, limits, items: items(&job), fits, cures })
}

/// What runs takes no more than there is: its allocator gives back what it caches.
fn within(mut memory: Trained) -> Trained {
    let all = memory.planned.cluster.accelerator.memory;
    let context = memory.planned.software.entry.stack.context;
    let at_most = |known: &mut Known<Bytes>, most: Bytes| {
        for bytes in [&mut known.value, &mut known.low, &mut known.high] {
            *bytes = (*bytes).min(most);
        }
    };
    at_most(&mut memory.meters.reserved, all.saturating_sub(context));
    at_most(&mut memory.meters.device, all);
    memory
}

/// How other programs are told to do the same, and the longest context that the model was made for.
fn programs(
    request: &FinetuneRequest,
    asked: &Asked,
    planned: &Planned,
    data: &Data,
    resolver: &Resolver<'_>,
) -> Result<(Vec<LaunchCommand>, Option<u64>), ApiError> {
    let model = resolver.model(&request.model, request.allow_unknown)?;
    let commands = launch::commands(&Run { request, asked, planned, data, model: &model.served });
    Ok((commands, model.model.max_context))
}

/// What an engine that draws samples takes, if there is one.
fn engine(models: &[Beside]) -> Option<&Beside> {
    models.iter().find(|model| model.role == "rollout engine")
}

/// What an engine takes that slept while weights were trained.
fn woken(engine: &Beside) -> Bytes {
    if engine.while_training { Bytes::ZERO } else { engine.bytes }
}

/// What an accelerator holds while samples are drawn: states at rest, and an engine that slept before.
fn generation(planned: &Planned, models: &[Beside]) -> Bytes {
    let Some(engine) = engine(models) else { return Bytes::ZERO };
    let resting = slipstick_core::training::stages(&planned.job());
    let states = resting.iter().map(|stage| stage.states() + stage.buffers).max().unwrap_or(Bytes::ZERO);
    states + planned.beside + woken(engine)
}

impl Tuned<'_> {
    /// Records its memory, with the phase in which samples are drawn.
    fn record_memory(&self, trace: Trace<'_>) {
        let slept = engine(&self.models).map_or(Bytes::ZERO, woken);
        let generation = self.generation().map(|stage| (stage, slept));
        self.memory.record_memory(generation, trace);
    }

    /// Parameters that are trained.
    fn trainable(&self) -> u64 {
        let shape = &self.memory.planned.shape;
        let adapter = self.memory.planned.job().recipe.adapter;
        adapter.map_or(shape.parameters(), |own| own.parameters(shape))
    }

    /// Whether ranks share what they can.
    fn ranks_share(&self) -> bool {
        let job = self.memory.planned.job();
        job.recipe.sharding == Sharding::Weights && job.layout.replicas() > 1
    }

    /// The phase in which samples are drawn, if there is one.
    fn generation(&self) -> Option<StageMemory> {
        let engine = engine(&self.models)?;
        let resting = self.memory.stages.iter().find(|stage| stage.phase == Phase::OptimizerStep)?;
        let weights = resting.weights + woken(engine);
        Some(StageMemory { phase: Phase::Generation, weights, transient: Bytes::ZERO, ..*resting })
    }

    /// What training says too: memory at the longest sequence, time at the length of the steps.
    fn training(&self) -> TrainReport {
        let planned = &self.memory.planned;
        let mut report = TrainReport::of(&self.answer);
        report.fits = self.fits;
        report.layout = LayoutUsed::of(planned, &planned.chosen);
        report.memory = train::memory(&self.memory);
        report.memory.stages.extend(self.generation().as_ref().map(StageReport::from));
        report.defaults = self.defaults.iter().map(DefaultTaken::from).collect();
        report.launch = self.launch.iter().map(LaunchReport::from).collect();
        report.no_launch = self.launch.is_empty().then(|| launch::NONE.to_owned());
        report
    }

    /// What other models hold, in each phase, with the numbers that say so.
    fn other_items(&self) -> Vec<(MemoryItem, String)> {
        let mut items = Vec::new();
        let mut add = |phase: Phase, item: &str, bytes: Bytes, from: String| {
            if bytes > Bytes::ZERO {
                let item = MemoryItem { phase: phase.name(), item: item.to_owned(), bytes: bytes.into() };
                items.push((item, from));
            }
        };
        let mut phases: Vec<Phase> = self.items.iter().map(|item| item.phase).collect();
        phases.dedup();
        let models = || self.models.iter().enumerate();
        let from = |place: usize| format!("/models/{place}/bytes");
        for phase in phases {
            for (place, model) in models().filter(|(_, model)| model.while_training) {
                add(phase, model.role, model.bytes, from(place));
            }
        }
        if let Some(generation) = self.generation() {
            let others: Bytes = self.models.iter().map(|model| model.bytes).sum();
            let stage = |part: &str| format!("/memory/stages/{}/{part}_bytes", self.memory.stages.len());
            let own = generation.weights.saturating_sub(others);
            add(Phase::Generation, "the model's weights", own, "/models/of_its_own".to_owned());
            add(Phase::Generation, "gradients", generation.gradients, stage("gradients"));
            add(Phase::Generation, "optimizer state", generation.optimizer, stage("optimizer"));
            add(Phase::Generation, "buckets and workspaces", generation.buffers, stage("buffers"));
            for (place, model) in models() {
                add(Phase::Generation, model.role, model.bytes, from(place));
            }
        }
        items
    }
}
