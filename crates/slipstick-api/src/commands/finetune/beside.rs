//! Models beside the one that is trained: reference, reward, critic, and the engine that draws samples.

use slipstick_catalog::Catalog;
use slipstick_core::{
    hardware::Cluster,
    training::{Job, Shape, Sharding, StageMemory, stages},
    units::Bytes,
};

use super::{FinetuneRequest, algorithm::Algorithm, method::Asked};
use crate::{
    ApiError, World,
    commands::{
        memory::{MemoryRequest, memory},
        train::Planned,
    },
    request::{Count, DeploymentRequest},
    resolve::Resolver,
};

/// Share of an accelerator that a rollout engine takes, where nobody says.
const USUAL_SHARE: f64 = 0.3;
const USUAL_GENERATIONS: u64 = 8;
/// The same of an accelerator that does nothing else: half of it is for the cache.
const APART_SHARE: f64 = 0.5;

/// A model beside the one that is trained.
#[derive(Debug, Clone)]
pub(super) struct Beside {
    /// What it is for.
    pub(super) role: &'static str,
    /// Its name.
    pub(super) model: String,
    /// What it holds of each accelerator.
    pub(super) bytes: Bytes,
    /// Whether it is held while weights are trained.
    pub(super) while_training: bool,
    /// Bytes that ranks which share weights share.
    shared: Bytes,
    /// Why it is that much.
    pub(super) why: String,
    /// What it is made of.
    pub(super) made: Made,
    /// Its parameters.
    pub(super) parameters: u64,
}

/// What the memory of a further model is made of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Made {
    /// Nothing of its own.
    Nothing,
    /// 16-bit weights of so many parameters, between so many ranks.
    Weights(u64, u64),
    /// Weights, gradients and optimizer state.
    States([Bytes; 3]),
    /// A share of the device, and no less than what is needed.
    Share(f64, Bytes),
}

impl Beside {
    /// What it holds where so many ranks share weights.
    pub(super) fn on(&self, ranks: u64) -> Bytes {
        if self.shared > Bytes::ZERO { self.shared.split(ranks) } else { self.bytes }
    }
}

/// What a question is asked of.
pub(super) struct Context<'a> {
    pub(super) request: &'a FinetuneRequest,
    pub(super) asked: &'a Asked,
    pub(super) planned: &'a Planned,
    pub(super) resolver: &'a Resolver<'a>,
    pub(super) catalog: &'a Catalog,
    pub(super) world: &'a dyn World,
}

/// All further models.
///
/// # Errors
/// If one is not known, or the engine cannot be asked for on these accelerators.
pub(super) fn beside(context: &Context<'_>) -> Result<Vec<Beside>, ApiError> {
    let (request, algorithm) = (context.request, context.asked.algorithm);
    let mut models = Vec::new();
    if algorithm.compares() || request.models.reference {
        models.push(context.reference());
    }
    if algorithm == Algorithm::Ppo || request.models.reward_model.is_some() {
        models.push(context.reward()?);
    }
    if algorithm == Algorithm::Ppo {
        models.push(context.critic()?);
    }
    if algorithm.samples() && request.models.rollout_on.is_none() {
        models.push(context.engine()?);
    }
    Ok(models)
}

/// Ranks of an engine: what is asked for, else the fewest of a node between which the weights fit into its share.
///
/// # Errors
/// If what is asked for does not divide the accelerators.
pub(super) fn engine_ranks(
    request: &FinetuneRequest,
    parameters: u64,
    cluster: &Cluster,
) -> Result<u64, ApiError> {
    let Some(stated) = request.models.rollout_tp else {
        return Ok(usual_ranks(request, parameters, cluster));
    };
    let all = cluster.accelerators();
    if stated.0 > 0 && all.is_multiple_of(stated.0) {
        return Ok(stated.0);
    }
    let message = format!("engines of {} ranks do not share {all} accelerators evenly", stated.0);
    Err(ApiError::input("finetune.rollout_tp", message)
        .at("--rollout-tp")
        .help("give a power of two that divides them"))
}

fn usual_ranks(request: &FinetuneRequest, parameters: u64, cluster: &Cluster) -> u64 {
    let alone = request.models.rollout_on.is_some();
    let share = if alone { APART_SHARE } else { request.models.engine_share.unwrap_or(USUAL_SHARE) };
    let room = cluster.accelerator.memory.fraction(share);
    let all = cluster.accelerators();
    let most = all.min(u64::from(cluster.per_node));
    let counts =
        core::iter::successors(Some(1_u64), |ranks| Some(ranks * 2)).take_while(|ranks| *ranks <= most);
    let divides = |ranks: &u64| all.is_multiple_of(*ranks);
    let fits = |ranks: &u64| Bytes::new(2 * parameters).split(*ranks) <= room;
    let mut possible = counts.filter(divides);
    possible.clone().find(fits).or_else(|| possible.by_ref().last()).unwrap_or(1)
}

