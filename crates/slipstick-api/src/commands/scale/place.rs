//! What accelerators do in an hour of training a model of a size: what `slipstick train` says of it.

use std::{collections::BTreeMap, sync::Arc};

use slipstick_catalog::training::run_assumptions;
use slipstick_core::{
    basis::Basis,
    formulas::training::budget::{price_of_one, useful_rate},
    hardware::{Cluster, Spread},
    trace::Trace,
    training::{Job, RunInputs, Shape, Taken, run},
    units::{FlopRate, Seconds, UsdPerHour},
};

use super::{ScaleRequest, family, laws::Chosen};
use crate::{
    ApiError,
    commands::{
        estimate::price,
        train::{Given, Planned, TrainRequest, plan, trained},
    },
    resolve::{ResolvedModel, Resolver},
};

/// Beyond these nobody grows a cluster to hold a model.
const MOST: u64 = 1 << 15;

/// Training a model of a size on some accelerators.
#[derive(Debug, Clone)]
pub(super) struct Rate {
    /// The model that was asked about, and how many parameters it has.
    pub(super) model: String,
    pub(super) parameters: u64,
    pub(super) accelerator: String,
    pub(super) accelerators: u64,
    pub(super) tokens_per_s: f64,
    pub(super) goodput: f64,
    /// Useful work of each as laws count it.
    pub(super) each: FlopRate,
    /// The dense peak of each.
    pub(super) peak: FlopRate,
    pub(super) layout: String,
    pub(super) spread: Option<Spread>,
    pub(super) basis: Basis,
    pub(super) fitted_on: String,
    /// Price of all of them, and who says so.
    pub(super) price: Option<UsdPerHour>,
    pub(super) price_source: Option<String>,
    pub(super) price_as_of: Option<String>,
    /// Whether more accelerators than named were needed to hold it.
    pub(super) grown: bool,
}

impl Rate {
    /// Price of one accelerator.
    pub(super) fn price_of_one(&self) -> Option<UsdPerHour> {
        self.price.map(|price| price_of_one(price, self.accelerators))
    }
}

/// Accelerators to train on, and what was found of them.
pub(super) struct Place<'a> {
    resolver: &'a Resolver<'a>,
    request: &'a ScaleRequest,
    pub(super) cluster: Arc<Cluster>,
    /// The model that is trained, if the request names one; else one of the family.
    model: Option<Arc<ResolvedModel>>,
    /// Experts of a layer, where the law is told of them.
    experts: Option<u64>,
    found: BTreeMap<u64, Rate>,
}

impl<'a> Place<'a> {
    /// The accelerators of a request; none if it names none.
    pub(super) fn of(
        request: &'a ScaleRequest,
        model: Option<Arc<ResolvedModel>>,
        law: &Chosen,
        resolver: &'a Resolver<'a>,
    ) -> Result<Option<Self>, ApiError> {
        let Some(on) = &request.on else { return Ok(None) };
        let cluster = resolver.cluster(on)?;
        let experts = request.experts.filter(|_| law.law.takes("experts")).map(|count| count.0);
        Ok(Some(Self { resolver, request, cluster, model, experts, found: BTreeMap::new() }))
    }

    /// The model of a size: the one that is named, or one of the family, with experts where the law has them.
    pub(super) fn model(&self, parameters: f64) -> Result<Arc<ResolvedModel>, ApiError> {
        match (&self.model, self.experts) {
            (Some(model), _) => Ok(Arc::clone(model)),
            (None, Some(experts)) => family::experts(parameters, experts),
            (None, None) => family::dense(parameters),
        }
    }

    /// What training a model of a size does here.
    pub(super) fn rate(&mut self, parameters: f64) -> Result<Rate, ApiError> {
        let model = self.model(parameters)?;
        let key = model.parameters.total;
        if let Some(known) = self.found.get(&key) {
            return Ok(known.clone());
        }
        let rate =
            self.planned(&model).and_then(|(planned, grown)| self.of_planned(&model, planned, grown))?;
        self.found.insert(key, rate.clone());
        Ok(rate)
    }

