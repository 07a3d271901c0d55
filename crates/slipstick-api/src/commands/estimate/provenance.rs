//! Where the numbers of an estimate come from that its own pass does not record: what the catalogue states.

use slipstick_catalog::offers::CHEAPEST;
use slipstick_core::{basis::Basis, estimate::memory::limited, hardware::Spreads};

use super::{Priced, memory::MemoryAnswer};
use crate::{Provenance, provenance::Entry};

/// Adds the records of the calibration and of the price.
pub(super) fn stated(
    memory: &MemoryAnswer,
    spreads: Spreads,
    price: Option<&Priced>,
    provenance: &mut Provenance,
) {
    calibration(memory, spreads, provenance);
    steps(memory, provenance);
    drafts(memory, provenance);
    let Some(price) = price else { return };
    if price.age_days.is_some() {
        let entry = Entry::fact("age of the price", "days", Basis::Exact, dated(price));
        provenance.record("/cost/price_age_days", entry);
    }
    if price.as_of.is_some() {
        provenance.record("/cost/usd_per_hour", cheapest(price));
    }
}

/// The price as the cheapest offer of the catalogue: the rule, and what is cheaper and passed over.
fn cheapest(price: &Priced) -> Entry {
    let rule = format!("{}: {CHEAPEST}", dated(price));
    let source = match price.passed_over.as_slice() {
        [] => rule,
        cheaper => format!("{rule}; cheaper ones passed over: {}", cheaper.join("; ")),
    };
    Entry::fact("price of the whole deployment", "USD/h", Basis::Specified, source)
}

/// The source of a price, with its date.
pub(crate) fn dated(price: &Priced) -> String {
    let date = |date: &_| format!("{} as of {date}", price.source);
    price.as_of.as_ref().map_or_else(|| price.source.clone(), date)
}

/// What the engine puts into a step.
fn steps(memory: &MemoryAnswer, provenance: &mut Provenance) {
    let resolved = &memory.resolved;
    if limited(resolved.prepared.step_tokens(&memory.workload)).is_some() {
        let rules = format!("rules of {}, or the request", resolved.engine_version());
        let entry = Entry::fact("tokens of a step at most", "tokens", Basis::Specified, rules);
        provenance.record("/batching/max_batched_tokens", entry);
    }
}

/// What is drafted, as the request or the catalogue says it.
fn drafts(memory: &MemoryAnswer, provenance: &mut Provenance) {
    let Some(speculation) = memory.resolved.deployment().speculation.as_deref() else { return };
    let request = "request".to_owned();
    let tokens = Entry::fact("tokens drafted in a step", "tokens", Basis::Exact, request.clone());
    provenance.record("/speculation/draft_tokens", tokens);
    let (source, basis) = if speculation.assumed.is_some() {
        (format!("catalogue: assumptions, acceptance of {}", speculation.method.name()), Basis::Assumed)
    } else {
        (request, Basis::Exact)
    };
    for place in 0..speculation.acceptance.len() {
        let entry = Entry::fact("chance of a drafted token to be accepted", "", basis, source.clone());
        provenance.record(format!("/speculation/acceptance/{place}"), entry);
    }
    let model = format!("{} and what drafts for it, on one accelerator", memory.resolved.model.name);
    let weights = Entry::fact("weights of what drafts", "B", Basis::Exact, model);
    provenance.record("/speculation/draft_weights_bytes", weights);
    let plain = "the same load without drafts, by the same sums".to_owned();
    let plain = Entry::fact("time per output token without drafts", "s", Basis::Assumed, plain);
    provenance.record("/speculation/plain_tpot_s", plain);
}

fn calibration(memory: &MemoryAnswer, spreads: Spreads, provenance: &mut Provenance) {
    let calibration = &memory.resolved.calibration();
    let points = Entry::fact(
        "measured points behind the efficiencies",
        "points",
        calibration.basis,
        calibration.source.clone(),
    );
    provenance.record("/calibration/points", points);
    for (name, what) in [
        ("level", "time of measured steps of the like, over what the efficiencies say"),
        ("level_points", "measured points behind the level"),
    ] {
        let entry = Entry::fact(what, "", Basis::Fitted, calibration.source.clone());
        provenance.record(format!("/calibration/{name}"), entry);
    }
    for (name, spread) in [("ttft_spread", spreads.ttft), ("tpot_spread", spreads.tpot)] {
        if spread.is_none() {
            continue;
        }
        for (edge, what) in [
            ("low", "10th percentile of measured over predicted"),
            ("high", "90th percentile of measured over predicted"),
            ("points", "measured points behind the spread"),
        ] {
            let entry = Entry::fact(what, "", Basis::Measured, calibration.source.clone());
            provenance.record(format!("/calibration/{name}/{edge}"), entry);
        }
    }
}
