//! The model that costs least to train and to serve at the same loss: in work, and in money where prices are known.

use std::sync::Arc;

use slipstick_core::{
    estimate::Verdict,
    formulas::training::budget::{
        hours_of_work, price_of_hours, price_of_tokens, saving, tokens_at_training_price, training_work,
    },
    hardware::Cluster,
    units::Usd,
};
use slipstick_methods::scaling::parametric::lifetime_flops;

use super::{
    ScaleRequest,
    laws::Chosen,
    place::{Place, Rate},
    solve::Training,
};
use crate::{
    ApiError,
    commands::estimate::{of_resolved, workload},
    request::{Count, DeploymentRequest, LoadRequest},
    resolve::{Assumption, ResolvedModel, Resolver},
};

/// Requests in flight where nobody says: a service that is used, not a single user.
const USUAL_CONCURRENCY: u64 = 64;
/// Beyond these no model is served as one replica.
const MOST: u64 = 64;
/// Rounds in which prices and the size that they are best for must agree.
const ROUNDS: usize = 12;

/// Training and serving over a lifetime.
#[derive(Debug, Clone)]
pub(super) struct Lifetime {
    pub(super) inference_tokens: f64,
    /// The same at the price of training, and the prices that say so; none without prices.
    pub(super) weighed: Option<(f64, Bill)>,
    pub(super) parameters: f64,
    pub(super) tokens: f64,
    pub(super) flops: f64,
    pub(super) base_flops: f64,
    pub(super) saving: f64,
    pub(super) money: Option<Money>,
}

/// The same in dollars.
#[derive(Debug, Clone)]
pub(super) struct Money {
    /// How the smaller model is trained and served, and the one that it replaces.
    pub(super) own: Bill,
    pub(super) base: Bill,
    pub(super) saving: f64,
}

/// What one model costs over its lifetime.
#[derive(Debug, Clone)]
pub(super) struct Bill {
    pub(super) rate: Rate,
    pub(super) hours: f64,
    pub(super) training: Usd,
    pub(super) per_million: Usd,
    pub(super) served_on: String,
    pub(super) serving: Usd,
    pub(super) defaults: Vec<Assumption>,
}

impl Bill {
    pub(super) fn total(&self) -> Usd {
        Usd::dollars(self.training.get() + self.serving.get())
    }
}

/// What serving a million tokens of a model costs, and on what.
#[derive(Debug, Clone)]
struct Served {
    per_million: Usd,
    on: String,
    /// What stood in for what was not said of the load.
    defaults: Vec<Assumption>,
}

/// Where a model is served, and under which load.
struct Service<'a> {
    request: &'a ScaleRequest,
    resolver: &'a Resolver<'a>,
    cluster: Arc<Cluster>,
}

impl<'a> Service<'a> {
    fn of(
        request: &'a ScaleRequest,
        resolver: &'a Resolver<'a>,
        training: &Cluster,
    ) -> Result<Self, ApiError> {
        let cluster = match &request.serve_on {
            Some(on) => resolver.cluster(on).map_err(|error| error.at("--serve-on"))?,
            None => Arc::new(Cluster { per_node: 1, nodes: 1, ..training.clone() }),
        };
        Ok(Self { request, resolver, cluster })
    }

    /// On the fewest accelerators that hold the model and the load; none where nobody offers them.
    fn price(&self, model: &Arc<ResolvedModel>) -> Result<Option<Served>, ApiError> {
        let mut cluster = (*self.cluster).clone();
        loop {
            let deployment = DeploymentRequest::new(model.name.clone(), cluster.accelerator.id.clone());
            let resolved =
                self.resolver.resolve_on(Arc::clone(model), Arc::new(cluster.clone()), &deployment)?;
            let load = LoadRequest {
                concurrency: self.request.load.concurrency.or(Some(Count(USUAL_CONCURRENCY))),
                ..self.request.load.clone()
            };
            let mut defaults = Vec::new();
            if self.request.load.concurrency.is_none() {
                let why = "a service that is used".to_owned();
                let value = USUAL_CONCURRENCY.to_string();
                defaults.push(Assumption { flag: "--concurrency", value, why });
            }
            let workload = workload(&load, &model.model, self.resolver.catalog(), &mut defaults)?;
            let mut prices = self.request.prices.clone();
            prices.price = None;
            let answer = of_resolved(resolved, workload, &prices, self.resolver, false)?;
            if answer.memory.verdict == Verdict::Holds {
                let on = format!("{} x {}", cluster.accelerators(), cluster.accelerator.name);
                let cost = answer.estimate.and_then(|estimate| estimate.cost);
                return Ok(cost.map(|cost| Served { per_million: cost.blended, on, defaults }));
            }
            let node = cluster.accelerator.node_size.max(1);
            if cluster.accelerators() * 2 > MOST {
                return Ok(None);
            }
            if cluster.per_node < node {
                cluster.per_node = (cluster.per_node * 2).min(node);
            } else {
                cluster.nodes *= 2;
            }
        }
    }
}

