//! Ways to pay for a replica: the cheapest of what is allowed, and what the same plan costs elsewhere.

use std::collections::BTreeSet;

use slipstick_catalog::offers::Term;
use slipstick_core::{
    hardware::Cluster,
    units::{Usd, UsdPerHour},
};

use super::{PlanRequest, search::Point, target::Target};
use crate::{
    ApiError,
    commands::estimate::{self, Priced},
    request::PriceRequest,
    resolve::Resolver,
};

/// More rows say nothing new.
const MOST: usize = 10;

/// How a replica is paid for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Paid {
    /// Which of the request's ways.
    pub(super) offer: usize,
    pub(super) hourly: UsdPerHour,
    /// Share of the time that it serves.
    pub(super) served: f64,
}

/// Share of the time that a machine serves which is paid for so.
fn served(prices: &PriceRequest, target: &Target) -> f64 {
    let is_spot = prices.term.as_deref().and_then(Term::from_name) == Some(Term::Spot);
    target.interruptions.filter(|_| is_spot).map_or(1.0, |by| by.served())
}

impl Paid {
    /// The price of an hour in which it serves.
    fn of_served(self) -> UsdPerHour {
        self.hourly / self.served
    }
}

/// The cheapest of the request's ways to pay for a replica; none where nobody offers it so.
pub(super) fn cheapest(
    (request, target): (&PlanRequest, &Target),
    cluster: &Cluster,
    resolver: &Resolver<'_>,
) -> Result<Option<Paid>, ApiError> {
    let mut best: Option<Paid> = None;
    for (offer, prices) in request.offers().iter().enumerate() {
        let Some(priced) = estimate::price(prices, cluster, resolver)? else { continue };
        let paid = Paid { offer, hourly: priced.hourly, served: served(prices, target) };
        if best.is_none_or(|best| paid.of_served() < best.of_served()) {
            best = Some(paid);
        }
    }
    Ok(best)
}

/// The same plan at another cloud or under another term.
pub(super) struct Elsewhere {
    pub(super) cloud: String,
    pub(super) term: &'static str,
    /// All replicas for an hour.
    pub(super) hourly: UsdPerHour,
    /// A million tokens at the load's mix.
    pub(super) token: Usd,
    pub(super) priced: Priced,
}

/// What a plan costs at every cloud and under every term that the request allows, the cheapest first.
pub(super) fn elsewhere(
    (request, target): (&PlanRequest, &Target),
    (point, paid): (&Point, &Paid),
    cluster: &Cluster,
    resolver: &Resolver<'_>,
) -> Result<Vec<Elsewhere>, ApiError> {
    let allowed = |cloud: &str| {
        request.cloud.is_empty() || request.cloud.iter().any(|named| named.eq_ignore_ascii_case(cloud))
    };
    let in_region =
        |region: Option<&str>| request.region.as_deref().is_none_or(|named| region == Some(named));
    let offers = resolver.catalog().offers();
    let of_chip = offers.iter().filter(|offer| offer.accelerator == cluster.accelerator.id);
    let of_chip = of_chip.filter(|offer| allowed(&offer.cloud) && in_region(offer.region.as_deref()));
    let clouds: BTreeSet<String> = of_chip.map(|offer| offer.cloud.to_string()).collect();
    let wanted = |term: &Term| {
        request.term.is_empty() || request.term.iter().any(|name| Term::from_name(name) == Some(*term))
    };
    let mut found = Vec::new();
    for cloud in clouds {
        for term in Term::ALL.into_iter().filter(wanted) {
            let prices = PriceRequest {
                cloud: Some(cloud.clone()),
                region: request.region.clone(),
                term: Some(term.name().to_owned()),
                ..PriceRequest::default()
            };
            let Some(priced) = estimate::price(&prices, cluster, resolver)? else { continue };
            let hourly = priced.hourly * point.replicas;
            let dearer = hourly.get() / point.hourly.get() * paid.served / served(&prices, target);
            let token = Usd::dollars(point.token * dearer);
            found.push(Elsewhere { cloud: cloud.clone(), term: term.name(), hourly, token, priced });
        }
    }
    found.sort_by(|a, b| a.hourly.get().total_cmp(&b.hourly.get()).then_with(|| a.cloud.cmp(&b.cloud)));
    found.truncate(MOST);
    Ok(found)
}
