//! What a deployment costs an hour, and who says so.

use std::collections::{BTreeMap, BTreeSet};

use slipstick_catalog::{
    Catalog, Offer,
    offers::{Need, Rental, Term},
};
use slipstick_core::{hardware::Cluster, units::UsdPerHour};

use crate::{
    ApiError, World,
    request::PriceRequest,
    resolve::{PoolsPlace, ResolvedPools, Resolver},
};

/// What the deployment costs, and who says so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Priced {
    pub(crate) hourly: UsdPerHour,
    pub(crate) as_of: Option<String>,
    pub(crate) age_days: Option<i64>,
    pub(crate) source: String,
    /// What is asked before the price, the lower first.
    pub(crate) rank: [u8; 3],
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
            rank: [0; 3],
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
    let rank = rented.rank(&need, today);
    Ok(Some(Priced { rank, passed_over: passed_over.collect(), ..priced(&rented, world) }))
}

/// The price of two pools, and that of each where they are of two kinds of accelerators: both of one cloud, the one where they
/// cost least together, since caches go from the one to the other.
pub(crate) fn price_of_pools(
    prices: &PriceRequest,
    pools: &ResolvedPools,
    resolver: &Resolver<'_>,
) -> Result<(Option<Priced>, Option<[UsdPerHour; 2]>), ApiError> {
    let PoolsPlace::Apart([reads, writes]) = &pools.place else {
        return Ok((price(prices, &pools.place.clusters()[0], resolver)?, None));
    };
    if prices.price.is_some() {
        return Ok((price(prices, reads, resolver)?, None));
    }
    known(prices, resolver.catalog())?;
    let mut others = at_clouds(prices, writes, resolver)?;
    let both = at_clouds(prices, reads, resolver)?
        .into_iter()
        .filter_map(|(cloud, priced)| Some([priced, others.remove(&cloud)?]));
    let best = both.min_by(|a, b| {
        let rank = |[one, other]: &[Priced; 2]| one.rank.max(other.rank);
        let sum = |[one, other]: &[Priced; 2]| (one.hourly + other.hourly).get();
        rank(a).cmp(&rank(b)).then(sum(a).total_cmp(&sum(b)))
    });
    let each = best.as_ref().map(|best| best.each_ref().map(|priced| priced.hourly));
    Ok((best.map(|[reads, writes]| reads.beside(writes)), each))
}

/// What accelerators cost at each cloud that offers them, of those and in the region that a request names.
pub(crate) fn at_clouds(
    prices: &PriceRequest,
    cluster: &Cluster,
    resolver: &Resolver<'_>,
) -> Result<BTreeMap<String, Priced>, ApiError> {
    let mut all = BTreeMap::new();
    for cloud in clouds(prices, cluster, resolver.catalog()) {
        let there = PriceRequest { cloud: Some(cloud.clone()), ..prices.clone() };
        if let Some(priced) = price(&there, cluster, resolver)? {
            all.insert(cloud, priced);
        }
    }
    Ok(all)
}

/// The clouds that offer accelerators of a kind.
fn clouds(prices: &PriceRequest, cluster: &Cluster, catalog: &Catalog) -> BTreeSet<String> {
    let wanted = |offer: &&&Offer| {
        offer.accelerator == cluster.accelerator.id
            && prices.cloud.as_ref().is_none_or(|named| named.eq_ignore_ascii_case(&offer.cloud))
            && prices.region.as_deref().is_none_or(|named| offer.region.as_deref() == Some(named))
    };
    catalog.offers().iter().filter(wanted).map(|offer| offer.cloud.to_string()).collect()
}

impl Priced {
    /// Both together, as old as the older of them.
    fn beside(self, other: Self) -> Self {
        let older = self.age_days >= other.age_days;
        Self {
            hourly: self.hourly + other.hourly,
            as_of: if older { self.as_of } else { other.as_of },
            age_days: self.age_days.max(other.age_days),
            source: format!("{}; {}", self.source, other.source),
            rank: self.rank.max(other.rank),
            passed_over: self.passed_over.into_iter().chain(other.passed_over).collect(),
        }
    }
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
        rank: [0; 3],
        passed_over: Vec::new(),
    }
}
