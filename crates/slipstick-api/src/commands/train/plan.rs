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
        Parts, Recipe, Recompute, Schedule, Shape, Sharding, StageMemory, allowed, peak,
        search::{Candidate, Fixed, Found, Objective, Space, search},
    },
    units::{Bytes, Seconds},
};

use super::{
    TrainRequest, names,
    software::{self, Software},
};
use crate::{
    ApiError,
    request::Count,
    resolve::{Assumption, Resolver},
};

const USUAL_SEQUENCE: u64 = 4096;
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
    pub(crate) convention: Convention,
    pub(crate) objective: Objective,
    pub(crate) sequence: u64,
    pub(crate) global_batch: u64,
    pub(crate) capacity: Bytes,
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
    /// Accelerators, where nobody names them.
    pub(crate) cluster: Option<Arc<Cluster>>,
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
            capacity: self.capacity,
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
    let cluster = given.cluster.map_or_else(|| resolver.cluster(&request.on), Ok)?;
    let software = Software::of(request.recipe.stack.as_deref(), resolver.catalog(), &mut defaults)?;
    let stack = &software.entry;
    let shape = if stack.unties { shape.untied() } else { shape };
    let (base, recompute_given) = recipe(request, stack, &cluster, given.adapter, &mut defaults)?;
    let recipes = if recompute_given { vec![base] } else { choices(base) };
    let sequence = sequence(request, &mut defaults)?;
    let fixed = fixed(request)?;
    let global_batch = batch(request, &cluster, sequence, fixed, &mut defaults)?;
    let efficiency = efficiency(stack, &cluster, &shape, &base, resolver.catalog());
    let (meter_fits, unstated_meter) =
        resolver.catalog().memory_fits(&stack.stack.name, base.adapter.is_some());
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
        convention: request.recipe.flops.as_deref().map_or(Ok(Convention::Causal), names::convention)?,
        objective: request.objective.as_deref().map_or(Ok(Objective::Time), names::objective)?,
        sequence,
        global_batch,
        capacity: Bytes::ZERO,
        fixed,
        found: Found::default(),
        chosen: alone_at(sequence),
        defaults: Vec::new(),
    };
    settle(planned, request, defaults)
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
fn settle(mut planned: Planned, request: &TrainRequest, mut defaults: Defaults) -> Result<Planned, ApiError> {
    let memory = planned.cluster.accelerator.memory;
    planned.capacity = allowed(&planned.software.entry.stack, memory, &planned.meter_fits);
    planned.found = search(&planned.space(), planned.objective);
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
    stack: &StackEntry,
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
    catalog.training_efficiency(&cluster.accelerator, &stack.stack.name, precision, work)
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
        schedule: Schedule::OneForwardOneBackward,
        offload: Offload::default(),
        adapter: None,
        imbalance: 1.0,
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
    if request.recipe.recompute.is_none() {
        let name = super::report::recompute_name(planned.job().recipe.recompute);
        defaults.take("--recompute", name, why);
    }
}

/// Why no layout at all is valid.
fn refusal(planned: &Planned) -> ApiError {
    let all = planned.cluster.accelerators();
    let own = |given: Option<u64>| given.unwrap_or(1);
    let Fixed { tp, pp, vpp, cp, ep, etp, dp, micro } = planned.fixed;
    let (tp, pp, cp) = (own(tp), own(pp), own(cp));
    let part = tp.saturating_mul(pp).saturating_mul(cp);
    if part == 0 || !all.is_multiple_of(part) || dp.is_some_and(|dp| dp.saturating_mul(part) != all) {
        let message = dp.map_or_else(
            || format!("tp {tp} x pp {pp} x cp {cp} do not divide {all} accelerators"),
            |dp| format!("tp {tp} x pp {pp} x cp {cp} x dp {dp} are not {all} accelerators"),
        );
        return ApiError::input("train.accelerators", message)
            .at("--on")
            .help("give degrees whose product divides the accelerators, or leave some to be chosen");
    }
    let dp = all / part;
    let micro = own(micro);
    let ranks = dp.saturating_mul(micro);
    if ranks == 0 || !planned.global_batch.is_multiple_of(ranks) {
        let message = format!(
            "{} sequences a step cannot be split between {dp} data-parallel ranks in micro-batches of {micro}",
            planned.global_batch
        );
        return ApiError::input("train.batch", message)
            .at("--global-batch")
            .help(format!("give a multiple of {ranks}"));
    }
    let batch = Batch { sequence: planned.sequence, micro, accumulation: planned.global_batch / ranks };
    let layout = Layout { dp, tp, pp, vpp: own(vpp), cp, ep: own(ep), etp: own(etp) };
    match layout.check(&planned.shape, batch) {
        Err(error) => ApiError::from(error),
        Ok(()) => ApiError::input("train.layout", "no layout of these degrees is valid")
            .at("--on")
            .help("leave some degrees to be chosen"),
    }
}

