//! The estimate as a document.

use serde_json::{Map, Value, json};
use slipstick_core::{
    estimate::{Estimate, answer::RooflineRow},
    formulas::{cost::tokens::output_share, time::batching::chunks_per_step},
    hardware::{Calibration, Spread},
    workload::Arrival,
};

use super::EstimateAnswer;
use crate::commands::memory;

/// An estimate as the contract writes it: its band is null until it is calibrated.
fn estimated(value: f64, spread: Option<Spread>) -> Value {
    match spread.map(|spread| spread.band(value)) {
        Some((low, high)) => json!({"value": value, "low": low, "high": high}),
        None => json!({"value": value, "low": null, "high": null}),
    }
}

/// A spread as it was measured: unlike a band, it need not hold the estimate.
fn measured(spread: Option<Spread>) -> Value {
    spread.map_or(
        Value::Null,
        |spread| json!({"low": spread.low, "high": spread.high, "points": spread.points}),
    )
}

pub(super) fn document(a: &EstimateAnswer) -> Value {
    let resolved = &a.memory.resolved;
    let calibration: &Calibration = resolved.calibration();
    let mut document = json!({
        "verdict": a.memory.verdict.name(),
        "fits": a.memory.verdict.starts(),
        "engine": memory::engine(resolved),
        "memory": memory::document(&a.memory),
        "workload": workload(a),
    });
    if let (Some(estimate), Value::Object(fields)) = (&a.estimate, &mut document) {
        fields.extend(served(a, estimate));
    }
    let rest = json!({
        "calibration": {
            "family": calibration.family,
            "engine": calibration.engine,
            "version": calibration.version,
            "basis": calibration.basis.name(),
            "points": calibration.points,
            "source": calibration.source,
            "ttft_spread": measured(a.memory.spreads().ttft),
            "tpot_spread": measured(a.memory.spreads().tpot),
        },
        "defaults": memory::defaults(resolved),
        "warnings": memory::warnings(&a.memory),
    });
    if let (Value::Object(fields), Value::Object(rest)) = (&mut document, rest) {
        fields.extend(rest);
    }
    document
}

fn workload(a: &EstimateAnswer) -> Value {
    let workload = &a.memory.workload;
    let slots = match workload.arrival() {
        Arrival::Benchmark { requests_per_slot } => Some(requests_per_slot),
        Arrival::Steady | Arrival::Burst | Arrival::Static => None,
    };
    json!({
        "input_tokens": workload.input(),
        "output_tokens": workload.output(),
        "concurrency": workload.concurrency(),
        "arrival": workload.arrival().name(),
        "requests_per_slot": slots,
    })
}

/// Speed, cost and energy: what only a deployment that starts has.
fn served(a: &EstimateAnswer, estimate: &Estimate) -> Map<String, Value> {
    let service = &estimate.service;
    let spreads = a.memory.spreads();
    let (ttft, tpot, rate) = (spreads.ttft, spreads.tpot, spreads.of_rate());
    let value = json!({
        "latency": {
            "ttft_s": estimated(service.ttft.get(), ttft),
            "tpot_s": estimated(service.tpot.get(), tpot),
            "e2e_s": estimated(service.e2e.get(), tpot),
            "own_prefill_s": service.own_prefill.get(),
            "wait_s": service.wait.get(),
            "queue_s": service.queue.get(),
        },
        "throughput": {
            "input_tokens_per_s": estimated(service.total_rate - service.output_rate, rate),
            "output_tokens_per_s": estimated(service.output_rate, rate),
            "total_tokens_per_s": estimated(service.total_rate, rate),
            "requests_per_s": estimated(service.request_rate, rate),
        },
        "bound": service.bound.name(),
        "batching": {
            "sequences": service.batch,
            "decoding_sequences": service.decoding,
            "prefill_tokens_per_step": service.prefill_tokens,
            "chunks_per_step": chunks_per_step(service.prefill_tokens, service.chunk_tokens),
            "mixed_step_share": service.mixed_share,
            "prefill_s": service.prefill.total().get(),
            "decode_step_s": service.decode_step.total().get(),
            "mixed_step_s": service.mixed_step.total().get(),
        },
        "intensity": {
            "prefill_flops_per_byte": estimate.prefill_intensity.get(),
            "decode_flops_per_byte": estimate.decode_intensity.get(),
            "ridge_flops_per_byte": estimate.ridge.get(),
        },
        "cost": cost(a, estimate),
        "energy": energy(estimate),
        "roofline": estimate.roofline.iter().map(row).collect::<Vec<_>>(),
        "launch": a.launch,
    });
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

fn row(row: &RooflineRow) -> Value {
    json!({
        "operator": row.operator.name(),
        "phase": row.phase.name(),
        "flops": row.cost.flops.get(),
        "bytes": row.cost.moved().get(),
        "communicated_bytes": row.cost.communicated.get(),
        "time_s": row.time.get(),
        "bound": row.bound.name(),
    })
}

fn cost(a: &EstimateAnswer, estimate: &Estimate) -> Value {
    let (Some(price), Some(cost)) = (&a.price, &estimate.cost) else { return Value::Null };
    // A token costs what its time costs: the band is that of the time.
    let band = a.memory.spreads().of_cost();
    json!({
        "usd_per_hour": price.hourly.get(),
        "usd_per_million_input_tokens": estimated(cost.input.get(), band),
        "usd_per_million_output_tokens": estimated(cost.output.get(), band),
        "usd_per_million_tokens": estimated(cost.blended.get(), band),
        "input_share": estimate.service.prefill_share,
        "output_share": output_share(estimate.service.prefill_share),
        "utilisation": a.utilisation,
        "price_as_of": price.as_of,
        "price_age_days": price.age_days,
        "price_source": price.source,
    })
}

fn energy(estimate: &Estimate) -> Value {
    let (Some(each), Some(power), Some(energy)) =
        (estimate.power_each, estimate.power, estimate.energy_per_output_token)
    else {
        return Value::Null;
    };
    json!({
        "power_each_w": estimated(each.get(), None),
        "power_w": estimated(power.get(), None),
        "per_output_token_j": estimated(energy.get(), None),
        "per_million_output_tokens_kwh": estimated(energy.as_kwh() * 1e6, None),
    })
}
