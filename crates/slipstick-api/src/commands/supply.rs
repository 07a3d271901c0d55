//! What searches share: the hardware that is offered, the loads that are tried on it, and the times of a
//! use.

use std::collections::BTreeSet;

use slipstick_catalog::{Catalog, OfferKind, UseCase};
use slipstick_core::units::Seconds;

use crate::{
    ApiError,
    commands::estimate,
    request::{Count, PriceRequest},
    resolve::{Assumption, Resolver},
};

/// Share of full load that is planned for where nobody says.
const USUAL_PLANNED: f64 = 0.8;

/// More requests in flight than this are one more replica.
pub(super) const MOST_IN_FLIGHT: u64 = 1 << 14;

/// The ids of accelerators that stand on a provider's own list. What a marketplace once asked at the least is no price to
/// plan with, unless its hardware is named.
pub(super) fn listed(catalog: &Catalog) -> BTreeSet<String> {
    let offers = catalog.offers();
    let listed = offers.iter().filter(|offer| offer.kind == OfferKind::List);
    listed.map(|offer| offer.accelerator.to_string()).collect()
}

/// How many rows are shown; a list of none would read as if nothing were found.
pub(super) fn rows(limit: Option<Count>, usual: u64) -> Result<usize, ApiError> {
    match limit.map_or(usual, |count| count.0) {
        0 => Err(ApiError::input("list.nothing", "a list of nothing shows nothing")
            .at("--limit")
            .help(format!("give at least 1, or leave it out for {usual}"))),
        rows => Ok(usize::try_from(rows).unwrap_or(usize::MAX)),
    }
}

/// Refuses a model that nobody knows; what the catalogue has and cannot read is the reason of a row.
pub(super) fn known_model(name: &str, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    if resolver.catalog().find_model(name).is_some() {
        return Ok(());
    }
    resolver.model(name, false).map(drop)
}

/// Refuses the one model that is named, if it is a model and writes no text.
pub(super) fn generates(name: &str, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    if resolver.catalog().find_model(name).is_none() {
        return Ok(());
    }
    estimate::generates(resolver.model(name, false)?.as_ref()).map_err(|error| error.at("--model"))
}

/// Refuses clouds, regions and terms that nobody knows.
pub(super) fn known_clouds(clouds: &[String], catalog: &Catalog) -> Result<(), ApiError> {
    clouds.iter().try_for_each(|cloud| {
        estimate::known(&PriceRequest { cloud: Some(cloud.clone()), ..PriceRequest::default() }, catalog)
    })
}

/// A refusal at the flag of a command that calls it otherwise.
pub(super) fn renamed(error: ApiError, from: &str, to: &str) -> ApiError {
    if error.at.as_deref() == Some(from) { error.at(to.to_owned()) } else { error }
}

/// Requests in flight to try: doublings, and the most.
pub(super) fn loads(most: u64) -> impl Iterator<Item = u64> {
    let doublings = (0..u64::BITS).map(|power| 1_u64 << power).take_while(move |count| *count < most);
    doublings.chain([most])
}

/// The share of full load that replicas are planned for where nobody says.
pub(super) fn usual_planned(defaults: &mut Vec<Assumption>) -> f64 {
    let why = "a fifth of full load is left for peaks".to_owned();
    defaults.push(Assumption { flag: "--planned", value: USUAL_PLANNED.to_string(), why });
    USUAL_PLANNED
}

/// A target: what is stated, or the time of the use that is named.
pub(super) fn target(
    flag: &'static str,
    stated: Option<Seconds>,
    used: Option<(&UseCase, Seconds)>,
    defaults: &mut Vec<Assumption>,
) -> Option<Seconds> {
    let Some((used, time)) = used.filter(|_| stated.is_none()) else { return stated };
    defaults.push(Assumption { flag, value: time.to_string(), why: estimate::because(used) });
    Some(time)
}
