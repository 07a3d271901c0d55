//! A deployment of one's own against prices by the token.

use crate::{
    basis::Basis,
    estimate::hours::{Hours, Paid, over},
    formulas::{
        cost::{
            hosted::{
                break_even_tokens, break_even_utilisation, hosted_hourly, hosted_price, input_at_ratio,
                interrupted_price, output_at_ratio, own_hourly, replicas, requests_a_day, served_share,
            },
            hours::mean_rate,
            tokens::usd_per_million_tokens,
        },
        time::latency::{rate_of_replicas, token_rate},
    },
    quantity::{Detail as D, Quantity as Q},
    trace::{Origin, Source, Trace, asked, at, fact},
    traced,
    units::{Frequency, Seconds, Usd, UsdPerHour},
};

/// How often a machine is taken away, and what that loses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interruptions {
    /// How many an hour.
    pub per_hour: f64,
    /// Time until it serves again.
    pub restart: Seconds,
    /// Work that is lost with it.
    pub lost: Seconds,
}

impl Interruptions {
    /// Share of the time that a machine serves.
    pub fn served(&self) -> f64 {
        served_share(self.per_hour, self.restart, self.lost)
    }
}

/// What is asked of one's own deployment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand<'h> {
    /// Tokens that a request reads.
    pub input: f64,
    /// Tokens that a request writes.
    pub output: f64,
    /// Requests a second in the busiest hour, if a rate is asked for; else the question is one of full load.
    pub rate: Option<Frequency>,
    /// Share of the time under the load, where no rate is asked for.
    pub utilisation: f64,
    /// Share of full load that is planned for, where a rate is.
    pub planned: f64,
    /// The least number of replicas.
    pub least: f64,
    /// Share of the input that a provider finds in its cache.
    pub cached: f64,
    /// What runs beside the replicas an hour.
    pub beside: UsdPerHour,
    /// The load of each hour as a share of the busiest; empty where all are alike.
    pub hours: &'h [f64],
    /// Whether replicas start and stop with the hours.
    pub follows: bool,
}

impl Demand<'_> {
    /// The mean hour's share of the busiest.
    pub fn mean_hour(&self) -> f64 {
        let hours = self.hours.len();
        if hours == 0 { 1.0 } else { self.hours.iter().sum::<f64>() / hours as f64 }
    }
}

/// A load in requests and tokens a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Requests.
    pub requests: f64,
    /// Tokens read.
    pub input: f64,
    /// Tokens written.
    pub output: f64,
    /// Both.
    pub tokens: f64,
}

/// What one's own deployment costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Own {
    /// Replicas.
    pub replicas: f64,
    /// All of them for an hour, with what runs beside them.
    pub hourly: UsdPerHour,
    /// A million tokens.
    pub token: Usd,
    /// What they hold at full load.
    pub full: Load,
    /// What is asked for in the mean hour, if a rate is.
    pub asked: Option<Load>,
    /// What its hours take, where they are unlike or some replicas are committed to.
    pub hours: Option<Hours>,
}

/// A price by the token, for a million of each kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HostedPrice {
    /// Input.
    pub input: Usd,
    /// Input that the provider finds in its cache, where that has a price of its own.
    pub cached: Option<Usd>,
    /// Output.
    pub output: Usd,
}

/// A hosted price against one's own deployment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Against {
    /// What the tokens of an hour at full load cost there.
    pub full_hour: UsdPerHour,
    /// What those of an hour at the rate cost, if one is asked for.
    pub hour: Option<UsdPerHour>,
    /// A million tokens at the load's mix.
    pub token: Usd,
    /// Share of the time at full load from which one's own costs less.
    pub utilisation: f64,
    /// Tokens a month from which it does.
    pub tokens_per_month: f64,
    /// Requests a day from which it does.
    pub requests_per_day: f64,
    /// One's own million input and output tokens, output as many times dearer as there.
    pub own_at_ratio: (Usd, Usd),
}

