//! `slipstick breakeven`: a deployment of one's own against prices by the token.

mod demand;
mod hosted;
mod own;
mod provenance;
mod report;
mod request;
mod view;

pub use report::{ApiRow, BreakevenReport, LoadReport, OtherDeployment, OwnReport};
pub use request::BreakevenRequest;

use slipstick_catalog::Catalog;
use slipstick_core::{
    estimate::hosted::{Against, Demand, Interruptions, Own, against, own as own_cost},
    quantity::Quantity as Q,
    trace::{Records, Trace},
    units::{Usd, UsdPerHour},
};

use crate::{
    Answered, ApiError, World,
    commands::estimate::{self, EstimateAnswer, Priced, Served, served},
    request::Count,
    resolve::{Assumption, Resolver},
};
use hosted::Hosted;
use own::Candidate;

/// Everything an answer shows.
pub(crate) struct Answer {
    /// One replica under its load.
    replica: EstimateAnswer,
    served: Served,
    price: Priced,
    /// The price with what interruptions lose.
    hourly: UsdPerHour,
    interruptions: Option<Interruptions>,
    demand: Demand,
    /// All of it.
    own: Own,
    /// A million tokens where capacity is at the ends of its band.
    token_band: Option<(Usd, Usd)>,
    /// Each price, with what it comes to; the cheapest first.
    api: Vec<(Hosted, Against)>,
    /// Other deployments, the cheapest first.
    others: Vec<Candidate>,
    on: String,
    defaults: Vec<Assumption>,
}

impl Answer {
    /// The cheapest hosted price.
    fn cheapest(&self) -> &(Hosted, Against) {
        &self.api[0]
    }

    /// Whether one's own costs less than all of them.
    fn pays(&self) -> bool {
        self.own.token < self.cheapest().1.token
    }
}

/// Other deployments that are shown beside the cheapest.
const MOST_OTHERS: usize = 5;

/// One's own deployment against each hosted price of the same model.
///
/// # Errors
/// If anything the request names is unknown, nothing can be deployed within its targets, or no hosted price is known.
pub fn breakeven(
    request: &BreakevenRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<BreakevenReport>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let model = resolver.model(&request.model, false)?;
    let prices = hosted::prices(request, &model, catalog, world.today())?;
    let mut defaults = Vec::new();
    let load = request.load(request.concurrency.unwrap_or(Count(1)));
    let workload = estimate::workload(&load, &model.model, catalog, &mut defaults)?;
    let demand = demand::demand(request, &workload, &mut defaults)?;
    let interruptions = demand::interruptions(request, &mut defaults)?;
    let mut found = own::candidates(request, &demand, interruptions.as_ref(), &resolver)?;
    let best = found.remove(0);
    let replica = replica(request, &best, &resolver)?;
    let records = Records::default();
    let answer = answer(replica, demand, interruptions, (best, found), (prices, defaults), records.trace())?;
    let provenance = provenance::of(&answer, records.into_nodes());
    let pays = answer.pays();
    let answered = Answered::new(BreakevenReport::of(&answer), view::view(&answer));
    Ok(answered.explained(provenance).answered(pays))
}

/// The whole estimate of the deployment that was chosen.
fn replica(
    request: &BreakevenRequest,
    best: &Candidate,
    resolver: &Resolver<'_>,
) -> Result<EstimateAnswer, ApiError> {
    let mut resolved = resolver.resolve(&request.deployment(&best.on))?;
    let load = request.load(Count(best.concurrency));
    let workload =
        estimate::workload(&load, &resolved.model.model, resolver.catalog(), &mut resolved.defaults)?;
    // A replica is priced at full load; how busy it is belongs to the comparison.
    let prices = crate::request::PriceRequest { utilisation: None, ..request.prices.clone() };
    estimate::of_resolved(resolved, workload, &prices, resolver, true)
}

fn answer(
    replica: EstimateAnswer,
    demand: Demand,
    interruptions: Option<Interruptions>,
    (best, mut others): (Candidate, Vec<Candidate>),
    (prices, defaults): (Vec<Hosted>, Vec<Assumption>),
    trace: Trace<'_>,
) -> Result<Answer, ApiError> {
    let known = replica.estimate.as_ref().zip(replica.price.clone());
    let Some((estimate, price)) = known else {
        return Err(ApiError::input("breakeven.no_deployment", format!("nothing runs on {}", best.on))
            .at("--on")
            .help("slipstick estimate says why"));
    };
    let hourly = own::after(price.hourly, interruptions.as_ref(), trace);
    let priced = if interruptions.is_some() { Q::InterruptedPrice } else { Q::Price };
    let capacity = replica.memory.sureness().rate(estimate.service.request_rate);
    let own = own_cost(&demand, capacity.value.get(), (hourly, priced), trace);
    let at = |requests: f64| own_cost(&demand, requests, (hourly, priced), Trace::off()).token;
    let token_band = capacity.low.zip(capacity.high).map(|(low, high)| (at(high.get()), at(low.get())));
    let api = ranked(prices, &own, &demand, trace);
    others.truncate(MOST_OTHERS);
    let served = served(&replica, estimate);
    Ok(Answer {
        replica,
        served,
        price,
        hourly,
        interruptions,
        demand,
        own,
        token_band,
        api,
        others,
        on: best.on,
        defaults,
    })
}

/// Each price with what it comes to, the cheapest first.
fn ranked(prices: Vec<Hosted>, own: &Own, demand: &Demand, trace: Trace<'_>) -> Vec<(Hosted, Against)> {
    let comes_to =
        |hosted: &Hosted, place: usize, trace: Trace<'_>| against(own, demand, &hosted.price, place, trace);
    let mut api: Vec<(Hosted, Against)> = prices
        .into_iter()
        .map(|hosted| {
            let of = comes_to(&hosted, 0, Trace::off());
            (hosted, of)
        })
        .collect();
    api.sort_by(|a, b| {
        a.1.token.get().total_cmp(&b.1.token.get()).then_with(|| a.0.provider.cmp(&b.0.provider))
    });
    for (place, (hosted, of)) in api.iter_mut().enumerate() {
        *of = comes_to(hosted, place, trace);
    }
    api
}
