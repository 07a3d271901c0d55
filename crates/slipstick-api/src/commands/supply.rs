//! What searches share: the hardware that is offered, the loads that are tried on it, and the times of a
//! use.

use std::collections::BTreeSet;

use slipstick_catalog::{Catalog, OfferKind, UseCase};
use slipstick_core::units::Seconds;

use crate::{commands::estimate, resolve::Assumption};

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
