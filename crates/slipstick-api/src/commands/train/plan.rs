//! From a request to a training job: everything looked up and checked, every default made visible.

use std::sync::Arc;

use slipstick_catalog::{
    Catalog,
    training::{Precision, StackEntry, Work},
};
use slipstick_core::{
    basis::{Basis, Known},
    hardware::Cluster,
    model::Model,
    numeric::ScalarFormat,
    training::{
        Adapter, AttentionKernel, Batch, Convention, Efficiency, Job, Layout, MeterFits, Offload, Optimizer,
        Parts, Recipe, Recompute, Room, Schedule, Shape, Sharding, StageMemory, peak,
        search::{Candidate, Fixed, Found, Objective, Space, search},
    },
    units::{Bytes, Seconds},
};

use super::{
    RecipeRequest, TrainRequest, checks, names,
    refusal::refusal,
    software::{self, Software},
};
use crate::{
    ApiError,
    request::Count,
    resolve::{Assumption, Resolver},
};

const USUAL_SEQUENCE: u64 = 4096;
/// Why a setting is what it is where nobody says.
const HABIT: &str = "the software's habit";
/// Tokens of a step of a usual run, which decide its batch where nobody does.
const USUAL_STEP_TOKENS: u64 = 4 << 20;

/// A training job with everything it was made of.
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) assumed_architecture: bool,
    pub(crate) shape: Shape,
    pub(crate) recipes: Vec<Recipe>,
    pub(crate) software: Software,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) efficiency: Efficiency,
    /// What meters of memory read more than the software's rules say.
    pub(crate) meter_fits: MeterFits,
    /// The same of readings whose meter nobody states.
    pub(crate) unstated_meter: Option<Known<f64>>,
    /// The software with its version, as fits are named.
    pub(crate) release: String,
    pub(crate) convention: Convention,
    pub(crate) objective: Objective,
    pub(crate) sequence: u64,
    pub(crate) global_batch: u64,
    /// Memory that a search fills.
    pub(crate) room: Bytes,
    /// The largest peak that fine-tuning holds at all.
    pub(crate) capacity: Bytes,
    /// What other models hold of each accelerator all the time.
    pub(crate) beside: Bytes,
    /// What a phase without training holds of it.
    pub(crate) floor: Bytes,
    pub(crate) fixed: Fixed,
    pub(crate) found: Found,
    /// The layout that is answered: the best, or the smallest if none fits.
    pub(crate) chosen: Candidate,
    pub(crate) defaults: Vec<Assumption>,
}

/// What a table's row knows beyond a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// The model's shape, where no configuration says it.
    pub(crate) shape: Option<Shape>,
    /// Adapters.
    pub(crate) adapter: Option<Adapter>,
    /// How much the lengths of examples differ.
    pub(crate) uneven: Option<f64>,
    /// Accelerators, where nobody names them.
    pub(crate) cluster: Option<Arc<Cluster>>,
    /// The software with its version, where rules of versions do not tell it.
    pub(crate) release: Option<String>,
    /// Whether it ran, so that memory that is predicted too large rules no layout out.
    pub(crate) ran: bool,
}

impl Planned {
    /// The job that is answered.
    pub(crate) fn job(&self) -> Job<'_> {
        let Candidate { layout, batch, recipe, .. } = self.chosen;
        Job {
            shape: &self.shape,
            recipe: &self.recipes[recipe],
            stack: &self.software.entry.stack,
            layout,
            batch,
        }
    }

    /// What was searched.
    pub(crate) fn space(&self) -> Space<'_> {
        Space {
            shape: &self.shape,
            recipes: self.recipes.clone(),
            stack: &self.software.entry.stack,
            cluster: &self.cluster,
            efficiency: &self.efficiency,
            sequence: self.sequence,
            global_batch: self.global_batch,
            room: Room { memory: self.room, fits: &self.meter_fits },
            fixed: self.fixed,
        }
    }

    /// Whether the layout that is answered fits.
    pub(crate) fn fits(&self) -> bool {
        self.found.fit > 0
    }

    /// How well times are known.
    pub(crate) fn basis(&self) -> Basis {
        let assumed = self.assumed_architecture || !self.software.known;
        if assumed { Basis::Assumed } else { self.efficiency.basis }
    }
}

