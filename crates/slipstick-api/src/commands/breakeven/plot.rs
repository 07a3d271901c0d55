//! What a month costs over the requests of a day: one's own as a staircase, the hosted price as a line, and where they cross.

use slipstick_core::{
    estimate::crossing::fleet_at,
    formulas::cost::{hosted::requests_of_rate as per_day, plans::monthly},
    units::UsdPerHour,
};

use super::Answer;
use crate::view::{Axis, Plot, Series};

/// Loads that the plot goes through: enough for a staircase to look like one.
const LOADS: u32 = 240;

/// How far the plot goes beyond what must be seen.
const BEYOND: f64 = 1.5;

pub(super) fn plot(a: &Answer<'_>) -> Plot {
    let capacity = a.own.full.requests / a.own.replicas;
    let crossed = a.crossings.iter().position(Option::is_some);
    let loads = loads(a, capacity, crossed.and_then(|row| a.crossings[row]));
    let over = |of: &dyn Fn(f64) -> f64| loads.iter().map(|load| (per_day(*load), of(*load))).collect();
    let stairs = |requests: f64| month(fleet_at(&a.demand, capacity, &a.paid, requests));
    let mut series = vec![line("one's own, as many replicas as it takes", over(&stairs))];
    // The cheapest price, and the cheapest of those that one's own comes below.
    for row in [0].into_iter().chain(crossed.filter(|row| *row > 0)) {
        series.push(line(&named(a, row), over(&|requests| hosted(a, row, requests))));
    }
    if let Some((row, found)) = crossed.and_then(|row| Some((row, a.crossings[row]?))) {
        let price = hosted(a, row, found / per_day(1.0));
        let label = format!("one's own costs less than {} from here", named(a, row));
        series.push(line(&label, vec![(found, price)]));
    }
    if let Some(asked) = &a.own.asked {
        series.push(line("as asked", vec![(per_day(asked.requests), month(a.own.hourly))]));
    }
    Plot {
        caption: "A month's cost over the requests of a day".to_owned(),
        x: Axis { label: "requests a day".to_owned(), log: false },
        y: Axis { label: "$ a month".to_owned(), log: false },
        series,
    }
}

fn line(label: &str, points: Vec<(f64, f64)>) -> Series {
    Series { label: label.to_owned(), points }
}

/// Who asks a price, and what it comes to.
fn named(a: &Answer<'_>, row: usize) -> String {
    let (hosted, against) = &a.api[row];
    format!("{} at {} per 1M", hosted.provider, against.token)
}

/// What a month of so many requests a second costs at the price in a row.
fn hosted(a: &Answer<'_>, row: usize, requests: f64) -> f64 {
    month(a.api[row].1.full_hour * (requests / a.own.full.requests))
}

fn month(price: UsdPerHour) -> f64 {
    monthly(price).get()
}

/// Mean rates from none to beyond where costs cross, what is asked, and what one replica holds.
fn loads(a: &Answer<'_>, capacity: f64, crossed: Option<f64>) -> Vec<f64> {
    let one = capacity * a.demand.planned * a.demand.mean_hour();
    let crossed = crossed.map_or(0.0, |found| found / per_day(1.0));
    let asked = a.own.asked.as_ref().map_or(0.0, |asked| asked.requests);
    let most = BEYOND * one.max(crossed).max(asked);
    (1..=LOADS).map(|at| most * f64::from(at) / f64::from(LOADS)).collect()
}