/// The price of a machine that may be taken away, with what that loses.
pub fn interrupted(price: UsdPerHour, by: &Interruptions, trace: Trace<'_>) -> UsdPerHour {
    traced!(trace, Q::InterruptedPrice, interrupted_price {
        s: price => at(Q::Price),
        f: by.per_hour => asked("1/h"),
        t_r: by.restart => asked(""),
        t_l: by.lost => asked(""),
    })
}

/// Replicas of a deployment that answers `requests` a second at full load.
pub fn own(demand: &Demand<'_>, requests: f64, paid: &Paid, trace: Trace<'_>) -> Own {
    let count = count(demand, requests, trace);
    let (hours, hourly) = hourly(demand, (requests, count), paid, trace);
    let all = traced!(trace, Q::LoadRequests(FULL), rate_of_replicas {
        n: count => at(Q::Replicas),
        X_1: requests => at(Q::RequestRate),
    });
    let full = load(demand, FULL, (all, at(Q::LoadRequests(FULL))), trace);
    let wanted = demand.rate.map(|rate| load(demand, ASKED, mean(demand, rate, trace), trace));
    let (way, tokens, busy) = match wanted {
        Some(load) => (ASKED, load.tokens, 1.0),
        None => (FULL, full.tokens, demand.utilisation),
    };
    let token = traced!(trace, Q::OwnTokenPrice, usd_per_million_tokens {
        p: hourly => at(Q::OwnHourly),
        g: 1.0 => asked(""),
        r: tokens => at(Q::LoadTokens(way)),
        u: busy => fact("", Source::Request, Basis::Specified),
    });
    Own { replicas: count, hourly, token, full, asked: wanted, hours }
}

/// What all replicas cost in the mean hour.
fn hourly(
    demand: &Demand<'_>,
    (requests, count): (f64, f64),
    paid: &Paid,
    trace: Trace<'_>,
) -> (Option<Hours>, UsdPerHour) {
    if paid.committed.is_some() || !demand.hours.is_empty() {
        let (hours, cost) = over(demand, (requests, count), paid, trace);
        return (Some(hours), cost);
    }
    let cost = traced!(trace, Q::OwnHourly, own_hourly {
        n: count => at(Q::Replicas),
        p: paid.price => at(paid.priced),
        b: demand.beside => asked("USD/h"),
    });
    (None, cost)
}

/// Requests of the mean hour, and where that number comes from.
fn mean(demand: &Demand<'_>, busiest: Frequency, trace: Trace<'_>) -> (f64, Origin) {
    if demand.hours.is_empty() {
        return (busiest.get(), asked("1/s"));
    }
    let mean = traced!(trace, Q::LoadRequests(ASKED), mean_rate {
        R_b: busiest.get() => asked("1/s"),
        a: demand.mean_hour() => asked(""),
    });
    (mean, at(Q::LoadRequests(ASKED)))
}

/// Replicas that hold the rate, or the least number of them.
fn count(demand: &Demand<'_>, requests: f64, trace: Trace<'_>) -> f64 {
    let Some(rate) = demand.rate else {
        trace.stated(Q::Replicas, demand.least, Source::Request, Basis::Exact);
        return demand.least;
    };
    traced!(trace, Q::Replicas, replicas {
        R: rate.get() => asked("1/s"),
        r: requests => at(Q::RequestRate),
        u: demand.planned => fact("", Source::Request, Basis::Specified),
        m: demand.least => asked("replicas"),
    })
}

/// The place of full load among loads, and that of the rate that is asked for.
const FULL: usize = 0;
const ASKED: usize = 1;

fn load(demand: &Demand<'_>, way: usize, (requests, known): (f64, Origin), trace: Trace<'_>) -> Load {
    let of = |quantity, tokens: f64| traced!(trace, quantity, token_rate { t: tokens => asked("tokens"), X: requests => known });
    Load {
        requests,
        input: of(Q::LoadInput(way), demand.input),
        output: of(Q::LoadOutput(way), demand.output),
        tokens: of(Q::LoadTokens(way), demand.input + demand.output),
    }
}