/// Defaults as they are taken.
pub(super) struct Defaults(Vec<Assumption>);

impl Defaults {
    pub(super) fn take(&mut self, flag: &'static str, value: impl Into<String>, why: &str) {
        self.0.push(Assumption { flag, value: value.into(), why: why.to_owned() });
    }
}

/// Looks everything up and chooses what the request leaves open.
pub(crate) fn plan(
    request: &TrainRequest,
    given: Given,
    resolver: &Resolver<'_>,
) -> Result<Planned, ApiError> {
    let mut defaults = Defaults(Vec::new());
    let (name, assumed_architecture, shape) = model(request, given.shape, resolver)?;
    let anywhere = given.cluster.is_some();
    let cluster = given.cluster.map_or_else(|| resolver.cluster(&request.on), Ok)?;
    let software = Software::of(request.recipe.stack.as_deref(), resolver.catalog(), &mut defaults)?;
    let stack = &software.entry;
    let shape = if stack.unties { shape.untied() } else { shape };
    let (base, recompute_given) = recipe(request, stack, &cluster, given.adapter, &mut defaults)?;
    let base = Recipe { uneven: given.uneven, ..base };
    checks::recipe(&request.recipe, &base, &shape, &stack.stack)?;
    if !anywhere {
        checks::arithmetic(&request.recipe, &base, &cluster.accelerator)?;
    }
    let recipes = if recompute_given { vec![base] } else { choices(base, &shape) };
    let sequence = sequence(request, &mut defaults)?;
    let mut fixed = fixed(request)?;
    checks::order(&request.layout, &mut fixed)?;
    if !given.ran {
        checks::within(&software, &request.layout, &base, &mut fixed)?;
    }
    checks::size(sequence, &fixed)?;
    let global_batch = batch(request, &cluster, sequence, fixed, &mut defaults)?;
    let (meter_fits, unstated_meter) =
        resolver.catalog().memory_fits(&stack.stack.name, base.adapter.is_some());
    let release = given.release.unwrap_or_else(|| software.release());
    let efficiency = efficiency(&release, &cluster, &shape, &base, resolver.catalog());
    let planned = Planned {
        meter_fits,
        unstated_meter,
        name,
        assumed_architecture,
        shape,
        recipes,
        software,
        cluster,
        efficiency,
        release,
        convention: request.recipe.flops.as_deref().map_or(Ok(Convention::Causal), names::convention)?,
        objective: request.objective.as_deref().map_or(Ok(Objective::Time), names::objective)?,
        sequence,
        global_batch,
        room: Bytes::ZERO,
        capacity: Bytes::ZERO,
        beside: Bytes::ZERO,
        floor: Bytes::ZERO,
        fixed,
        found: Found::default(),
        chosen: alone_at(sequence),
        defaults: Vec::new(),
    };
    settle(planned, given.ran, request, defaults)
}

/// The model's name, whether its architecture was assumed, and its shape.
fn model(
    request: &TrainRequest,
    given: Option<Shape>,
    resolver: &Resolver<'_>,
) -> Result<(String, bool, Shape), ApiError> {
    if let Some(shape) = given {
        return Ok((request.model.clone(), false, shape));
    }
    let model = resolver.model(&request.model, request.allow_unknown)?;
    Ok((model.name.clone(), model.assumed_architecture, Shape::of(&model.model)))
}

/// Searches what is open, and takes the best of it.
fn settle(
    mut planned: Planned,
    ran: bool,
    request: &TrainRequest,
    mut defaults: Defaults,
) -> Result<Planned, ApiError> {
    planned.room = planned.cluster.accelerator.memory;
    planned.found = search(&planned.space(), planned.objective);
    if ran && planned.found.fit == 0 {
        planned.room = Bytes::new(u64::MAX);
        planned.found = search(&planned.space(), planned.objective);
    }
    let best = planned.found.best.first().copied().or(planned.found.smallest);
    planned.chosen = best.ok_or_else(|| refusal(&planned))?;
    chosen(&planned, request, &mut defaults);
    planned.defaults = defaults.0;
    Ok(planned)
}