    /// The training on the accelerators that are named, or on the fewest more of them that hold it.
    fn planned(&self, model: &ResolvedModel) -> Result<(Planned, bool), ApiError> {
        let mut request = TrainRequest::new(model.name.clone(), self.request.on.clone().unwrap_or_default());
        request.batch.sequence = self.request.sequence;
        request.recipe.precision.clone_from(&self.request.precision);
        let shape = Shape::of(&model.model);
        let mut cluster = (*self.cluster).clone();
        let mut grown = false;
        loop {
            let given = Given {
                shape: Some(shape.clone()),
                cluster: Some(Arc::new(cluster.clone())),
                ..Given::default()
            };
            let planned = plan(&request, given, self.resolver);
            let next = larger(&cluster);
            match planned {
                Ok(planned) if planned.fits() => return Ok((planned, grown)),
                // Degrees that some count does not allow, another does.
                Err(error) if error.code != "train.layout" && error.code != "train.batch" => {
                    return Err(error);
                }
                Ok(_) | Err(_) if next.accelerators() <= MOST => {
                    cluster = next;
                    grown = true;
                }
                Err(error) => return Err(error),
                Ok(_) => {
                    let name = &self.cluster.accelerator.name;
                    let message = format!("{} does not fit on {MOST} {name} either", model.name);
                    return Err(ApiError::input("scale.no_fit", message)
                        .at("--on")
                        .help("name accelerators with more memory, or ask without --on"));
                }
            }
        }
    }

    fn of_planned(&self, model: &ResolvedModel, planned: Planned, grown: bool) -> Result<Rate, ApiError> {
        let trained = trained(planned)?;
        let planned = &trained.planned;
        let job = planned.job();
        let cluster = &planned.cluster;
        let accelerators = cluster.accelerators();
        let step = trained.step.total();
        let tokens = job.batch.tokens(job.layout.dp);
        let goodput = goodput(&job, cluster, step);
        let tokens_per_s = tokens as f64 / step.get();
        // Laws count the parameters that a token meets.
        let parameters = model.parameters.active;
        let priced = price(&self.request.prices, cluster, self.resolver)?;
        // A price that is typed is for the accelerators that are typed.
        let typed = self.request.prices.price.is_some();
        let share = if typed { accelerators as f64 / self.cluster.accelerators() as f64 } else { 1.0 };
        Ok(Rate {
            model: model.name.clone(),
            parameters,
            accelerator: cluster.accelerator.name.clone(),
            accelerators,
            tokens_per_s,
            goodput,
            each: useful_rate(parameters as f64, tokens_per_s, goodput, accelerators),
            peak: trained.peak,
            layout: format!("dp {} tp {} pp {}", job.layout.dp, job.layout.tp, job.layout.pp),
            spread: planned.efficiency.spread.map(Spread::inverse),
            basis: planned.basis(),
            fitted_on: format!("{} ({} runs)", planned.efficiency.fitted_on, planned.efficiency.points),
            price: priced.as_ref().map(|price| price.hourly * share),
            price_source: priced.as_ref().map(|price| price.source.clone()),
            price_as_of: priced.as_ref().and_then(|price| price.as_of.clone()),
            grown,
        })
    }
}

/// The next more accelerators: a node filled up, then twice the nodes.
fn larger(cluster: &Cluster) -> Cluster {
    let node = cluster.accelerator.node_size.max(1);
    if cluster.nodes == 1 && cluster.per_node < node {
        let per_node = (cluster.per_node * 2).min(node);
        return Cluster { per_node, ..cluster.clone() };
    }
    Cluster { nodes: cluster.nodes * 2, ..cluster.clone() }
}

/// The useful share of a run's time.
fn goodput(job: &Job<'_>, cluster: &Cluster, step: Seconds) -> f64 {
    let (accelerator, assumed) = (&cluster.accelerator, run_assumptions());
    // It does not depend on how long the run is.
    let tokens = Taken::assumed(job.batch.tokens(job.layout.dp));
    run(job, &RunInputs { accelerator, step, tokens, price: None, assumed: &assumed }, Trace::off()).goodput
}
