//! `slipstick breakeven`: a deployment of one's own against prices by the token.

mod demand;
mod hosted;
mod own;
mod paid;
mod plot;
mod profile;
mod provenance;
mod report;
mod request;
mod targets;
mod view;

pub use report::{ApiRow, BreakevenReport, HoursReport, LoadReport, OtherDeployment, OwnReport};
pub use request::BreakevenRequest;

use slipstick_catalog::Catalog;
use slipstick_core::{
    estimate::{
        crossing::crossing,
        hosted::{Against, Demand, Interruptions, Own, against, own as own_cost},
        hours::Paid,
    },
    trace::{Records, Trace},
    units::Usd,
};

use crate::{
    Answered, ApiError, World,
    commands::{
        estimate::{self, EstimateAnswer, Priced, Served, served},
        interruptions::interruptions,
    },
    request::Count,
    resolve::{Assumption, Resolver},
};
use hosted::Hosted;
use own::Candidate;
use profile::Profile;
use targets::Targets;

/// Everything an answer shows.
pub(crate) struct Answer<'h> {
    /// One replica under its load.
    replica: EstimateAnswer,
    served: Served,
    price: Priced,
    /// What a replica costs, with what interruptions lose, and to start.
    paid: Paid,
    /// Who asks the price of a replica that is committed to.
    committed_source: Option<String>,
    interruptions: Option<Interruptions>,
    demand: Demand<'h>,
    profile: Option<&'h Profile>,
    /// All of it.
    own: Own,
    /// A million tokens where capacity is at the ends of its band.
    token_band: Option<(Usd, Usd)>,
    /// Each price, with what it comes to; the cheapest first.
    api: Vec<(Hosted, Against)>,
    /// Of each price, the least requests a day at which replicas for them cost less, if there are.
    crossings: Vec<Option<f64>>,
    /// Other deployments, the cheapest first.
    others: Vec<Candidate>,
    on: String,
    defaults: Vec<Assumption>,
}

impl Answer<'_> {
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
    paid::check(request)?;
    resolver.known(&request.deployment(""))?;
    estimate::known(&request.prices, catalog)?;
    let profile =
        request.profile.as_deref().map(|name| profile::profile(name, catalog, world)).transpose()?;
    let mut defaults = Vec::new();
    let load = request.load(request.concurrency.unwrap_or(Count(1)));
    let workload = estimate::workload(&load, &model.model, catalog, &mut defaults)?;
    let hours = profile.as_ref().map_or(&[][..], |profile| &profile.hours);
    let demand = demand::demand(request, &workload, hours, &mut defaults)?;
    let targets = Targets::of(request, catalog, &mut defaults)?;
    let interruptions = interruptions(request.interrupted(), &mut defaults)?;
    let mut found = own::candidates(request, (&demand, &targets), interruptions.as_ref(), &resolver)?;
    let best = found.remove(0);
    let replica = replica(request, &best, &resolver)?;
    let records = Records::default();
    let asked = Asked { request, demand, interruptions, profile: profile.as_ref(), prices, defaults };
    let answer = answer(replica, asked, (best, found), &resolver, records.trace())?;
    let provenance = provenance::of(&answer, records.into_nodes());
    let pays = answer.pays();
    let answered = Answered::new(BreakevenReport::of(&answer), view::view(&answer));
    Ok(answered.explained(provenance).answered(pays))
}

/// What is asked, as it was read.
struct Asked<'h> {
    request: &'h BreakevenRequest,
    demand: Demand<'h>,
    interruptions: Option<Interruptions>,
    profile: Option<&'h Profile>,
    prices: Vec<Hosted>,
    defaults: Vec<Assumption>,
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
    let of_place = request.prices.of(&best.on, resolver.catalog());
    let prices = crate::request::PriceRequest { utilisation: None, ..of_place };
    estimate::of_resolved(resolved, workload, &prices, resolver, true)
}

fn answer<'h>(
    replica: EstimateAnswer,
    asked: Asked<'h>,
    (best, mut others): (Candidate, Vec<Candidate>),
    resolver: &Resolver<'_>,
    trace: Trace<'_>,
) -> Result<Answer<'h>, ApiError> {
    let Asked { request, demand, interruptions, profile, prices, defaults } = asked;
    let (estimate, price) =
        replica.estimate.as_ref().zip(replica.price.clone()).ok_or_else(|| nothing(&best.on))?;
    let memory = &replica.memory;
    let (priced, known) = ((price.hourly, interruptions.as_ref()), (&memory.resolved, resolver));
    let (paid, committed_source) = paid::paid(request, (&demand, &memory.workload), priced, known, trace)?;
    let capacity = memory.sureness().rate(estimate.service.request_rate);
    let at = |requests: f64| own_cost(&demand, requests, &paid, Trace::off()).token;
    let token_band = capacity.low.zip(capacity.high).map(|(low, high)| (at(high.get()), at(low.get())));
    let capacity = capacity.value.get();
    let own = own_cost(&demand, capacity, &paid, trace);
    let api = ranked(prices, &own, &demand, trace);
    let of = |row: usize| crossing(&demand, capacity, &paid, (&api[row].1, &own), row, trace);
    let crossings = (0..api.len()).map(of).collect();
    others.truncate(MOST_OTHERS);
    Ok(Answer {
        served: served(&replica, estimate),
        replica,
        price,
        paid,
        committed_source,
        interruptions,
        demand,
        profile,
        own,
        token_band,
        api,
        crossings,
        others,
        on: best.on,
        defaults,
    })
}

fn nothing(on: &str) -> ApiError {
    ApiError::input("breakeven.no_deployment", format!("nothing runs on {on}"))
        .at("--on")
        .help("slipstick estimate says why")
}

/// Each price with what it comes to, the cheapest first.
fn ranked(prices: Vec<Hosted>, own: &Own, demand: &Demand<'_>, trace: Trace<'_>) -> Vec<(Hosted, Against)> {
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