/// Tokens of a sequence.
fn sequence(request: &TrainRequest, defaults: &mut Defaults) -> Result<u64, ApiError> {
    let stated = positive(request.batch.sequence, "--sequence")?;
    Ok(stated.unwrap_or_else(|| {
        defaults.take("--sequence", USUAL_SEQUENCE.to_string(), "nothing else was asked for");
        USUAL_SEQUENCE
    }))
}

/// What the accelerators reach at this work.
fn efficiency(
    release: &str,
    cluster: &Cluster,
    shape: &Shape,
    recipe: &Recipe,
    catalog: &Catalog,
) -> Efficiency {
    let work = match (recipe.adapter.is_some(), shape.experts > 0) {
        (true, _) => Work::Adapters,
        (false, true) => Work::Experts,
        (false, false) => Work::Dense,
    };
    let precision = Precision::of(recipe.compute);
    catalog.training_efficiency(&cluster.accelerator, release, precision, work, recipe.compiled)
}

/// The candidate before any search.
const fn alone_at(sequence: u64) -> Candidate {
    let batch = Batch { sequence, micro: 1, accumulation: 1 };
    Candidate { layout: Layout::ONE, batch, recipe: 0, peak: Bytes::ZERO, time: Seconds::ZERO }
}

/// Memory of training on one accelerator with mixed precision and AdamW, nothing computed again; none if the usual
/// software is not known.
pub(crate) fn alone(model: &Model, catalog: &Catalog, sequence: u64, micro: u64) -> Option<StageMemory> {
    let entry = catalog.training_stack(software::USUAL)?;
    let (shape, recipe) = (Shape::of(model), usual(entry));
    let batch = Batch { sequence, micro, accumulation: 1 };
    let job = Job { shape: &shape, recipe: &recipe, stack: &entry.stack, layout: Layout::ONE, batch };
    Some(peak(&job))
}

/// What a software does where nobody says otherwise.
fn usual(stack: &StackEntry) -> Recipe {
    Recipe {
        optimizer: if stack.foreach { Optimizer::AdamWForeach } else { Optimizer::AdamW },
        in_backward: false,
        paged: false,
        master: stack.master,
        gradient_bytes: usual_gradient(stack, stack.master),
        compute: ScalarFormat::Bf16,
        compiled: false,
        sharding: stack.sharding,
        shard_group: None,
        recompute: Recompute::None,
        loss: stack.loss,
        attention: AttentionKernel::Flash,
        sequence_parallel: stack.sequence_parallel,
        tensor_overlap: None,
        schedule: Schedule::OneForwardOneBackward,
        offload: Offload::default(),
        adapter: None,
        imbalance: 1.0,
        fine_scales: false,
        kept_input: 2.0,
        uneven: None,
        multi_token: 0,
    }
}

/// Bytes of a gradient: those of the master copy, unless they are copied to its format for the optimizer's step.
const fn usual_gradient(stack: &StackEntry, master: bool) -> f64 {
    if master && !stack.stack.step_gradients { 4.0 } else { 2.0 }
}

/// Says what was chosen of the layout.
fn chosen(planned: &Planned, request: &TrainRequest, defaults: &mut Defaults) {
    let why =
        if planned.fits() { "the fastest layout that fits" } else { "the layout that needs least memory" };
    let Layout { dp, tp, pp, vpp, cp, ep, etp } = planned.chosen.layout;
    let own = [
        ("--tp", request.layout.tp, tp),
        ("--pp", request.layout.pp, pp),
        ("--vpp", request.layout.vpp, vpp),
        ("--cp", request.layout.cp, cp),
        ("--ep", request.layout.ep, ep),
        ("--etp", request.layout.etp, etp),
        ("--dp", request.layout.dp, dp),
        ("--micro-batch", request.batch.micro_batch, planned.chosen.batch.micro),
    ];
    for (flag, stated, value) in own {
        if stated.is_none() && (value > 1 || matches!(flag, "--tp" | "--dp" | "--micro-batch")) {
            defaults.take(flag, value.to_string(), why);
        }
    }
    if pp > 1 && request.layout.schedule.is_none() {
        defaults.take("--schedule", if vpp > 1 { "interleaved" } else { "1f1b" }, why);
    }
    if tp > 1 && request.layout.sequence_parallel.is_none() {
        defaults.take("--sequence-parallel", "true", HABIT);
    }
    if request.recipe.recompute.is_none() {
        let name = super::report::recompute_name(planned.job().recipe.recompute);
        defaults.take("--recompute", name, why);
    }
}

