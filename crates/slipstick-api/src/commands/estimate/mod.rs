//! `slipstick estimate`: how fast, how many, at what cost.

mod document;
mod launch;
mod provenance;
mod request;
mod view;

pub use request::EstimateRequest;

use slipstick_catalog::{
    Catalog, Offer,
    offers::{Deployment as Rented, Need, Term},
};
use slipstick_core::{
    basis::Basis,
    estimate::{
        deployment::{Deployment, Estimate, estimate as estimate_deployment},
        serving::{Limits, Load},
    },
    numeric::Format,
    trace::Trace,
    units::UsdPerHour,
    workload::Workload,
};

use super::memory::{self, MemoryAnswer};
use crate::{
    ApiError, Output, Provenance, World,
    request::{Count, PriceRequest},
    resolve::{Default, ResolvedModel, Scenario},
};

/// Shape of a request where nobody says: a question with some context, an answer of a page.
const USUAL_INPUT: u64 = 1024;
const USUAL_OUTPUT: u64 = 256;

/// A scenario with everything estimated about it.
pub(crate) struct EstimateAnswer {
    pub(crate) memory: MemoryAnswer,
    pub(crate) estimate: Estimate,
    pub(crate) price: Option<Priced>,
    pub(crate) utilisation: f64,
    pub(crate) launch: Option<String>,
    /// What the command wants that nobody has yet.
    pub(crate) launch_wants: Option<String>,
    pub(crate) provenance: Provenance,
}

/// What the deployment costs, and who says so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Priced {
    pub(crate) hourly: UsdPerHour,
    pub(crate) as_of: Option<String>,
    pub(crate) age_days: Option<i64>,
    pub(crate) source: String,
}

/// Latency, throughput, cost and energy of a deployment under a load.
///
/// # Errors
/// If anything the request names is unknown, or its parts contradict each other.
pub fn estimate(request: &EstimateRequest, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    let answer = answer(request, catalog, world, true)?;
    let fits = answer.memory.estimate.fits();
    let output = Output::new("estimate", document::document(&answer), view::view(&answer));
    Ok(output.explained(answer.provenance).answered(fits))
}

/// The answer itself; what its numbers come from is recorded only if `explain`.
pub(crate) fn answer(
    request: &EstimateRequest,
    catalog: &Catalog,
    world: &dyn World,
    explain: bool,
) -> Result<EstimateAnswer, ApiError> {
    let mut scenario = Scenario::resolve(&request.deployment, catalog, world)?;
    let workload = workload(request, &mut scenario)?;
    of_scenario(scenario, workload, &request.prices, catalog, world, explain)
}

/// The answer for a scenario that is already resolved.
pub(crate) fn of_scenario(
    scenario: Scenario,
    workload: Workload,
    prices: &PriceRequest,
    catalog: &Catalog,
    world: &dyn World,
    explain: bool,
) -> Result<EstimateAnswer, ApiError> {
    generates(&scenario.model)?;
    let price = price(prices, &scenario, catalog, world)?;
    let utilisation = utilisation(prices)?;
    let lowered = scenario.lowered();
    let memory = memory::answer(scenario, workload);
    let scenario = &memory.scenario;
    let mut trace = if explain { Trace::on() } else { Trace::off() };
    let with = Deployment {
        model: &lowered,
        cluster: &scenario.cluster,
        calibration: &scenario.calibration,
        limits: limits(&memory),
        load: load(&workload, 0.0),
        price: price.as_ref().map(|price| price.hourly),
        utilisation,
    };
    let estimate = estimate_deployment(&with, &mut trace).ok_or_else(|| {
        let id = &scenario.cluster.accelerator.id;
        ApiError::input("gpu.no_peak", format!("{id} states no rate that matrix products could run at"))
            .at("--on")
            .help("describe it in a .toml file with its bf16, fp16 or fp32 peak")
    })?;
    let mut provenance = Provenance::from_trace(&trace, "");
    if explain {
        provenance.embed("/memory", memory::provenance::record(&memory, ""));
        provenance::record(&memory, &estimate, price.as_ref(), utilisation, &mut provenance);
        if scenario.model.assumed_architecture {
            provenance.weaken(Basis::Assumed);
        }
    }
    let (launch, launch_wants) =
        launch::command(&memory).map(|command| (command.line(), command.wants)).unzip();
    let launch_wants = launch_wants.flatten();
    Ok(EstimateAnswer { memory, estimate, price, utilisation, launch, launch_wants, provenance })
}

/// Refuses models that keep nothing of a sequence: encoders see their input at once and have no next token.
fn generates(model: &ResolvedModel) -> Result<(), ApiError> {
    let cache = model.model.cache(Format::BF16);
    let kept = cache.bytes_per_token + cache.sliding_bytes_per_token + cache.state_elements;
    if kept > 0 {
        return Ok(());
    }
    let message = format!(
        "{} keeps no cache and no state, as encoders do: it generates no tokens whose rate could be estimated",
        model.name
    );
    Err(ApiError::input("model.no_decode", message)
        .at("MODEL")
        .help("ask slipstick memory whether it fits and slipstick model for its FLOPs"))
}

/// Equal requests in a closed loop.
pub(crate) fn load(workload: &Workload, start_burst: f64) -> Load {
    Load {
        input: workload.input() as f64,
        output: workload.output().max(1) as f64,
        concurrency: workload.concurrency() as f64,
        start_burst,
    }
}

