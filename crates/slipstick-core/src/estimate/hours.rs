//! Replicas over hours of unequal load: how many run, how often one starts, and how many are worth a commitment.

use crate::{
    basis::Basis,
    estimate::hosted::Demand,
    formulas::cost::{
        hosted::replicas,
        hours::{committed_share, mixed_hourly, start_time},
    },
    hardware::Assumptions,
    quantity::{Detail as D, Quantity as Q},
    trace::{Origin, Source, Trace, asked, assumed, at, model},
    traced,
    units::{Bandwidth, Bytes, Seconds, UsdPerHour},
};

/// What a replica of a deployment costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paid {
    /// An hour as it is needed.
    pub price: UsdPerHour,
    /// Under which number that is recorded.
    pub priced: Q,
    /// An hour that is paid whether it is needed or not, if there is such a price.
    pub committed: Option<UsdPerHour>,
    /// Time until one that is started serves.
    pub start: Seconds,
    /// Where that comes from.
    pub started: Origin,
}

impl Paid {
    /// The same price in every hour.
    pub const fn always(price: UsdPerHour, priced: Q) -> Self {
        Self { price, priced, committed: None, start: Seconds::ZERO, started: asked("") }
    }
}

/// Replicas over the hours of a profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hours {
    /// How many run in the mean hour.
    pub mean: f64,
    /// How often one starts, an hour.
    pub starts: f64,
    /// How many are paid always.
    pub committed: f64,
    /// How many run beyond those in the mean hour.
    pub beyond: f64,
    /// Share of the hours from which on a commitment pays, if there is one.
    pub share: Option<f64>,
}

/// Time until a replica serves whose weights are so large on each of its nodes.
pub fn start(weights: Bytes, assumptions: &Assumptions, trace: Trace<'_>) -> Seconds {
    traced!(trace, D::StartTime, start_time {
        W: weights => model("B"),
        B: Bandwidth::gb_per_s(assumptions.load_rate.value) => assumed(""),
        t_e: Seconds::s(assumptions.engine_start.value) => assumed(""),
    })
}

/// The replicas of each hour, where one answers `requests` a second at full load.
pub(super) fn needs(demand: &Demand<'_>, requests: f64, busiest: f64) -> Vec<f64> {
    let (true, Some(rate)) = (demand.follows, demand.rate) else {
        return vec![busiest; demand.hours.len().max(1)];
    };
    let of = |load: &f64| replicas(load * rate.get(), requests, demand.planned, demand.least);
    demand.hours.iter().map(of).collect()
}

/// How many of `needs`, each with its share of the hours, are worth a commitment: as many as are needed in more than `share`
/// of the hours.
pub fn committed(needs: &[(f64, f64)], share: f64) -> f64 {
    let above =
        |count: f64| needs.iter().filter(|(need, _)| *need > count).map(|(_, hours)| hours).sum::<f64>();
    let enough = |count: &f64| above(*count) <= share;
    if share >= 1.0 {
        return 0.0;
    }
    [0.0].into_iter().chain(needs.iter().map(|(need, _)| *need)).filter(enough).fold(f64::INFINITY, f64::min)
}

/// What is needed beyond `count` in the mean hour.
pub fn beyond(needs: &[(f64, f64)], count: f64) -> f64 {
    needs.iter().map(|(need, hours)| hours * (need - count).max(0.0)).sum()
}

/// How often a replica beyond `count` starts, an hour, where the last hour comes before the first again.
fn starts(needs: &[f64], count: f64) -> f64 {
    let before = needs.iter().cycle().skip(needs.len().saturating_sub(1));
    let more = |(now, before): (&f64, &f64)| (now.max(count) - before.max(count)).max(0.0);
    needs.iter().zip(before).map(more).sum::<f64>() / needs.len().max(1) as f64
}

/// What the hours of a demand take, with the least that they can cost in the mean.
pub(super) fn over(
    demand: &Demand<'_>,
    (requests, busiest): (f64, f64),
    paid: &Paid,
    trace: Trace<'_>,
) -> (Hours, UsdPerHour) {
    let needs = needs(demand, requests, busiest);
    let each = 1.0 / needs.len() as f64;
    let spread: Vec<(f64, f64)> = needs.iter().map(|need| (*need, each)).collect();
    let share = paid.committed.map(|reserved| {
        traced!(trace, D::CommittedShare, committed_share {
            p_r: reserved => at(D::CommittedPrice),
            p: paid.price => at(paid.priced),
        })
    });
    let count = share.map_or(0.0, |share| committed(&spread, share));
    let hours = Hours {
        mean: beyond(&spread, 0.0),
        starts: starts(&needs, count),
        committed: count,
        beyond: beyond(&spread, count),
        share,
    };
    record(&hours, paid, trace);
    (hours, cost(demand, &hours, paid, trace))
}

