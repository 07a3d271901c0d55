//! What a deployment costs an hour, and who says so.

use slipstick_catalog::{
    Catalog, Offer,
    offers::{Need, Rental, Term},
};
use slipstick_core::{hardware::Cluster, units::UsdPerHour};

use crate::{ApiError, World, request::PriceRequest, resolve::Resolver};

/// What the deployment costs, and who says so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Priced {
    pub(crate) hourly: UsdPerHour,
    pub(crate) as_of: Option<String>,
    pub(crate) age_days: Option<i64>,
    pub(crate) source: String,
    /// Cheaper offers, each with what speaks against it.
    pub(crate) passed_over: Vec<String>,
}

/// More of the offers that are passed over say nothing new.
const MOST_PASSED_OVER: usize = 3;

pub(crate) fn utilisation(prices: &PriceRequest) -> Result<f64, ApiError> {
    let share = prices.utilisation.unwrap_or(1.0);
    if share > 0.0 && share <= 1.0 {
        return Ok(share);
    }
    Err(ApiError::input("utilisation.range", format!("a utilisation of {share} is out of range"))
        .at("--utilisation")
        .help("give a share above 0 and at most 1, such as 0.4"))
}

/// Refuses a cloud, a region or a term that nobody knows.
pub(crate) fn known(prices: &PriceRequest, catalog: &Catalog) -> Result<(), ApiError> {
    term(prices)?;
    known_place(prices, catalog)
}

/// The price of the whole deployment: what the request says, or the cheapest way to rent it.
pub(crate) fn price(
    prices: &PriceRequest,
    cluster: &Cluster,
    resolver: &Resolver<'_>,
) -> Result<Option<Priced>, ApiError> {
    let (catalog, world) = (resolver.catalog(), resolver.world());
    if let Some(price) = prices.price {
        stated_alone(prices)?;
        return Ok(Some(Priced {
            hourly: price.0,
            as_of: None,
            age_days: None,
            source: "request".to_owned(),
            passed_over: Vec::new(),
        }));
    }
    let need = Need {
        accelerator: cluster.accelerator.id.clone(),
        per_node: cluster.per_node,
        nodes: cluster.nodes,
        term: term(prices)?,
        cloud: prices.cloud.clone(),
        region: prices.region.clone(),
        instance: prices.instance.clone(),
    };
    known_place(prices, catalog)?;
    let today = world.today();
    let Some(rented) = catalog.cheapest(&need, today) else { return Ok(None) };
    let passed = catalog.passed_over(&need, today).into_iter().take(MOST_PASSED_OVER);
    let passed_over = passed.map(|one| {
        let offer = one.rental.quote.offer;
        format!("{} for {} of {} ({})", one.rental.price, offer.instance, offer.cloud, one.because.join(", "))
    });
    Ok(Some(Priced { passed_over: passed_over.collect(), ..priced(&rented, world) }))
}

/// Refuses what chooses among offers beside a price that is stated: it would change nothing.
fn stated_alone(prices: &PriceRequest) -> Result<(), ApiError> {
    let chosen = [("--cloud", &prices.cloud), ("--region", &prices.region), ("--term", &prices.term)];
    chosen.into_iter().find(|(_, choice)| choice.is_some()).map_or(Ok(()), |(flag, _)| {
        let message =
            format!("{flag} chooses among offers, and --price says what is paid: it would change nothing");
        Err(ApiError::input("price.conflict", message).at(flag).help(format!("leave out --price or {flag}")))
    })
}

/// The term that the request names, or on demand.
fn term(prices: &PriceRequest) -> Result<Term, ApiError> {
    match prices.term.as_deref() {
        None => Ok(Term::OnDemand),
        Some(name) => Term::from_name(name).ok_or_else(|| {
            ApiError::unknown("term.unknown", "price term", name, Term::ALL.iter().map(|term| term.name()))
                .at("--term")
        }),
    }
}

/// Refuses a cloud or a region that no offer is in.
fn known_place(prices: &PriceRequest, catalog: &Catalog) -> Result<(), ApiError> {
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
    Ok(())
}

fn priced(rented: &Rental<'_>, world: &dyn World) -> Priced {
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
        passed_over: Vec::new(),
    }
}
