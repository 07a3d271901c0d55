//! Where the numbers of an estimate come from that its own pass does not note.

use slipstick_core::{
    basis::Basis,
    estimate::{Estimate, answer::RooflineRow, serving::Limits},
    ops::Operator,
};

use super::{Priced, memory::MemoryAnswer};
use crate::{Provenance, provenance::Entry};

const REQUEST: &str = "request";

/// Adds the records of everything that is no step of the estimate.
pub(super) fn record(
    memory: &MemoryAnswer,
    limits: Limits,
    estimate: &Estimate,
    price: Option<&Priced>,
    utilisation: f64,
    provenance: &mut Provenance,
) {
    waits(memory, estimate, provenance);
    sequences(memory, limits, provenance);
    for (index, row) in estimate.roofline.iter().enumerate() {
        operator(index, row, provenance);
    }
    calibration(memory, provenance);
    if let Some(energy) = estimate.energy_per_output_token {
        let entry = Entry::new("energy of a million output tokens", "1e6·E / 3.6e6", "kWh", Basis::Exact)
            .from_pointer("E", energy.get(), "J", "/energy/per_output_token_j");
        provenance.record("/energy/per_million_output_tokens_kwh", entry);
    }
    if let Some(price) = price {
        record_price(price, utilisation, provenance);
    }
}

fn waits(memory: &MemoryAnswer, estimate: &Estimate, provenance: &mut Provenance) {
    let service = &estimate.service;
    let engine = memory.resolved.engine_name();
    let prefill = service.prefill.total().get();
    let mixed = service.mixed_step.total().get();
    let own = Entry::new(
        "steps that read a request's own prompt",
        "max(prefill, mixed step) if the prompt is one chunk, else chunks·(a step with a whole chunk)",
        "s",
        Basis::Exact,
    )
    .from_pointer("prefill", prefill, "s", "/batching/prefill_s")
    .from_pointer("mixed step", mixed, "s", "/batching/mixed_step_s")
    .input("chunk", service.chunk_tokens, "tokens", Basis::Specified, format!("limits of {engine}"));
    provenance.record("/latency/own_prefill_s", own);
    let wait = Entry::new(
        "wait for the running step and for prompts before it",
        "TPOT/2 + t_p·rho/(2·(1 - rho)), rho the share of steps that carry prompt, at most 0.9; 0 for one sequence",
        "s",
        Basis::Exact,
    )
    .source("Pollaczek 1930, Khinchine 1932 (M/D/1)")
    .from_pointer("B", service.batch, "sequences", "/batching/sequences")
    .from_pointer("TPOT", service.tpot.get(), "s", "/latency/tpot_s")
    .from_pointer("t_p", service.own_prefill.get(), "s", "/latency/own_prefill_s")
    .from_pointer("p", service.mixed_share, "", "/batching/mixed_step_share");
    provenance.record("/latency/wait_s", wait);
    let queue = Entry::new(
        "wait for a free place in the batch",
        "max(0, C/X - (t_r + t_w + t_p + (O - 1)·TPOT)), X the rate at which B places finish",
        "s",
        Basis::Exact,
    )
    .source("Little 1961")
    .input("C", memory.workload.concurrency(), "requests", Basis::Exact, REQUEST)
    .from_pointer("B", service.batch, "sequences", "/batching/sequences")
    .from_pointer("t_w", service.wait.get(), "s", "/latency/wait_s")
    .from_pointer("t_p", service.own_prefill.get(), "s", "/latency/own_prefill_s")
    .from_pointer("TPOT", service.tpot.get(), "s", "/latency/tpot_s");
    provenance.record("/latency/queue_s", queue);
}

fn sequences(memory: &MemoryAnswer, limits: Limits, provenance: &mut Provenance) {
    let engine = memory.resolved.engine_name();
    let total = memory.estimate.rank().total();
    let running = Entry::new(
        "sequences that run at once on a replica",
        "max(1, min(C/replicas, what memory holds, what the engine runs))",
        "sequences",
        Basis::Exact,
    )
    .input("C", memory.workload.concurrency(), "requests", Basis::Exact, REQUEST)
    .input("replicas", limits.replicas, "replicas", Basis::Exact, "layout")
    .input(
        "memory",
        limits.memory_sequences,
        "sequences",
        total.basis,
        "the memory model, at the mean context",
    )
    .input("engine", limits.max_sequences, "sequences", Basis::Specified, format!("limits of {engine}"));
    provenance.record("/batching/sequences", running);
    let decoding = Entry::new(
        "sequences of a replica that decode at once",
        "sequences, less where prompts arrive faster than steps leave room for",
        "sequences",
        Basis::Exact,
    )
    .input("C", memory.workload.concurrency(), "requests", Basis::Exact, REQUEST)
    .input(
        "tokens a step",
        limits.max_batched_tokens,
        "tokens",
        Basis::Specified,
        format!("limits of {engine}"),
    );
    provenance.record("/batching/decoding_sequences", decoding);
}

fn operator(index: usize, row: &RooflineRow, provenance: &mut Provenance) {
    // How many experts a batch meets is an expectation under even routing.
    let basis = if row.operator == Operator::Experts { Basis::Assumed } else { Basis::Exact };
    let figures = [
        ("flops", "work of the operator on one accelerator", "2·rows·columns·tokens over its layers", "FLOP"),
        (
            "bytes",
            "bytes the operator moves on one accelerator",
            "weights once, cache, and activations in and out, over its layers",
            "B",
        ),
        (
            "communicated_bytes",
            "bytes the operator sends over links on one accelerator",
            "2·tokens·hidden·collectives",
            "B",
        ),
    ];
    for (figure, name, formula, unit) in figures {
        let entry = Entry::new(name, formula, unit, basis)
            .source("Kaplan et al. 2020 (arXiv 2001.08361), table 1, for each operator of the model");
        provenance.record(format!("/roofline/{index}/{figure}"), entry);
    }
}

fn calibration(memory: &MemoryAnswer, provenance: &mut Provenance) {
    let calibration = &memory.resolved.calibration();
    let points = Entry::fact(
        "measured points behind the efficiencies",
        "points",
        calibration.basis,
        calibration.source.clone(),
    );
    provenance.record("/calibration/points", points);
    for (name, spread) in [("ttft_spread", memory.spreads().ttft), ("tpot_spread", memory.spreads().tpot)] {
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

fn record_price(price: &Priced, utilisation: f64, provenance: &mut Provenance) {
    let dated = price
        .as_of
        .as_ref()
        .map_or_else(|| price.source.clone(), |date| format!("{} as of {date}", price.source));
    let hourly = Entry::fact("price of the whole deployment", "USD/h", Basis::Specified, dated.clone());
    provenance.record("/cost/usd_per_hour", hourly);
    let age = Entry::new("age of the price", "today - as of", "days", Basis::Exact).source(dated);
    provenance.record("/cost/price_age_days", age);
    let (basis, source) = if utilisation < 1.0 {
        (Basis::Specified, "--utilisation")
    } else {
        (Basis::Assumed, "always under this load, unless --utilisation says otherwise")
    };
    let share = Entry::fact("share of the time under this load", "", basis, source);
    provenance.record("/cost/utilisation", share);
}
