//! Where the numbers of the best pools come from: those of the same question asked as an estimate, and what all of it costs.

use slipstick_core::{
    basis::Basis,
    formulas::{
        cost::{
            hosted::own_hourly,
            plans::{accelerator_rate, monthly, request_price, user_rate},
            tokens::usd_per_million_tokens,
        },
        parts::total,
    },
    workload::Workload,
};

use super::{super::search::Pair, PoolsPlan};
use crate::{Provenance, commands::estimate::EstimateAnswer, provenance::Entry};

/// The best pools stand here.
const POOLS: &str = "/separate_pools";

/// Numbers that are the estimate's own.
const OF_THE_ESTIMATE: [(&str, &str); 3] =
    [("ttft_s", "/latency/ttft_s"), ("tpot_s", "/latency/tpot_s"), ("e2e_s", "/latency/e2e_s")];

pub(super) fn of(
    plan: &PoolsPlan,
    pair: &Pair,
    (load, prefill_share): (&Workload, Option<f64>),
    estimate: &EstimateAnswer,
) -> Provenance {
    let mut provenance = Provenance::default();
    let asked = format!("{POOLS}/estimate");
    provenance.embed(&asked, estimate.provenance.clone());
    // What the estimate's own document would show.
    let hour = estimate.price.as_ref().map(|price| ("usd_per_hour", price.hourly.get()));
    for (field, value) in hour.into_iter().chain([("utilisation", estimate.utilisation)]) {
        let pointer = format!("{asked}/cost/{field}");
        if let Some(entry) = provenance.get(&pointer).cloned() {
            provenance.record(pointer, Entry { value: Some(value.into()), ..entry });
        }
    }
    for (field, pointer) in OF_THE_ESTIMATE {
        if let Some(entry) = provenance.get(&format!("{asked}{pointer}")).cloned() {
            provenance.record(at(field), entry);
        }
    }
    for (pointer, entry) in hourly(plan, pair) {
        provenance.record(pointer, entry);
    }
    let named = found(plan).into_iter().chain(rates(plan, load)).chain(priced(plan, load));
    let named = named.chain(prefill_share.into_iter().flat_map(|share| parted(plan, load, share)));
    for (field, entry) in named {
        provenance.record(at(field), entry);
    }
    provenance
}

fn at(field: &str) -> String {
    format!("{POOLS}/{field}")
}

/// What the search chose.
fn found(plan: &PoolsPlan) -> Vec<(&'static str, Entry)> {
    let basis = plan.tpot_s.basis;
    let fact = |what: &str, unit: &str, value: f64, source: &str| Entry {
        value: Some(value.into()),
        ..Entry::fact(what, unit, basis, source)
    };
    let numbers = "every pair of workers in the numbers that hold the load within its limits";
    let alike = "what both pools draw as often as spare workers make them larger";
    let drawn = plan.power_w.map(|power| ("power_w", fact("power", "W", power.value.get(), alike)));
    let joules = plan.joules_per_token.map(|energy| {
        ("joules_per_token", fact("energy of an output token", "J", energy.value.get(), alike))
    });
    vec![
        ("accelerators", fact("accelerators", "accelerators", plan.accelerators as f64, numbers)),
        ("concurrency", fact("requests in flight", "requests", plan.concurrency as f64, numbers)),
        ("requests_per_s", fact("requests answered", "1/s", plan.requests_per_s.0.get(), numbers)),
        ("utilisation", fact("what is asked of the slower pool", "", plan.utilisation, numbers)),
    ]
    .into_iter()
    .chain(drawn)
    .chain(joules)
    .collect()
}

/// What all workers of both cost.
fn hourly(plan: &PoolsPlan, pair: &Pair) -> Vec<(String, Entry)> {
    let names = ["prefill", "decode"];
    let pool = |of: usize| {
        let (count, price) = (pair.workers[of] as f64, pair.prices[of].get());
        let entry = Entry::of(&own_hourly::FORMULA, "USD/h", Basis::Specified)
            .input("n", count, "workers", Basis::Exact, "what the search chose")
            .input("p", price, "USD/h", Basis::Specified, "the cheapest offer of a worker")
            .input("b", 0.0, "USD/h", Basis::Exact, "nothing runs beside it");
        (at(&format!("usd_per_hour/{}", names[of])), Entry { value: Some((count * price).into()), ..entry })
    };
    let pools = [pool(0), pool(1)];
    let mut all = Entry::of(&total::FORMULA, "USD/h", Basis::Specified);
    for (name, of) in names.into_iter().zip(0..) {
        let cost = pair.workers[of] as f64 * pair.prices[of].get();
        all = all.from_pointer(name, cost, "USD/h", pools[of].0.clone());
    }
    all.value = Some(plan.usd_per_hour.0.get().into());
    pools.into_iter().chain([(at("usd_per_hour"), all)]).collect()
}

/// What users and accelerators see.
fn rates(plan: &PoolsPlan, load: &Workload) -> Vec<(&'static str, Entry)> {
    let user = Entry::of(&user_rate::FORMULA, "1/s", Basis::Exact);
    let each = Entry::of(&accelerator_rate::FORMULA, "1/s", Basis::Exact)
        .from_pointer("R", plan.requests_per_s.0.get(), "1/s", at("requests_per_s"))
        .input("O", load.output(), "tokens", Basis::Exact, "request")
        .from_pointer("G", plan.accelerators as f64, "accelerators", at("accelerators"));
    vec![
        ("tokens_per_s_per_user", user.from_pointer("TPOT", plan.tpot_s.value.get(), "s", at("tpot_s"))),
        ("tokens_per_s_per_accelerator", each),
    ]
}

/// A million of some tokens of each request, which a share of the price is for.
fn million(plan: &PoolsPlan, tokens: u64, share: f64) -> Entry {
    let basis = plan.tpot_s.basis;
    let rate = plan.requests_per_s.0.get() * tokens as f64;
    Entry::of(&usd_per_million_tokens::FORMULA, "USD", basis)
        .from_pointer("p", plan.usd_per_hour.0.get(), "USD/h", at("usd_per_hour"))
        .input("g", share, "", Basis::Exact, "the part of the price that is for such tokens")
        .input("r", rate, "1/s", basis, "the requests answered, by their tokens")
        .input("u", 1.0, "", Basis::Exact, "the whole hour is under the load")
}

/// What a million tokens of each kind cost: the price is shared as the accelerators are.
fn parted(plan: &PoolsPlan, load: &Workload, share: f64) -> Vec<(&'static str, Entry)> {
    vec![
        ("usd_per_million_input_tokens", million(plan, load.input(), share)),
        ("usd_per_million_output_tokens", million(plan, load.output(), 1.0 - share)),
    ]
}

/// What a month, a request and a million tokens cost.
fn priced(plan: &PoolsPlan, load: &Workload) -> Vec<(&'static str, Entry)> {
    let hourly = plan.usd_per_hour.0.get();
    let token = plan.usd_per_million_tokens.0.get();
    let request = Entry::of(&request_price::FORMULA, "USD", Basis::Exact)
        .input("I", load.input(), "tokens", Basis::Exact, "request")
        .input("O", load.output(), "tokens", Basis::Exact, "request")
        .from_pointer("c", token, "USD", at("usd_per_million_tokens"));
    let month = Entry::of(&monthly::FORMULA, "USD", Basis::Exact);
    vec![
        ("usd_per_month", month.from_pointer("H", hourly, "USD/h", at("usd_per_hour"))),
        ("usd_per_million_tokens", million(plan, load.length(), 1.0)),
        ("usd_per_request", request),
    ]
}
