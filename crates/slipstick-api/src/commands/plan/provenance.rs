//! Where the numbers of the best plan come from: those of one replica, and what follows from how many there are.

use slipstick_core::{
    basis::Basis,
    estimate::hosted::Interruptions,
    formulas::cost::{
        hosted::{own_hourly, served_share},
        plans::{accelerator_rate, monthly, request_price, user_rate},
    },
};

use super::{Answer, Best};
use crate::{Provenance, provenance::Entry};

/// The best plan stands here.
const BEST: &str = "/best/0";

/// Numbers of a plan that are those of one replica.
const OF_A_REPLICA: [(&str, &str); 6] = [
    ("ttft_s", "/latency/ttft_s"),
    ("tpot_s", "/latency/tpot_s"),
    ("e2e_s", "/latency/e2e_s"),
    ("usd_per_million_input_tokens", "/cost/usd_per_million_input_tokens"),
    ("usd_per_million_output_tokens", "/cost/usd_per_million_output_tokens"),
    ("usd_per_million_tokens", "/cost/usd_per_million_tokens"),
];

pub(super) fn of(a: &Answer) -> Provenance {
    let mut provenance = a.pools.as_ref().map(|(_, records)| records.clone()).unwrap_or_default();
    let Some(best) = a.best.first() else { return provenance };
    let replica = format!("{BEST}/replica");
    provenance.embed(&replica, best.replica.provenance.clone());
    for (field, pointer) in OF_A_REPLICA {
        if let Some(entry) = provenance.get(&format!("{replica}{pointer}")).cloned() {
            provenance.record(format!("{BEST}/{field}"), entry);
        }
    }
    let stated = best.replica.price.as_ref().map(|price| ("usd_per_hour", price.hourly.get()));
    for (field, value) in stated.into_iter().chain([("utilisation", best.point.paid)]) {
        let pointer = format!("{replica}/cost/{field}");
        if let Some(entry) = provenance.get(&pointer).cloned() {
            provenance.record(pointer, Entry { value: Some(value.into()), ..entry });
        }
    }
    for (field, entry) in found(best).into_iter().chain(priced(best, &replica)).chain(rates(best)) {
        provenance.record(format!("{BEST}/{field}"), entry);
    }
    if let Some((by, share)) = best.served {
        let entry = Entry { value: Some(share.into()), ..taken_away(by, share) };
        provenance.record(at("served_share"), entry);
    }
    for (place, held) in best.percentiles.iter().enumerate() {
        for (pointer, entry) in held.records(&format!("{BEST}/percentiles/{place}")) {
            provenance.record(pointer, entry);
        }
    }
    provenance
}

fn at(field: &str) -> String {
    format!("{BEST}/{field}")
}

/// What interruptions leave of the time; all of it of machines that stay.
fn taken_away(by: Interruptions, share: f64) -> Entry {
    if share.total_cmp(&1.0).is_eq() {
        return Entry::fact("share of the time that it serves", "", Basis::Exact, "the term of its offer");
    }
    Entry::of(&served_share::FORMULA, "", Basis::Specified)
        .input("f", by.per_hour, "1/h", Basis::Specified, "request")
        .input("t_r", by.restart.get(), "s", Basis::Specified, "request")
        .input("t_l", by.lost.get(), "s", Basis::Specified, "request")
}

/// What the search chose.
fn found(best: &Best) -> Vec<(&'static str, Entry)> {
    let (point, basis) = (&best.point, best.replica.memory.sureness().basis());
    let fact = |what: &str, unit: &str, value: f64, source: &str| Entry {
        value: Some(value.into()),
        ..Entry::fact(what, unit, basis, source)
    };
    let few = "the fewest that hold the load within its limits, and the spare ones";
    let load = if best.asked { "request" } else { "what all replicas answer" };
    let answered = Entry {
        value: Some(point.requests.into()),
        ..Entry::fact("requests answered", "1/s", if best.asked { Basis::Exact } else { basis }, load)
    };
    vec![
        ("replicas", fact("replicas", "replicas", point.replicas, few)),
        ("accelerators", fact("accelerators", "accelerators", point.accelerators, "those of all replicas")),
        (
            "concurrency",
            fact(
                "requests in flight on a replica",
                "requests",
                point.in_flight as f64,
                "the best within the limits",
            ),
        ),
        ("requests_per_s", answered),
    ]
}

/// What all replicas cost.
fn priced(best: &Best, replica: &str) -> Vec<(&'static str, Entry)> {
    let (point, workload) = (&best.point, &best.replica.memory.workload);
    let hourly = best.replica.price.as_ref().map_or(0.0, |price| price.hourly.get());
    let token = best.token().map_or(0.0, |token| token.value.get());
    let asked = |entry: Entry, symbol: &str, tokens: u64| {
        entry.input(symbol, tokens, "tokens", Basis::Exact, "request")
    };
    let request = Entry::of(&request_price::FORMULA, "USD", Basis::Exact);
    let request = asked(asked(request, "I", workload.input()), "O", workload.output());
    vec![
        (
            "usd_per_hour",
            Entry::of(&own_hourly::FORMULA, "USD/h", Basis::Exact)
                .from_pointer("n", point.replicas, "replicas", at("replicas"))
                .from_pointer("p", hourly, "USD/h", format!("{replica}/cost/usd_per_hour"))
                .input("b", 0.0, "USD/h", Basis::Exact, "request"),
        ),
        (
            "usd_per_month",
            Entry::of(&monthly::FORMULA, "USD", Basis::Exact).from_pointer(
                "H",
                point.hourly.get(),
                "USD/h",
                at("usd_per_hour"),
            ),
        ),
        ("usd_per_request", request.from_pointer("c", token, "USD", at("usd_per_million_tokens"))),
    ]
}

/// What users and accelerators see of it.
fn rates(best: &Best) -> Vec<(&'static str, Entry)> {
    let (point, output) = (&best.point, best.replica.memory.workload.output());
    let user = Entry::of(&user_rate::FORMULA, "1/s", Basis::Exact);
    let each = Entry::of(&accelerator_rate::FORMULA, "1/s", Basis::Exact)
        .from_pointer("R", point.requests, "1/s", at("requests_per_s"))
        .input("O", output, "tokens", Basis::Exact, "request")
        .from_pointer("G", point.accelerators, "accelerators", at("accelerators"));
    vec![
        ("tokens_per_s_per_user", user.from_pointer("TPOT", best.tpot().value.get(), "s", at("tpot_s"))),
        ("tokens_per_s_per_accelerator", each),
    ]
}
