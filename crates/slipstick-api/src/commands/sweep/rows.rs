//! The rows of a sweep, worked out in the order of their numbers.

use core::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use slipstick_core::{
    estimate::{Verdict, answer::Requests, cost, serving::Service},
    trace::Trace,
    units::{Seconds, UsdPerHour},
    workload::Workload,
};

use super::{
    figures::{Figures, NONE, at},
    pooled,
    space::Space,
};
use crate::{
    ApiError,
    commands::estimate::{self, Sureness},
    request::{
        ArrivalRequest, Count, DeploymentRequest, EstimateRequest, LoadRequest, PoolsRequest, PriceRequest,
        Rate, format_name,
    },
    resolve::{
        Resolved, ResolvedPools, Resolver,
        pools::{answers, asked},
    },
};

/// What a row is that cannot be.
pub(super) const REFUSED: &str = "refused";

/// A value of the axis of formats: the checkpoint's own.
pub(super) const OWN_FORMAT: &str = "checkpoint";

/// A value of the axes of pools: workers that do both.
pub(super) const NO_POOL: &str = "none";

/// How much of a load there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Flight {
    /// Requests in flight.
    Kept(u64),
    /// Requests that arrive.
    Arriving(Rate),
}

/// One combination, worked out.
pub(super) struct Row<'a> {
    pub(super) id: u64,
    pub(super) verdict: &'static str,
    /// Why it is refused.
    pub(super) reason: Option<&'a str>,
    /// How well the efficiencies are known.
    pub(super) basis: &'static str,
    pub(super) figures: Figures,
    /// The deployment; none if it is refused.
    pub(super) deployed: Option<&'a Deployed>,
    /// Prompt and output tokens and requests in flight.
    pub(super) load: [u64; 3],
}

/// A deployment, and what every row of it says.
pub(super) struct Deployed {
    /// What it is, or a worker that writes.
    pub(super) resolved: Arc<Resolved>,
    /// Its pools, where workers that read are not those that write.
    pub(super) pools: Option<ResolvedPools>,
    /// What it costs by each price that is swept.
    hourly: Vec<Option<UsdPerHour>>,
    /// Its engine, the format of its weights, and that of its cache.
    pub(super) words: [String; 3],
    /// Accelerators, and ranks of each kind.
    pub(super) counts: [u64; 5],
}

/// Works out rows.
pub(super) struct Evaluator<'a> {
    space: &'a Space,
    resolver: &'a Resolver<'a>,
    loads: Vec<LoadRequest>,
    flights: Vec<Flight>,
    prices: Vec<(PriceRequest, f64)>,
    /// Whether memory and energy are wanted, which cost more than the rest.
    pub(super) wants: Wants,
}

/// What is worked out only where somebody reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wants {
    pub(super) memory: bool,
    pub(super) energy: bool,
}

impl<'a> Evaluator<'a> {
    /// Reads every value of a load and of a price once.
    pub(super) fn new(space: &'a Space, resolver: &'a Resolver<'a>, wants: Wants) -> Result<Self, ApiError> {
        let [_, shapes, flights, prices] = space.sizes();
        let loads = (0..shapes).map(|at| read(space.shapes.values(at))).collect::<Result<_, _>>()?;
        let flights = (0..flights).map(|at| flight(space, at)).collect::<Result<_, ApiError>>()?;
        let price = |at| {
            let price: PriceRequest = read(space.prices.values(at))?;
            let used = estimate::utilisation(&price)?;
            Ok((price, used))
        };
        let prices = (0..prices).map(price).collect::<Result<_, ApiError>>()?;
        Ok(Self { space, resolver, loads, flights, prices, wants })
    }