/// A count that must not be zero.
fn positive(count: Option<Count>, flag: &'static str) -> Result<Option<u64>, ApiError> {
    match count {
        Some(Count(0)) => {
            Err(ApiError::input("train.zero_count", format!("{flag} is 0, and nothing would be trained"))
                .at(flag)
                .help("give a whole count above 0"))
        }
        other => Ok(other.map(|count| count.0)),
    }
}

fn fixed(request: &TrainRequest) -> Result<Fixed, ApiError> {
    Ok(Fixed {
        tp: positive(request.layout.tp, "--tp")?,
        pp: positive(request.layout.pp, "--pp")?,
        vpp: positive(request.layout.vpp, "--vpp")?,
        cp: positive(request.layout.cp, "--cp")?,
        ep: positive(request.layout.ep, "--ep")?,
        etp: positive(request.layout.etp, "--etp")?,
        dp: positive(request.layout.dp, "--dp")?,
        micro: positive(request.batch.micro_batch, "--micro-batch")?,
        ..Fixed::default()
    })
}

/// Sequences of a step: about four million tokens, in whole shares for every rank that there can be.
fn batch(
    request: &TrainRequest,
    cluster: &Cluster,
    sequence: u64,
    fixed: Fixed,
    defaults: &mut Defaults,
) -> Result<u64, ApiError> {
    if let Some(stated) = positive(request.batch.global_batch, "--global-batch")? {
        return Ok(stated);
    }
    let ranks = cluster.accelerators() * fixed.micro.unwrap_or(1);
    let usual = (USUAL_STEP_TOKENS / sequence).max(1).next_multiple_of(ranks.max(1));
    defaults.take("--global-batch", usual.to_string(), "about four million tokens a step");
    Ok(usual)
}

/// The recipe, and whether it says what is computed again.
fn recipe(
    request: &TrainRequest,
    stack: &StackEntry,
    cluster: &Cluster,
    adapter: Option<Adapter>,
    defaults: &mut Defaults,
) -> Result<(Recipe, bool), ApiError> {
    let usual = usual(stack);
    let word = request.recipe.precision.as_deref();
    let compute = word.map_or_else(|| Ok(usual_format(cluster, defaults)), names::precision)?;
    let names::Steps { optimizer, in_backward, paged } = steps(&request.recipe, usual.optimizer)?;
    let master = request.recipe.master.as_deref().map_or(Ok(usual.master), names::master)?;
    let gradients = usual_gradient(stack, master);
    habits(&request.recipe, stack, gradients, defaults);
    let (sharding, shard_group) = sharding(request, stack, cluster, defaults)?;
    let (schedule, imbalance) = (checks::schedule(&request.layout)?.0, imbalance(request)?);
    let recompute = request.recipe.recompute.as_deref().map(names::recompute).transpose()?;
    let recipe = Recipe {
        optimizer,
        in_backward,
        paged,
        master,
        gradient_bytes: request.recipe.gradients.as_deref().map_or(Ok(gradients), names::gradients)?,
        compute,
        fine_scales: word.is_some_and(names::fine_scales),
        kept_input: word.map_or(usual.kept_input, names::kept_input),
        compiled: request.recipe.compile.unwrap_or(usual.compiled),
        sharding,
        shard_group,
        recompute: recompute.unwrap_or(usual.recompute),
        loss: request.recipe.loss.as_deref().map_or(Ok(usual.loss), names::loss)?,
        attention: request.recipe.attention.as_deref().map_or(Ok(usual.attention), names::attention)?,
        sequence_parallel: request.layout.sequence_parallel.unwrap_or(usual.sequence_parallel),
        tensor_overlap: request.layout.tensor_overlap,
        schedule,
        offload: request.recipe.offload.as_deref().map(names::offload).transpose()?.unwrap_or_default(),
        adapter,
        imbalance,
        uneven: None,
        multi_token: request.recipe.multi_token.map_or(usual.multi_token, |count| count.0),
    };
    Ok((recipe, recompute.is_some()))
}