impl From<slipstick_core::training::LayoutError> for ApiError {
    fn from(error: slipstick_core::training::LayoutError) -> Self {
        use slipstick_core::training::LayoutError;
        let (flag, help) = match error {
            LayoutError::Zero(_) => ("--on", "give degrees from 1"),
            LayoutError::Accelerators { .. } => {
                ("--on", "give degrees whose product divides the accelerators")
            }
            LayoutError::Heads { .. } => ("--tp", "give a divisor of the query heads"),
            LayoutError::Stages { .. } => ("--pp", "give fewer stages or chunks"),
            LayoutError::Rounds { .. } => {
                ("--vpp", "give micro-batches that are a multiple of the stages, or --vpp 1")
            }
            LayoutError::Sequence { .. } => ("--cp", "give a sequence that is a multiple of twice --cp"),
            LayoutError::NoExperts(_) => ("--ep", "leave it out: the model is dense"),
            LayoutError::Experts { .. } => ("--ep", "give a divisor of the experts"),
            LayoutError::ExpertRanks { .. } => ("--ep", "give ep x etp that divides tp x cp x dp"),
        };
        Self::input("train.layout", error.to_string()).at(flag).help(help)
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
    let compute = request.recipe.precision.as_deref().map_or(Ok(usual.compute), names::precision)?;
    let own = request.recipe.optimizer.as_deref().map(names::optimizer).transpose()?;
    let names::Steps { optimizer, in_backward, paged } = own.unwrap_or(names::Steps::plain(usual.optimizer));
    habits(request, stack, defaults);
    let master = request.recipe.master.as_deref().map_or(Ok(usual.master), names::master)?;
    let gradients = usual_gradient(stack, master);
    let (sharding, shard_group) = sharding(request, stack, cluster, defaults)?;
    let (schedule, imbalance) = (schedule(request)?, imbalance(request)?);
    let recompute = request.recipe.recompute.as_deref().map(names::recompute).transpose()?;
    let recipe = Recipe {
        optimizer,
        in_backward,
        paged,
        master,
        gradient_bytes: request.recipe.gradients.as_deref().map_or(Ok(gradients), names::gradients)?,
        compute,
        compiled: request.recipe.compile.unwrap_or(usual.compiled),
        sharding,
        shard_group,
        recompute: recompute.unwrap_or(usual.recompute),
        loss: request.recipe.loss.as_deref().map_or(Ok(usual.loss), names::loss)?,
        attention: request.recipe.attention.as_deref().map_or(Ok(usual.attention), names::attention)?,
        sequence_parallel: request.layout.sequence_parallel.unwrap_or(usual.sequence_parallel),
        schedule,
        offload: request.recipe.offload.as_deref().map(names::offload).transpose()?.unwrap_or_default(),
        adapter,
        imbalance,
        multi_token: request.recipe.multi_token.map_or(usual.multi_token, |count| count.0),
    };
    Ok((recipe, recompute.is_some()))
}

/// Says what the software does by itself.
fn habits(request: &TrainRequest, stack: &StackEntry, defaults: &mut Defaults) {
    if request.recipe.precision.is_none() {
        defaults.take("--precision", "bf16", "nothing else was asked for");
    }
    if request.recipe.optimizer.is_none() {
        let name = if stack.foreach { "adamw-foreach" } else { "adamw" };
        defaults.take("--optimizer", name, "the software's habit");
    }
}

/// The order of micro-batches.
fn schedule(request: &TrainRequest) -> Result<Schedule, ApiError> {
    let (schedule, interleaved) = request
        .layout
        .schedule
        .as_deref()
        .map_or(Ok((Schedule::OneForwardOneBackward, false)), names::schedule)?;
    if interleaved && request.layout.vpp.is_some_and(|vpp| vpp.0 < 2) {
        return Err(ApiError::input("train.schedule", "interleaved stages have at least two chunks each")
            .at("--vpp")
            .help("give --vpp 2 or more, or --schedule 1f1b"));
    }
    Ok(schedule)
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

fn sharding(
    request: &TrainRequest,
    stack: &StackEntry,
    cluster: &Cluster,
    defaults: &mut Defaults,
) -> Result<(Sharding, Option<u64>), ApiError> {
    let Some((sharding, group)) = names::sharding(request, u64::from(cluster.per_node))? else {
        let name = super::report::zero(stack.sharding).to_string();
        defaults.take("--zero", name, "the software's habit");
        return Ok((stack.sharding, None));
    };
    // Pipelines keep several micro-batches in flight; weights that are gathered for each would cross the network each time.
    let splits = request.layout.pp.is_some_and(|pp| pp.0 > 1);
    if stack.stack.name.starts_with("megatron") && matches!(sharding, Sharding::Weights) && splits {
        return Err(ApiError::input(
            "train.sharding",
            format!("{} shares no weights between the stages of a pipeline", stack.stack.name),
        )
        .at("--zero")
        .help("give --zero 1 with --pp, or --stack torchtitan"));
    }
    Ok((sharding, group))
}

/// The recomputations that are tried where the request leaves it open.
fn choices(base: Recipe) -> Vec<Recipe> {
    let parts = Parts::NORMS.and(Parts::ACTIVATION).and(Parts::LATENT_UP);
    [Recompute::None, Recompute::Selective(parts), Recompute::Full]
        .map(|recompute| Recipe { recompute, ..base })
        .to_vec()
}