    /// Works out the rows of a range, in order.
    pub(super) fn rows(&self, range: Range<u64>, take: &mut dyn FnMut(&Row<'_>)) {
        let [_, shapes, flights, prices] = self.space.sizes();
        let each = shapes * flights * prices;
        let mut row = range.start;
        // Whoever takes the rows says why they end.
        while row < range.end && self.resolver.world().go_on().is_ok() {
            let deployment = row / each;
            let end = range.end.min((deployment + 1) * each);
            match self.deployed(deployment) {
                Ok(deployed) => self.of_deployment(&deployed, row..end, take),
                Err(error) => (row..end).for_each(|id| take(&self.refused(id, &error.message, None))),
            }
            row = end;
        }
    }

    /// A combination as a request.
    pub(super) fn request(&self, row: u64) -> Result<EstimateRequest, ApiError> {
        let at = self.space.at(row);
        let place = |at: u64| usize::try_from(at).unwrap_or_default();
        let (deployment, pools) = self.deployment(at.deployment)?;
        let load = self.loads[place(at.shape)].clone();
        let load = match self.flights[place(at.flight)] {
            Flight::Kept(count) => LoadRequest { concurrency: Some(Count(count)), ..load },
            Flight::Arriving(rate) => {
                LoadRequest { arrival: ArrivalRequest { rate: Some(rate), ..load.arrival }, ..load }
            }
        };
        Ok(EstimateRequest { deployment, load, prices: self.prices[place(at.price)].0.clone(), pools })
    }

    fn deployment(&self, at: u64) -> Result<(DeploymentRequest, PoolsRequest), ApiError> {
        let mut values = self.space.deployments.values(at);
        let mut pool = |name: &str| {
            let value = values.remove(name).filter(|value| value != NO_POOL);
            value.map(|value| read_one(name, value)).transpose()
        };
        let pools = PoolsRequest { prefill: pool("prefill")?, decode: pool("decode")? };
        if values.get("quant").is_some_and(|name| name == OWN_FORMAT) {
            values.remove("quant");
        }
        if let Some(count) = values.remove("count") {
            let count = read_one::<Count>("count", count)?.0;
            let on = values.get("on").and_then(Value::as_str).unwrap_or_default();
            let on = format!("{count}x{on}");
            values.insert("on".to_owned(), on.into());
        }
        Ok((read(values)?, pools))
    }

    fn deployed(&self, at: u64) -> Result<Deployed, ApiError> {
        let (deployment, pools) = self.deployment(at)?;
        let pools = asked(&deployment, &pools)?;
        let pools = pools.map(|layouts| self.resolver.resolve_pools(&deployment, &layouts)).transpose()?;
        let resolved = match &pools {
            Some(pools) => Arc::clone(&pools.decode.0),
            None => Arc::new(self.resolver.resolve(&deployment)?),
        };
        estimate::generates(&resolved.model)?;
        let price = |(price, _): &(PriceRequest, f64)| {
            let found = match &pools {
                Some(pools) => estimate::price_of_pools(price, pools, self.resolver)?.0,
                None => estimate::price(price, resolved.cluster(), self.resolver)?,
            };
            Ok(found.map(|price| price.hourly))
        };
        let hourly = self.prices.iter().map(price).collect::<Result<_, ApiError>>()?;
        let plan = resolved.plan();
        let ranks = [plan.tp(), plan.pp(), plan.dp(), plan.ep()];
        // Each pool has ranks of its own, which the axes say.
        let [tp, pp, dp, ep] = if pools.is_some() { [u64::MAX; 4] } else { ranks };
        let accelerators =
            pools.as_ref().map_or_else(|| resolved.cluster().accelerators(), ResolvedPools::accelerators);
        Ok(Deployed {
            words: [
                resolved.engine_version(),
                resolved.formats_name.clone(),
                format_name(resolved.cache().key),
            ],
            counts: [accelerators, tp, pp, dp, ep],
            hourly,
            pools,
            resolved,
        })
    }

    fn of_deployment(&self, deployed: &Deployed, range: Range<u64>, take: &mut dyn FnMut(&Row<'_>)) {
        let each = (self.flights.len() * self.prices.len()) as u64;
        let mut row = range.start;
        while row < range.end {
            let place = self.space.at(row);
            let end = range.end.min((row / each + 1) * each);
            let load = &self.loads[usize::try_from(place.shape).unwrap_or_default()];
            let model = &deployed.resolved.model.model;
            let shape = estimate::workload(load, model, self.resolver.catalog(), &mut Vec::new());
            let shape = shape.and_then(|shape| {
                let pools = deployed.pools.as_ref();
                pools.map_or(Ok(()), |_| answers(&shape)).map(|()| shape)
            });
            match shape {
                Ok(shape) => self.of_shape(deployed, &shape, row..end, take),
                Err(error) => {
                    (row..end).for_each(|id| take(&self.refused(id, &error.message, Some(deployed))));
                }
            }
            row = end;
        }
    }

    fn of_shape(
        &self,
        deployed: &Deployed,
        shape: &Workload,
        range: Range<u64>,
        take: &mut dyn FnMut(&Row<'_>),
    ) {
        let requests = deployed.resolved.prepared.requests(shape);
        let kept =
            deployed.pools.as_ref().map_or_else(|| Sureness::of(&deployed.resolved, shape), pooled::sureness);
        let prices = self.prices.len() as u64;
        let mut row = range.start;
        while row < range.end {
            let flight = self.flights[usize::try_from(self.space.at(row).flight).unwrap_or_default()];
            let end = range.end.min((row / prices + 1) * prices);
            let sure = deployed.sureness((shape, flight), kept);
            let served = match &deployed.pools {
                Some(pools) => pooled::load(pools, (shape, flight), self.wants, sure),
                None => self.of_load(deployed, (shape, flight), &requests, sure),
            };
            let Served { verdict, figures, service, in_flight } = served;
            for id in row..end {
                let mut figures = figures;
                if let Some(service) = &service {
                    let at = usize::try_from(self.space.at(id).price).unwrap_or_default();
                    priced(&mut figures, service, deployed.hourly[at], self.prices[at].1);
                }
                take(&Row {
                    id,
                    verdict: verdict.name(),
                    reason: None,
                    basis: sure.basis().name(),
                    figures,
                    deployed: Some(deployed),
                    load: [shape.input(), shape.output(), in_flight],
                });
            }
            row = end;
        }
    }

    /// What a load comes to, whatever it costs.
    fn of_load(
        &self,
        deployed: &Deployed,
        (shape, flight): (&Workload, Flight),
        requests: &Requests<'_>,
        sure: Sureness,
    ) -> Served {
        let mut figures = NONE;
        let (verdict, service, count) = match flight {
            Flight::Kept(count) => {
                let verdict = requests.verdict(count);
                (verdict, if verdict.starts() { requests.serve(count) } else { None }, count)
            }
            Flight::Arriving(rate) => arriving(requests, rate),
        };
        if self.wants.memory
            && let Ok(load) = shape.with_concurrency(count.min(u64::from(u32::MAX)))
        {
            let memory = deployed.resolved.memory_model().estimate(&load);
            figures[at::MEMORY] = memory.rank().total().value.get() as f64;
        }
        if let Some(service) = &service {
            self::served(&mut figures, service, sure, deployed.counts[0] as f64);
            if self.wants.energy {
                let deployment = deployed.resolved.prepared.deployment();
                let used = (deployment.plan.dp() * deployment.plan.tp() * deployment.plan.pp()) as f64;
                let energy = cost::energy(service, deployment, used, Trace::off());
                figures[at::JOULES] = energy.map_or(f64::NAN, |energy| energy.token.get());
            }
        }
        Served { verdict, figures, service, in_flight: count }
    }

    fn refused<'b>(&self, id: u64, reason: &'b str, deployed: Option<&'b Deployed>) -> Row<'b> {
        let place = self.space.at(id);
        let load = &self.loads[usize::try_from(place.shape).unwrap_or_default()];
        let said = |count: Option<Count>| count.map_or(u64::MAX, |count| count.0);
        let count = match self.flights[usize::try_from(place.flight).unwrap_or_default()] {
            Flight::Kept(count) => count,
            Flight::Arriving(_) => u64::MAX,
        };
        Row {
            id,
            verdict: REFUSED,
            reason: Some(reason),
            basis: "",
            figures: NONE,
            deployed,
            load: [said(load.input), said(load.output), count],
        }
    }
}

/// A load, worked out.
pub(super) struct Served {
    pub(super) verdict: Verdict,
    pub(super) figures: Figures,
    pub(super) service: Option<Service>,
    /// Requests in flight; the largest number where they grow without bound.
    pub(super) in_flight: u64,
}

/// Requests that arrive at a rate: whether it is held, how they are served, and how many are in flight.
fn arriving(requests: &Requests<'_>, rate: Rate) -> (Verdict, Option<Service>, u64) {
    if !requests.verdict(1).starts() {
        return (Verdict::DoesNotStart, None, u64::MAX);
    }
    let service = requests.serve_at(rate.0.get());
    let (verdict, count) = held(service.as_ref(), requests.verdict(1));
    (verdict, service, count)
}

/// Whether the rate of a service is held, and how many requests are in flight.
pub(super) fn held(service: Option<&Service>, verdict: Verdict) -> (Verdict, u64) {
    let Some(at_rate) = service.and_then(|service| service.at_rate) else { return (verdict, u64::MAX) };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive count, which saturates"
    )]
    let in_flight = at_rate.in_flight.ceil().max(1.0) as u64;
    if at_rate.is_held() { (Verdict::Holds, in_flight) } else { (Verdict::Saturated, u64::MAX) }
}

/// The requests in flight, or the rate, of one place on its axis.
fn flight(space: &Space, at: u64) -> Result<Flight, ApiError> {
    let Some((name, value)) = space.flights.values(at).into_iter().next() else { return Ok(Flight::Kept(1)) };
    if name == "rate" {
        let rate: Rate = read_one(&name, value)?;
        if rate.0.get() <= 0.0 {
            return Err(super::axis::wrong(
                &name,
                "no request arrives at a rate of 0",
                "start above 0, such as 5/s",
            ));
        }
        return Ok(Flight::Arriving(rate));
    }
    match read_one::<Count>(&name, value)?.0 {
        0 => Err(super::axis::wrong("concurrency", "0 requests are no load", "start at 1")),
        count => Ok(Flight::Kept(count)),
    }
}

impl Deployed {
    /// How sure what is served of a load is, if that of requests in flight is `kept`; pools have one for all.
    fn sureness(&self, (shape, flight): (&Workload, Flight), kept: Sureness) -> Sureness {
        match flight {
            Flight::Arriving(rate) if self.pools.is_none() => {
                Sureness::at_rate(&self.resolved, shape, rate.0.get())
            }
            Flight::Arriving(_) | Flight::Kept(_) => kept,
        }
    }
}

/// Times and rates of a load; a time that grows without bound is not known.
pub(super) fn served(figures: &mut Figures, service: &Service, sure: Sureness, accelerators: f64) {
    let ends = |figures: &mut Figures, place: usize, low: Option<Seconds>, high: Option<Seconds>| {
        figures[place + 1] = low.map_or(f64::NAN, known);
        figures[place + 2] = high.map_or(f64::NAN, known);
    };
    let (ttft, tpot) = (sure.ttft(service.ttft), sure.tpot(service.tpot, Seconds::s));
    figures[at::TTFT] = known(service.ttft);
    ends(figures, at::TTFT, ttft.low, ttft.high);
    figures[at::TPOT] = service.tpot.get();
    ends(figures, at::TPOT, tpot.low, tpot.high);
    figures[at::E2E] = known(service.e2e);
    figures[at::REQUESTS] = service.request_rate;
    figures[at::OUTPUT] = service.output_rate;
    figures[at::USER] = 1.0 / service.tpot.get();
    figures[at::EACH] = service.output_rate / accelerators;
}

/// A time that is one.
fn known(time: Seconds) -> f64 {
    if time.get().is_finite() { time.get() } else { f64::NAN }
}

/// Money, where there is a price.
fn priced(figures: &mut Figures, service: &Service, hourly: Option<UsdPerHour>, used: f64) {
    let Some(hourly) = hourly else { return };
    let cost = cost::token_cost(service, hourly, used, Trace::off());
    figures[at::HOURLY] = hourly.get();
    figures[at::TOKEN] = cost.blended.get();
    figures[at::OUTPUT_TOKEN] = cost.output.get();
    figures[at::PER_USD] = 1e6 / cost.blended.get();
}

/// Values under the names of flags, as a request.
pub(super) fn read<T: serde::de::DeserializeOwned>(
    values: serde_json::Map<String, Value>,
) -> Result<T, ApiError> {
    let names: Vec<&str> = values.keys().map(String::as_str).collect();
    let at = names.join(", ");
    serde_json::from_value(Value::Object(values)).map_err(|error| unreadable(&at, &error))
}

pub(super) fn read_one<T: serde::de::DeserializeOwned>(name: &str, value: Value) -> Result<T, ApiError> {
    serde_json::from_value(value).map_err(|error| unreadable(name, &error))
}

fn unreadable(at: &str, error: &serde_json::Error) -> ApiError {
    ApiError::input("sweep.value", error.to_string())
        .at(at.to_owned())
        .help("slipstick estimate --help says what each flag takes")
}

/// The words of a list that many chunks share.
pub(super) fn words(values: &[Value]) -> Arc<[String]> {
    values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
}