impl Context<'_> {
    /// Ranks that share weights.
    fn ranks(&self) -> u64 {
        let job = self.planned.job();
        let group = job.recipe.shard_group.unwrap_or(u64::MAX);
        if job.recipe.sharding == Sharding::Weights { job.layout.replicas().min(group) } else { 1 }
    }

    fn frozen(&self, role: &'static str, model: String, parameters: u64) -> Beside {
        let (shared, ranks) = (Bytes::new(2 * parameters), self.ranks());
        let why = if ranks > 1 {
            format!("16-bit weights, between {ranks} ranks")
        } else {
            "16-bit weights".to_owned()
        };
        let made = Made::Weights(parameters, ranks);
        Beside {
            role,
            model,
            bytes: shared.split(ranks),
            while_training: true,
            shared,
            why,
            made,
            parameters,
        }
    }

    fn reference(&self) -> Beside {
        let (role, model) = ("reference", self.planned.name.clone());
        if self.asked.adapter.is_some_and(|adapter| adapter.is_on_matrices()) {
            let why = "the model with its adapters switched off".to_owned();
            let (bytes, shared) = (Bytes::ZERO, Bytes::ZERO);
            let (made, parameters) = (Made::Nothing, self.planned.shape.parameters());
            return Beside { role, model, bytes, while_training: true, shared, why, made, parameters };
        }
        self.frozen(role, model, self.planned.shape.parameters())
    }

    fn other(&self, name: &str) -> Result<(String, Shape), ApiError> {
        let model = self.resolver.model(name, self.request.allow_unknown)?;
        Ok((model.name.clone(), Shape::of(&model.model)))
    }

    fn reward(&self) -> Result<Beside, ApiError> {
        let (name, parameters) = match self.request.models.reward_model.as_deref() {
            Some(name) => {
                let (name, shape) = self.other(name).map_err(|error| error.at("--reward-model"))?;
                (name, shape.parameters())
            }
            None => (self.planned.name.clone(), self.planned.shape.parameters()),
        };
        Ok(self.frozen("reward", name, parameters))
    }

    /// Trained as the model is, in turn with it.
    fn critic(&self) -> Result<Beside, ApiError> {
        let other = self.request.models.critic_model.as_deref();
        let other = other.map(|name| self.other(name)).transpose();
        let other = other.map_err(|error| error.at("--critic-model"))?;
        let job = self.planned.job();
        let (name, shape) = match &other {
            Some((name, shape)) => (name.clone(), shape),
            None => (self.planned.name.clone(), &self.planned.shape),
        };
        let most = stages(&Job { shape, ..job }).into_iter().max_by_key(StageMemory::states);
        let states = most.map(|most| [most.weights, most.gradients, most.optimizer]).unwrap_or_default();
        let bytes: Bytes = states.into_iter().sum();
        let why = "weights, gradients and optimizer state, trained as the model is".to_owned();
        let shared = if self.ranks() > 1 { bytes.times(self.ranks()) } else { bytes };
        let made = Made::States(states);
        let parameters = shape.parameters();
        Ok(Beside { role: "critic", model: name, bytes, while_training: true, shared, why, made, parameters })
    }

    /// A serving engine on each accelerator: it takes its share of the device, however little it needs.
    fn engine(&self) -> Result<Beside, ApiError> {
        let share = self.request.models.engine_share.unwrap_or(USUAL_SHARE);
        let capacity = self.planned.cluster.accelerator.memory;
        let samples = self.request.models.generations.map_or(USUAL_GENERATIONS, |count| count.0);
        let sequence = self.planned.job().batch.sequence;
        let bytes = capacity.fraction(share);
        let need = self.needs(samples, sequence)?;
        let mut why = format!(
            "{:.0} % of the accelerator; 16-bit weights and the cache of {samples} sequences of {sequence} tokens need {need}",
            100.0 * share
        );
        if need > bytes {
            why.push_str(", which is more");
        }
        let (role, model) = ("rollout engine", self.planned.name.clone());
        let while_training = !self.request.models.sleep;
        let (shared, made) = (Bytes::ZERO, Made::Share(share, need));
        let parameters = self.planned.shape.parameters();
        Ok(Beside { role, model, bytes: bytes.max(need), while_training, shared, why, made, parameters })
    }

    /// What an engine of one accelerator needs, as `memory` says it.
    fn needs(&self, samples: u64, sequence: u64) -> Result<Bytes, ApiError> {
        let accelerator = &self.planned.cluster.accelerator;
        let known = self.catalog.accelerator(&accelerator.id).is_ok();
        let tp = engine_ranks(self.request, self.planned.shape.parameters(), &self.planned.cluster)?;
        let on = if known { format!("{}:{tp}", accelerator.id) } else { self.request.on.clone() };
        let deployment = DeploymentRequest {
            tp: Some(Count(tp)),
            dp: (!known).then(|| Count(self.planned.cluster.accelerators() / tp)),
            quant: Some("bf16".to_owned()),
            allow_unknown: self.request.allow_unknown,
            ..DeploymentRequest::new(self.request.model.clone(), on)
        };
        let request = MemoryRequest {
            deployment,
            context: Some(Count(sequence)),
            concurrency: Some(Count(samples * tp)),
        };
        let held = memory(&request, self.catalog, self.world);
        let held = held.map_err(|error| if tp > 1 { error.at("--rollout-tp") } else { error })?.report.memory;
        let rank = held.per_accelerator;
        Ok(rank.weights_bytes.0 + rank.kv_cache_bytes.0 + rank.state_bytes.0 + rank.activations_bytes.value)
    }
}
