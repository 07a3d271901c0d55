//! Rows that cannot be right, found by holding prices against each other.

use std::collections::HashMap;

use slipstick_core::units::UsdPerHour;

use super::Rows;
use crate::{Offer, Text, offers::Term};

/// How far one region's price may lie from the median of its instance type. Placeholders and commitment rates in the
/// on-demand column lie further; true regional differences do not.
const FURTHEST_FROM_MEDIAN: f64 = 1.6;

/// A placeholder that one list prints where it knows no price.
const PLACEHOLDER: f64 = 700.0;

/// Moves the rows that break a rule to the rejects.
pub(super) fn sift(read: &mut Rows) {
    retain(read, price_rule);
    let medians = medians(&read.offers);
    retain(read, |offer| {
        let price = offer.prices.on_demand?.get();
        let median = *medians.get(&(offer.cloud.clone(), offer.instance.clone()))?;
        let ratio = price / median;
        (!(1.0 / FURTHEST_FROM_MEDIAN..=FURTHEST_FROM_MEDIAN).contains(&ratio)).then(|| {
            format!("the price is more than {FURTHEST_FROM_MEDIAN} times away from the median of its regions")
        })
    });
}

fn retain(read: &mut Rows, broken: impl Fn(&Offer) -> Option<String>) {
    let mut offers = core::mem::take(&mut read.offers);
    offers.retain(|(line, offer)| {
        let Some(reason) = broken(offer) else { return true };
        let region = offer.region.as_deref().unwrap_or("any region");
        read.reject(*line, format!("{} {region}", offer.instance), &reason);
        false
    });
    read.offers = offers;
}

/// What is wrong with the prices of one row alone.
fn price_rule(offer: &Offer) -> Option<String> {
    let prices = Term::ALL.into_iter().filter_map(|term| offer.prices.of(term));
    let mut none = true;
    for price in prices.map(UsdPerHour::get) {
        none = false;
        if !(price.is_finite() && price > 0.0) {
            return Some("the price is not above zero".to_owned());
        }
        if (price - PLACEHOLDER).abs() < 1e-9 {
            return Some("700.0 is a placeholder, not a price".to_owned());
        }
    }
    if none {
        return Some("it has no price".to_owned());
    }
    match (offer.prices.on_demand, offer.prices.spot) {
        (Some(list), Some(spot)) if spot > list => {
            Some("spot costs more than on demand: one of them is another rate".to_owned())
        }
        _ if offer.count == 0 => Some("it has no accelerator".to_owned()),
        _ => None,
    }
}

/// The median on-demand price of each instance type that several regions sell.
fn medians(offers: &[(u64, Offer)]) -> HashMap<(Text, Text), f64> {
    let key = |offer: &Offer| (offer.cloud.clone(), offer.instance.clone());
    let mut priced: Vec<&Offer> =
        offers.iter().map(|(_, offer)| offer).filter(|offer| offer.prices.on_demand.is_some()).collect();
    priced.sort_unstable_by(|a, b| (&a.cloud, &a.instance).cmp(&(&b.cloud, &b.instance)));
    let types = priced.chunk_by(|a, b| (&a.cloud, &a.instance) == (&b.cloud, &b.instance));
    types
        .filter(|regions| regions.len() > 1)
        .map(|regions| {
            let mut all: Vec<f64> =
                regions.iter().filter_map(|offer| offer.prices.on_demand).map(UsdPerHour::get).collect();
            all.sort_by(f64::total_cmp);
            (key(regions[0]), f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2]))
        })
        .collect()
}
