//! Where a fleet that grows with its load first costs less than a price by the token.

use crate::{
    basis::Basis,
    estimate::{
        hosted::{Against, Demand, Own, own},
        hours::Paid,
    },
    formulas::cost::hosted::requests_of_rate,
    quantity::Detail as D,
    trace::{Source, Trace, fact},
    traced,
    units::{Frequency, UsdPerHour},
};

/// A fleet beyond this grows by so small a part with each replica that what one more costs decides nothing.
const MOST_REPLICAS: u32 = 64;

/// Loads that are tried between two counts of replicas of the busiest hour: others' counts change between them.
const STEPS: u32 = 16;

/// Halvings of the step in which costs become equal: more change nothing that is printed.
const HALVINGS: u32 = 50;

/// What as many replicas as a mean rate of requests takes cost.
pub fn fleet_at(demand: &Demand<'_>, capacity: f64, paid: &Paid, requests: f64) -> UsdPerHour {
    let busiest = Frequency::per_s(requests / demand.mean_hour());
    own(&Demand { rate: Some(busiest), ..*demand }, capacity, paid, Trace::off()).hourly
}

/// The least requests a day at which replicas for them cost less than the hosted price at `place` in a list, if there are.
pub fn crossing(
    demand: &Demand<'_>,
    capacity: f64,
    paid: &Paid,
    (against, own): (&Against, &Own),
    place: usize,
    trace: Trace<'_>,
) -> Option<f64> {
    let hosted = against.full_hour.get() / own.full.requests;
    let pays = |requests: f64| fleet_at(demand, capacity, paid, requests).get() <= hosted * requests;
    let step = capacity * demand.planned * demand.mean_hour() / f64::from(STEPS);
    let first = (1..=STEPS * MOST_REPLICAS).find(|at| pays(f64::from(*at) * step))?;
    let (mut low, mut high) = (f64::from(first - 1) * step, f64::from(first) * step);
    for _ in 0..HALVINGS {
        let middle = low.midpoint(high);
        if pays(middle) { high = middle } else { low = middle }
    }
    Some(traced!(trace, D::CrossingRequests(place), requests_of_rate {
        R: high => fact("1/s", Source::Hours, Basis::Exact),
    }))
}

#[cfg(test)]
mod tests {
    use super::{crossing, fleet_at};
    use crate::{
        estimate::{
            hosted::{Demand, HostedPrice, against, own},
            hours::Paid,
        },
        formulas::cost::hosted::requests_of_rate as per_day,
        quantity::Quantity as Q,
        trace::Trace,
        units::{Frequency, Usd, UsdPerHour},
    };

    /// A replica of 20.80 dollars an hour answers 3,000 requests a second of eight tokens in and one out; it is planned to
    /// 80 %.
    const DEMAND: Demand<'static> = Demand {
        input: 8.0,
        output: 1.0,
        rate: Some(Frequency::per_s(100.0)),
        utilisation: 1.0,
        planned: 0.8,
        least: 1.0,
        cached: 0.0,
        beside: UsdPerHour::dollars_per_hour(0.0),
        hours: &[],
        follows: false,
    };
    const CAPACITY: f64 = 3000.0;

    fn crossed(demand: &Demand<'_>, output: f64) -> Option<f64> {
        let paid = Paid::always(UsdPerHour::dollars_per_hour(20.8), Q::Price);
        let own = own(demand, CAPACITY, &paid, Trace::off());
        let price =
            HostedPrice { input: Usd::dollars(output / 3.0), cached: None, output: Usd::dollars(output) };
        let of = against(&own, demand, &price, 0, Trace::off());
        crossing(demand, CAPACITY, &paid, (&of, &own), 0, Trace::off())
    }

    /// One replica is enough where its share of a full hour pays it: 0.29181 of 3,000 a second.
    #[test]
    fn costs_cross_at_the_share_that_breaks_even() {
        let found = crossed(&DEMAND, 1.8).unwrap();
        assert!((found / per_day(CAPACITY * 20.8 / 71.28) - 1.0).abs() < 1e-6, "{found}");
        let day = 86_400.0;
        assert!((found / (CAPACITY * 20.8 / 71.28 * day) - 1.0).abs() < 1e-6);
    }

    /// A price at which one full replica does not pay, and no other number of them.
    #[test]
    fn a_price_below_that_of_full_replicas_is_never_reached() {
        assert_eq!(crossed(&DEMAND, 1.8 * 0.29), None);
    }

    /// Hours of which half are idle double what the others must bring, unless replicas stop in them.
    #[test]
    fn idle_hours_move_the_crossing_and_stopping_moves_it_back() {
        let hours = [0.0, 1.0];
        let fixed = Demand { hours: &hours, ..DEMAND };
        let following = Demand { follows: true, least: 0.0, ..fixed };
        let (all, half) = (crossed(&DEMAND, 1.8).unwrap(), crossed(&following, 1.8).unwrap());
        assert!((half / all - 0.5).abs() < 1e-6, "{half} of {all}");
        assert!((crossed(&fixed, 1.8).unwrap() / all - 1.0).abs() < 1e-6);
        let paid = Paid::always(UsdPerHour::dollars_per_hour(20.8), Q::Price);
        let at = |demand: &Demand<'_>| fleet_at(demand, CAPACITY, &paid, 1300.0).get();
        assert!((at(&fixed) - 2.0 * 20.8).abs() < 1e-9 && (at(&following) - 20.8).abs() < 1e-9);
    }
}
