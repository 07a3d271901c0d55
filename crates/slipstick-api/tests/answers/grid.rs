//! Laws that every estimate keeps, on every accelerator of the catalogue: nothing is faster than its own operators, than
//! the roofline, or than its memory can be read.

use serde_json::Value;
use slipstick_api::{
    ApiError, Catalog,
    registry::Question as _,
    request::{EstimateRequest, LoadRequest},
};

use crate::world::NOWHERE;

const INPUT: u64 = 1000;
const OUTPUT: u64 = 200;
const CONCURRENCY: u64 = 8;

fn estimate(model: &str, on: &str, engine: Option<&str>, catalog: &Catalog) -> Result<Value, ApiError> {
    let mut request = EstimateRequest::new(model, on);
    request.deployment.engine = engine.map(str::to_owned);
    request.load = LoadRequest::new(INPUT, OUTPUT, CONCURRENCY);
    Ok(request.answer(catalog, &NOWHERE)?.document(false))
}

fn number(answer: &Value, pointer: &str) -> f64 {
    let at = answer.pointer(pointer);
    let value = at.and_then(|at| at.get("value")).or(at).and_then(Value::as_f64);
    value.unwrap_or_else(|| panic!("{pointer} is no number in {answer}"))
}

/// Every number below is finite and not negative, and no null stands where a value is promised.
fn numbers_are_sound(at: &str, answer: &Value) {
    match answer {
        Value::Number(number) => {
            let value = number.as_f64().expect("a double");
            assert!(value.is_finite() && value >= 0.0, "{at} = {value}");
        }
        Value::Array(items) => items.iter().for_each(|item| numbers_are_sound(at, item)),
        Value::Object(fields) => {
            for (name, item) in fields {
                assert!(name != "value" || !item.is_null(), "{at}/{name} is null");
                numbers_are_sound(&format!("{at}/{name}"), item);
            }
            if let (Some(low), Some(value), Some(high)) = (
                fields.get("low").and_then(Value::as_f64),
                fields.get("value").and_then(Value::as_f64),
                fields.get("high").and_then(Value::as_f64),
            ) {
                assert!(low <= value && value <= high, "{at}: {value} is not in {low} to {high}");
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn phase_time(answer: &Value, phase: &str) -> f64 {
    let rows = answer["roofline"].as_array().expect("rows");
    rows.iter().filter(|row| row["phase"] == phase).map(|row| row["time_s"].as_f64().expect("a time")).sum()
}

fn laws(name: &str, answer: &Value) {
    numbers_are_sound(name, answer);
    if answer["verdict"] == "does_not_start" {
        for absent in ["latency", "throughput", "cost", "launch"] {
            assert!(answer.get(absent).is_none(), "{name}: {absent} of what does not start");
        }
        return;
    }
    let [ttft, tpot, e2e] = ["ttft_s", "tpot_s", "e2e_s"].map(|n| number(answer, &format!("/latency/{n}")));
    assert!(
        ttft >= 0.999 * phase_time(answer, "prefill") && ttft > 0.0,
        "{name}: first token after {ttft} s"
    );
    assert!(tpot >= 0.999 * phase_time(answer, "decode") && tpot > 0.0, "{name}: a token every {tpot} s");
    let sum = ttft + tpot * (OUTPUT - 1) as f64;
    assert!((e2e / sum - 1.0).abs() < 0.02, "{name}: {e2e} s end to end, its parts {sum} s");
    // No more requests are done than are in flight in the time one takes.
    let requests = number(answer, "/throughput/requests_per_s");
    assert!(requests * e2e <= CONCURRENCY as f64 * 1.02, "{name}: {requests} requests/s of {e2e} s each");
    let tokens = number(answer, "/throughput/total_tokens_per_s");
    assert!((tokens / requests / (INPUT + OUTPUT) as f64 - 1.0).abs() < 1e-6, "{name}: {tokens} tokens/s");
    if !answer["cost"].is_null() {
        let [input, output] =
            ["input", "output"].map(|kind| number(answer, &format!("/cost/usd_per_million_{kind}_tokens")));
        assert!(0.0 < input && input < output, "{name}: {input} USD in, {output} USD out");
        // What the hour costs is what its tokens cost.
        let hour = 3600.0 * requests * (INPUT as f64 * input + OUTPUT as f64 * output) / 1e6;
        let price = number(answer, "/cost/usd_per_hour");
        assert!(
            (hour / price - 1.0).abs() < 0.02,
            "{name}: tokens of an hour {hour} USD, the hour {price} USD"
        );
    }
}

/// Dense, mixture of experts, recurrent.
const MODELS: [&str; 3] = ["llama-3.1-8b", "gpt-oss-20b", "falcon-mamba-7b"];

#[test]
fn every_accelerator_keeps_the_laws() {
    let catalog = Catalog::builtin();
    let mut answered = 0;
    for entry in catalog.accelerators() {
        let on = &entry.accelerator.id;
        for model in MODELS {
            match estimate(model, on, None, &catalog) {
                Ok(answer) => {
                    laws(&format!("{model} on {on}"), &answer);
                    answered += 1;
                }
                Err(error) => assert_eq!(error.code, "gpu.no_peak", "{model} on {on}: {error}"),
            }
        }
    }
    assert!(answered > 600, "{answered}");
}

/// No engine beats the roofline: with every efficiency at one and no overhead nothing can be faster.
#[test]
fn no_engine_is_faster_than_none() {
    let catalog = Catalog::builtin();
    for on in ["h100", "h200:8", "b200", "a100-80gb:2", "l4", "rtx-4090", "mi300x", "apple-m3-max-128gb"] {
        for model in MODELS {
            let ideal = estimate(model, on, Some("ideal"), &catalog).expect("an answer");
            for engine in ["vllm", "sglang", "tensorrt-llm", "llama.cpp", "transformers"] {
                let name = format!("{model} on {on} under {engine}");
                let answer = estimate(model, on, Some(engine), &catalog).expect(&name);
                laws(&name, &answer);
                if answer["verdict"] == "does_not_start" {
                    continue;
                }
                for phase in ["prefill", "decode"] {
                    let [real, best] = [&answer, &ideal].map(|answer| phase_time(answer, phase));
                    assert!(real >= 0.999 * best, "{name}: {phase} in {real} s, the roofline {best} s");
                }
            }
        }
    }
}