/// The hosted price at `place` in a list against one's own deployment.
pub fn against(
    own: &Own,
    demand: &Demand<'_>,
    price: &HostedPrice,
    place: usize,
    trace: Trace<'_>,
) -> Against {
    let (cached, known) = match price.cached {
        Some(cached) => (cached, at(Q::HostedCached(place))),
        None => (price.input, at(Q::HostedInput(place))),
    };
    let hour = |quantity, way, load: &Load| {
        traced!(trace, quantity, hosted_hourly {
            q_i: load.input => at(Q::LoadInput(way)),
            q_o: load.output => at(Q::LoadOutput(way)),
            h: demand.cached => asked(""),
            c_i: price.input => at(Q::HostedInput(place)),
            c_h: cached => known,
            c_o: price.output => at(Q::HostedOutput(place)),
        })
    };
    let full_hour = hour(Q::HostedFullHour(place), FULL, &own.full);
    let token = traced!(trace, Q::HostedTokenPrice(place), hosted_price {
        V: full_hour => at(Q::HostedFullHour(place)),
        q_i: own.full.input => at(Q::LoadInput(FULL)),
        q_o: own.full.output => at(Q::LoadOutput(FULL)),
    });
    let (utilisation, tokens, requests) = break_even(own, demand, (full_hour, token), place, trace);
    let own_at_ratio = at_ratio(own, demand, price, place, trace);
    Against {
        full_hour,
        hour: own.asked.map(|load| hour(Q::HostedHour(place), ASKED, &load)),
        token,
        utilisation,
        tokens_per_month: tokens,
        requests_per_day: requests,
        own_at_ratio,
    }
}

/// One's own prices of input and output in the proportion of a hosted list.
fn at_ratio(
    own: &Own,
    demand: &Demand<'_>,
    price: &HostedPrice,
    place: usize,
    trace: Trace<'_>,
) -> (Usd, Usd) {
    let (way, load, busy) = match &own.asked {
        Some(load) => (ASKED, load, 1.0),
        None => (FULL, &own.full, demand.utilisation),
    };
    let input = traced!(trace, D::OwnInputAtRatio(place), input_at_ratio {
        H: own.hourly => at(Q::OwnHourly),
        u: busy => fact("", Source::Request, Basis::Specified),
        q_i: load.input => at(Q::LoadInput(way)),
        q_o: load.output => at(Q::LoadOutput(way)),
        c_i: price.input => at(Q::HostedInput(place)),
        c_o: price.output => at(Q::HostedOutput(place)),
    });
    let output = traced!(trace, D::OwnOutputAtRatio(place), output_at_ratio {
        p_i: input => at(D::OwnInputAtRatio(place)),
        c_i: price.input => at(Q::HostedInput(place)),
        c_o: price.output => at(Q::HostedOutput(place)),
    });
    (input, output)
}

/// Where both cost the same: the share of full load, tokens a month, requests a day.
fn break_even(
    own: &Own,
    demand: &Demand<'_>,
    (full_hour, token): (UsdPerHour, Usd),
    place: usize,
    trace: Trace<'_>,
) -> (f64, f64, f64) {
    let utilisation = traced!(trace, Q::BreakEvenUtilisation(place), break_even_utilisation {
        H: own.hourly => at(Q::OwnHourly),
        V: full_hour => at(Q::HostedFullHour(place)),
    });
    let tokens = traced!(trace, Q::BreakEvenTokens(place), break_even_tokens {
        H: own.hourly => at(Q::OwnHourly),
        c: token => at(Q::HostedTokenPrice(place)),
    });
    let requests = traced!(trace, Q::BreakEvenRequests(place), requests_a_day {
        T: tokens => at(Q::BreakEvenTokens(place)),
        I: demand.input => asked("tokens"),
        O: demand.output => asked("tokens"),
    });
    (utilisation, tokens, requests)
}