/// What is found hour by hour.
fn record(hours: &Hours, paid: &Paid, trace: Trace<'_>) {
    for (quantity, value) in [
        (D::MeanReplicas, hours.mean),
        (D::Starts, hours.starts),
        (D::Committed, hours.committed),
        (D::BeyondCommitted, hours.beyond),
    ] {
        trace.stated(quantity, value, Source::Hours, Basis::Exact);
    }
    if let Some(price) = paid.committed {
        trace.stated(D::CommittedPrice, price, Source::Prices, Basis::Specified);
    }
}

fn cost(demand: &Demand<'_>, hours: &Hours, paid: &Paid, trace: Trace<'_>) -> UsdPerHour {
    let (reserved, known) = match paid.committed {
        Some(price) => (price, at(D::CommittedPrice)),
        None => (UsdPerHour::dollars_per_hour(0.0), asked("USD/h")),
    };
    traced!(trace, Q::OwnHourly, mixed_hourly {
        k: hours.committed => at(D::Committed),
        p_r: reserved => known,
        e: hours.beyond => at(D::BeyondCommitted),
        s: hours.starts => at(D::Starts),
        t: paid.start => paid.started,
        p: paid.price => at(paid.priced),
        b: demand.beside => asked("USD/h"),
    })
}

#[cfg(test)]
mod tests {
    use super::{Paid, beyond, committed, over, starts};
    use crate::{
        estimate::hosted::Demand,
        formulas::cost::hours::{committed_share, mixed_hourly},
        quantity::Quantity as Q,
        trace::Trace,
        units::{Frequency, Seconds, UsdPerHour},
    };

    fn near(found: f64, known: f64) {
        assert!((found - known).abs() <= 1e-6 * known.abs(), "{found}, not {known}");
    }

    const fn usd(dollars: f64) -> UsdPerHour {
        UsdPerHour::dollars_per_hour(dollars)
    }

    /// A need that is spread evenly over [2, 10], by the trapezoidal rule: exact, as the costs are straight between its points.
    fn even() -> Vec<(f64, f64)> {
        (0..=8).map(|at| (f64::from(2 + at), if at % 8 == 0 { 0.5 / 8.0 } else { 1.0 / 8.0 })).collect()
    }

    #[test]
    fn five_of_a_need_from_two_to_ten_are_committed_to() {
        let (reserved, price) = (usd(2.0), usd(3.2));
        let count = committed(&even(), committed_share(reserved, price));
        near(count, 5.0);
        let cost = |count: f64| {
            let more = beyond(&even(), count);
            mixed_hourly(count, reserved, more, 0.0, Seconds::ZERO, price, usd(0.0)).get()
        };
        for (count, known) in [(count, 15.0), (0.0, 19.2), (10.0, 20.0), (2.0, 16.8)] {
            near(cost(count), known);
        }
        assert!([3.0, 4.0, 6.0, 7.0].iter().all(|other| cost(*other) > cost(count)), "the least");
    }

    #[test]
    fn nothing_is_committed_to_that_is_dearer_than_what_is_needed() {
        near(committed(&even(), 1.0), 0.0);
        near(committed(&even(), 0.0), 10.0);
    }

    /// Two idle hours of four, then one replica, then three: three starts in four hours, two of them beyond one that is kept.
    #[test]
    fn starts_are_counted_around_the_clock() {
        near(starts(&[0.0, 0.0, 1.0, 3.0], 0.0), 0.75);
        near(starts(&[0.0, 0.0, 1.0, 3.0], 1.0), 0.5);
        near(starts(&[2.0, 2.0], 0.0), 0.0);
    }

    fn demand(hours: &[f64], follows: bool) -> Demand<'_> {
        Demand {
            input: 8.0,
            output: 1.0,
            rate: Some(Frequency::per_s(24.0)),
            utilisation: 1.0,
            planned: 0.8,
            least: 0.0,
            cached: 0.0,
            beside: usd(0.0),
            hours,
            follows,
        }
    }

    /// Ten requests a second a replica, planned to 80 %: three replicas in the busiest hour, two, one and none in others.
    #[test]
    fn a_fleet_that_follows_its_load_pays_what_runs_and_what_starts() {
        let hours = [0.0, 0.3, 0.6, 1.0];
        let paid = Paid { start: Seconds::s(360.0), ..Paid::always(usd(2.0), Q::Price) };
        let (fixed, all) = over(&demand(&hours, false), (10.0, 3.0), &paid, Trace::off());
        near(fixed.mean, 3.0);
        near(all.get(), 6.0);
        let (following, less) = over(&demand(&hours, true), (10.0, 3.0), &paid, Trace::off());
        near(following.mean, 6.0 / 4.0);
        near(following.starts, 3.0 / 4.0);
        near(less.get(), 2.0 * (1.5 + 0.75 * 0.1));
    }
}