/// What the engine and the memory allow, on one data-parallel rank.
pub(crate) fn limits(memory: &MemoryAnswer) -> Limits {
    let scenario = &memory.scenario;
    let ranks = scenario.plan.dp();
    // Caches grow block by block: a running sequence is half way through its output on average.
    let mean = (memory.workload.context() - memory.workload.output().div_ceil(2)).max(1);
    let running = Workload::full(mean, memory.workload.concurrency());
    let reach = running
        .map_or(memory.estimate.max_concurrency, |load| scenario.memory_model().max_concurrency(&load));
    let held = reach.count(u64::MAX / 2) / ranks;
    let batch = scenario.memory_model().batch_limits();
    Limits {
        memory_sequences: (held as f64).max(1.0),
        max_sequences: batch.sequences as f64,
        max_batched_tokens: batch.tokens as f64,
        replicas: ranks as f64,
        per_request: scenario.calibration.per_request,
    }
}

fn workload(request: &EstimateRequest, scenario: &mut Scenario) -> Result<Workload, ApiError> {
    let mut or = |flag: &'static str, stated: Option<Count>, usual: u64| {
        stated.map_or_else(
            || {
                let why = "nothing else was asked for".to_owned();
                scenario.defaults.push(Default { flag, value: usual.to_string(), why });
                usual
            },
            |count| count.0,
        )
    };
    let input = or("--input", request.load.input, USUAL_INPUT);
    let output = or("--output", request.load.output, USUAL_OUTPUT);
    let concurrency = or("--concurrency", request.load.concurrency, 1);
    let workload = Workload::new(input, output, concurrency)?;
    let limit = scenario.model.model.max_context;
    if let Some(limit) = limit.filter(|limit| workload.context() > *limit) {
        let message = format!(
            "{} input and {} output tokens are more than the {limit} that the model takes",
            workload.input(),
            workload.output()
        );
        return Err(ApiError::input("context.beyond_model", message).at("--input"));
    }
    Ok(workload)
}

fn utilisation(prices: &PriceRequest) -> Result<f64, ApiError> {
    let share = prices.utilisation.unwrap_or(1.0);
    if share > 0.0 && share <= 1.0 {
        return Ok(share);
    }
    Err(ApiError::input("utilisation.range", format!("a utilisation of {share} is out of range"))
        .at("--utilisation")
        .help("give a share above 0 and at most 1, such as 0.4"))
}

/// The price of the whole deployment: what the request says, or the cheapest way to rent it.
fn price(
    prices: &PriceRequest,
    scenario: &Scenario,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Option<Priced>, ApiError> {
    if let Some(price) = prices.price {
        return Ok(Some(Priced {
            hourly: price.0,
            as_of: None,
            age_days: None,
            source: "request".to_owned(),
        }));
    }
    let term = match prices.term.as_deref() {
        None => Term::OnDemand,
        Some(name) => Term::from_name(name).ok_or_else(|| {
            ApiError::unknown("term.unknown", "price term", name, Term::ALL.iter().map(|term| term.name()))
                .at("--term")
        })?,
    };
    let need = Need {
        accelerator: scenario.cluster.accelerator.id.clone(),
        per_node: scenario.cluster.per_node,
        nodes: scenario.cluster.nodes,
        term,
        cloud: prices.cloud.clone(),
        region: prices.region.clone(),
    };
    if let Some(cloud) = &prices.cloud {
        let known = catalog.offers();
        if !known.iter().any(|offer| offer.cloud.eq_ignore_ascii_case(cloud)) {
            let clouds = known.iter().map(|offer| offer.cloud.as_str());
            let error = ApiError::unknown("cloud.unknown", "cloud", cloud, clouds).at("--cloud");
            return Err(error.or_help("slipstick instances lists the offers of every cloud"));
        }
    }
    if let Some(region) = &prices.region {
        let of_cloud = |offer: &&&Offer| {
            prices.cloud.as_ref().is_none_or(|cloud| offer.cloud.eq_ignore_ascii_case(cloud))
        };
        let offers = catalog.offers();
        let known: Vec<&str> =
            offers.iter().filter(of_cloud).filter_map(|offer| offer.region.as_deref()).collect();
        if !known.contains(&region.as_str()) {
            let error = ApiError::unknown("region.unknown", "region", region, known).at("--region");
            return Err(error.or_help("slipstick instances lists every cloud's regions"));
        }
    }
    Ok(catalog.cheapest(&need, world.today()).map(|rented| priced(&rented, world)))
}

fn priced(rented: &Rented<'_>, world: &dyn World) -> Priced {
    let offer = rented.quote.offer;
    let region = offer.region.as_deref().map(|region| format!(" in {region}")).unwrap_or_default();
    let units = if rented.units == 1 { String::new() } else { format!("{} x ", rented.units) };
    Priced {
        hourly: rented.price,
        as_of: Some(offer.as_of.as_str().to_owned()),
        age_days: Some(offer.as_of.age_days(world.today())),
        source: format!(
            "{units}{} of {}{region}, {}, {}",
            offer.instance,
            offer.cloud,
            rented.quote.term.name(),
            offer.kind.name()
        ),
    }
}