#[cfg(test)]
mod tests {
    use super::{Against, Demand, HostedPrice, Interruptions, Own, against, interrupted, own};
    use crate::{
        estimate::hours::Paid,
        quantity::Quantity as Q,
        trace::Trace,
        units::{Frequency, Seconds, Usd, UsdPerHour},
    };

    /// One request reads eight tokens and writes one; 3,000 a second are 24,000 and 3,000 tokens.
    const DEMAND: Demand<'static> = Demand {
        input: 8.0,
        output: 1.0,
        rate: None,
        utilisation: 1.0,
        planned: 0.8,
        least: 1.0,
        cached: 0.0,
        beside: UsdPerHour::dollars_per_hour(0.0),
        hours: &[],
        follows: false,
    };
    const CAPACITY: f64 = 3000.0;

    fn both(demand: &Demand<'_>) -> (Own, Against) {
        let paid = Paid::always(UsdPerHour::dollars_per_hour(20.8), Q::Price);
        let own = own(demand, CAPACITY, &paid, Trace::off());
        let hosted = HostedPrice {
            input: Usd::dollars(0.6),
            cached: Some(Usd::dollars(0.06)),
            output: Usd::dollars(1.8),
        };
        (own, against(&own, demand, &hosted, 0, Trace::off()))
    }

    fn near(found: f64, known: f64) {
        assert!((found / known - 1.0).abs() < 1e-6, "{found}, not {known}");
    }

    #[test]
    fn eight_accelerators_against_a_price_by_the_token() {
        let (own, against) = both(&DEMAND);
        near(against.full_hour.get(), 71.28);
        near(against.utilisation, 20.8 / 71.28);
        near(against.token.get(), 71.28 / 97.2);
        near(against.tokens_per_month, 20.8 * 730.0 * 97.2e6 / 71.28);
        near(own.full.tokens * 3600.0 * 730.0, 70.956e9);
    }

    #[test]
    fn what_runs_beside_raises_the_share_that_must_be_busy_and_cached_input_too() {
        let beside = UsdPerHour::dollars_per_hour(3000.0 / 730.0);
        near(both(&Demand { beside, ..DEMAND }).1.utilisation, (20.8 + 3000.0 / 730.0) / 71.28);
        near(both(&Demand { cached: 0.5, ..DEMAND }).1.utilisation, 20.8 / 47.952);
    }

    /// Demands in replicas, the replicas they take, what those cost, and what the tokens would.
    #[test]
    fn a_rate_is_held_by_whole_replicas() {
        let known = [
            (0.3, 1.0, 20.8, 21.384),
            (0.9, 2.0, 41.6, 64.152),
            (1.9, 3.0, 62.4, 135.432),
            (2.6, 4.0, 83.2, 185.328),
        ];
        for (demand, count, cost, hosted) in known {
            let rate = Some(Frequency::per_s(demand * CAPACITY));
            let (own, against) = both(&Demand { rate, ..DEMAND });
            near(own.replicas, count);
            near(own.hourly.get(), cost);
            near(against.hour.map_or(0.0, UsdPerHour::get), hosted);
        }
    }

    #[test]
    fn what_machines_that_are_taken_away_come_to() {
        for (per_hour, restart, lost, known) in [(0.05, 0.25, 0.1, 1.221_374), (0.2, 0.25, 0.5, 1.411_765)] {
            let hours = |hours: f64| Seconds::s(3600.0 * hours);
            let by = Interruptions { per_hour, restart: hours(restart), lost: hours(lost) };
            near(interrupted(UsdPerHour::dollars_per_hour(1.2), &by, Trace::off()).get(), known);
        }
    }

    /// At the share of the time that breaks even one's own tokens cost what the others do.
    #[test]
    fn both_cost_the_same_where_they_break_even() {
        let (_, first) = both(&DEMAND);
        let (own, against) = both(&Demand { utilisation: first.utilisation, ..DEMAND });
        near(own.token.get(), against.token.get());
    }
}