/// The optimizer, and how it steps.
fn steps(request: &RecipeRequest, usual: Optimizer) -> Result<names::Steps, ApiError> {
    request.optimizer.as_deref().map_or(Ok(names::Steps::plain(usual)), names::optimizer)
}

/// The 16-bit format that the accelerator has, or fp32.
fn usual_format(cluster: &Cluster, defaults: &mut Defaults) -> ScalarFormat {
    let peaks = &cluster.accelerator.peaks;
    let (name, format) = match (peaks.bf16, peaks.fp16) {
        (None, Some(_)) => ("fp16", ScalarFormat::Fp16),
        (None, None) if peaks.fp32.is_some() => ("fp32", ScalarFormat::Fp32),
        _ => ("bf16", ScalarFormat::Bf16),
    };
    defaults.take("--precision", name, "nothing else was asked for");
    format
}

/// Says what the software does by itself.
fn habits(recipe: &RecipeRequest, stack: &StackEntry, gradients: f64, defaults: &mut Defaults) {
    if recipe.optimizer.is_none() {
        let name = if stack.foreach { "adamw-foreach" } else { "adamw" };
        defaults.take("--optimizer", name, HABIT);
    }
    if recipe.master.is_none() {
        defaults.take("--master", if stack.master { "fp32" } else { "none" }, HABIT);
    }
    if recipe.gradients.is_none() {
        defaults.take("--gradients", if gradients > 2.0 { "fp32" } else { "bf16" }, HABIT);
    }
    if recipe.loss.is_none() {
        defaults.take("--loss", if stack.stack.eager { "full" } else { "fused" }, HABIT);
    }
    if recipe.attention.is_none() {
        defaults.take("--attention", "flash", HABIT);
    }
}

/// Largest over mean load of the experts.
fn imbalance(request: &TrainRequest) -> Result<f64, ApiError> {
    let imbalance = request.recipe.imbalance.unwrap_or(1.0);
    if !(1.0..=1e3).contains(&imbalance) {
        return Err(ApiError::input(
            "train.imbalance",
            format!("a largest load of {imbalance} times the mean cannot be"),
        )
        .at("--imbalance")
        .help("give a factor from 1, such as 1.2"));
    }
    Ok(imbalance)
}

/// How states are shared, with the ranks of a group.
fn sharding(
    request: &TrainRequest,
    stack: &StackEntry,
    cluster: &Cluster,
    defaults: &mut Defaults,
) -> Result<(Sharding, Option<u64>), ApiError> {
    let Some((sharding, group)) = names::sharding(request, u64::from(cluster.per_node))? else {
        let name = super::report::zero(stack.sharding).to_string();
        defaults.take("--zero", name, HABIT);
        return Ok((stack.sharding, None));
    };
    Ok((sharding, group))
}

/// The recomputations that are tried where the request leaves it open.
fn choices(base: Recipe, shape: &Shape) -> Vec<Recipe> {
    let latent = if checks::is_latent(shape) { Parts::LATENT_UP } else { Parts::NONE };
    let parts = Parts::NORMS.and(Parts::ACTIVATION).and(latent);
    let all = [Recompute::Full, Recompute::Selective(parts), Recompute::None];
    // What lies in the host's memory are the inputs of layers that are computed again.
    let tried = if base.offload.activations { &all[..1] } else { &all };
    tried.iter().rev().map(|recompute| Recipe { recompute: *recompute, ..base }).collect()
}