impl Service<'_> {
    /// What training a model on so many tokens and serving so many costs; none where prices are not known.
    fn bill(
        &self,
        place: &mut Place<'_>,
        (parameters, tokens): (f64, f64),
        served: f64,
    ) -> Result<Option<Bill>, ApiError> {
        let (rate, model) = (place.rate(parameters)?, place.model(parameters)?);
        let (Some(one), Some(service)) = (rate.price_of_one(), self.price(&model)?) else { return Ok(None) };
        let hours = hours_of_work(training_work(parameters, tokens), rate.each);
        Ok(Some(Bill {
            rate,
            hours,
            training: price_of_hours(hours, one),
            per_million: service.per_million,
            served_on: service.on,
            serving: price_of_tokens(served, service.per_million),
            defaults: service.defaults,
        }))
    }
}

/// The model that replaces the one of a training, for so many tokens served.
pub(super) fn lifetime(
    request: &ScaleRequest,
    training: &Training,
    law: &Chosen,
    place: Option<&mut Place<'_>>,
    resolver: &Resolver<'_>,
) -> Result<Option<Lifetime>, ApiError> {
    let Some(tokens) = request.inference_tokens.map(|count| count.0 as f64) else { return Ok(None) };
    let loss = training.loss.ok_or_else(|| law.silent("lifetime_tokens"))?;
    let replaced = |served: f64| -> Result<(f64, f64), ApiError> {
        let inputs = [("target_loss", loss), ("inference_tokens", served)];
        let of = |quantity: &str| law.ask(quantity, &inputs).map_err(|error| law.refusal(quantity, &error));
        Ok((of("lifetime_parameters")?, of("lifetime_tokens")?))
    };
    let in_work = replaced(tokens)?;
    let priced = match place {
        Some(place) => in_money(request, training, tokens, in_work, &replaced, place, resolver)?,
        None => None,
    };
    let (weighed, (parameters, trained), money) = match priced {
        Some(Priced { weighed, at, found, money }) => (Some((weighed, at)), found, Some(money)),
        None => (None, in_work, None),
    };
    let flops = lifetime_flops(parameters, trained, tokens);
    let base_flops = lifetime_flops(training.parameters, training.tokens, tokens);
    Ok(Some(Lifetime {
        inference_tokens: tokens,
        weighed,
        parameters,
        tokens: trained,
        flops,
        base_flops,
        saving: saving(flops, base_flops),
        money,
    }))
}

/// The model that costs least in money.
struct Priced {
    weighed: f64,
    /// The prices that the served tokens were weighed with.
    at: Bill,
    found: (f64, f64),
    money: Money,
}

/// The same with what training and serving cost here: the served tokens count as many as their price in training would
/// buy, at the size that this makes the best.
fn in_money(
    request: &ScaleRequest,
    training: &Training,
    served: f64,
    first: (f64, f64),
    replaced: &dyn Fn(f64) -> Result<(f64, f64), ApiError>,
    place: &mut Place<'_>,
    resolver: &Resolver<'_>,
) -> Result<Option<Priced>, ApiError> {
    let service = Service::of(request, resolver, &place.cluster)?;
    let mut bill = |parameters: f64, tokens: f64| service.bill(place, (parameters, tokens), served);
    let Some(base) = bill(training.parameters, training.tokens)? else { return Ok(None) };
    let Some(mut own) = bill(first.0, first.1)? else { return Ok(None) };
    for round in 1.. {
        let Some(one) = own.rate.price_of_one() else { return Ok(None) };
        let (size, token) = (own.rate.parameters, Usd::dollars(own.per_million.get() / 1e6));
        let weighed = tokens_at_training_price(served, token, size as f64, one, own.rate.each);
        let found = replaced(weighed)?;
        let Some(next) = bill(found.0, found.1)? else { return Ok(None) };
        // Two sizes may name each other; either is right to within a layer.
        if next.rate.parameters == size || round == ROUNDS {
            let saving = saving(next.total().get(), base.total().get());
            return Ok(Some(Priced { weighed, at: own, found, money: Money { own: next, base, saving } }));
        }
        own = next;
    }
    Ok(None)
}
