//! What holds of every estimate, whatever the numbers.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;
use slipstick_api::Catalog;
use slipstick_catalog::{
    accelerators::{AcceleratorEntry, class_name},
    calibrations,
};

use crate::world::Asked;

const MODELS: &[&str] =
    &["llama-3.1-8b", "qwen3-30b-a3b", "gpt-oss-20b", "deepseek-v3", "gemma-3-27b", "falcon-h1-0.5b"];
const PLACES: &[&str] =
    &["h100", "h100:8", "h200:8", "a100-80gb:4", "mi300x:8", "l40s:4", "rtx-4090", "b200:8", "2x8xh100"];
const ENGINES: &[&str] = &["vllm", "sglang", "tensorrt-llm", "llama.cpp", "transformers"];

fn number(document: &Value, pointer: &str) -> f64 {
    let value = document.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"));
    let value = value.as_f64().or_else(|| value.get("value")?.as_f64());
    value.unwrap_or_else(|| panic!("no number at {pointer}"))
}

fn fits(document: &Value) -> bool {
    document["memory"]["fits"] == true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// The roofline alone is what nothing beats, on the same accelerators and under the same load.
    #[test]
    fn no_engine_beats_the_roofline(
        model in prop::sample::select(MODELS),
        place in prop::sample::select(PLACES),
        engine in prop::sample::select(ENGINES),
        input in 64_u64..4096,
        output in 64_u64..1024,
        concurrency in 1_u64..9,
    ) {
        let load = format!("--input {input} --output {output} --concurrency {concurrency}");
        let asked = |engine: &str| Asked::new(&format!("{model} --on {place} --engine {engine} {load}")).estimate();
        let (real, ideal) = (asked(engine), asked("ideal"));
        if fits(&real) {
            for pointer in ["/latency/ttft_s", "/latency/tpot_s", "/latency/e2e_s", "/batching/prefill_s", "/batching/decode_step_s"] {
                let (real, ideal) = (number(&real, pointer), number(&ideal, pointer));
                prop_assert!(real >= ideal * (1.0 - 1e-9), "{pointer}: {real} < {ideal}");
            }
        }
    }

    /// A step cannot be shorter than one reading of the weights that it passes.
    #[test]
    fn one_stream_waits_for_its_weights(
        model in prop::sample::select(MODELS),
        place in prop::sample::select(PLACES),
        engine in prop::sample::select(ENGINES),
        input in 1_u64..4096,
    ) {
        let text = format!("{model} --on {place} --engine {engine} --quant bf16 --input {input} --output 64 --concurrency 1");
        let (answer, anatomy) = (Asked::new(&text).estimate(), Asked::new(&text).model());
        if answer["verdict"] == "does_not_start" {
            return Ok(());
        }
        let parameters = &anatomy["parameters"];
        let count = |field: &str| parameters[field].as_f64().expect("a count");
        // A token looks one row of the embedding up; a head of its own is read whole, as a tied one is.
        let looked_up = if parameters["tied_embeddings"] == true { 0.0 } else { count("embedding") };
        let towers: f64 = ["vision", "audio", "projector", "tables"]
            .iter()
            .filter_map(|part| parameters["by_component"][part].as_f64())
            .sum();
        let bytes = 2.0 * (count("active") - looked_up - towers);
        let catalog = Catalog::builtin();
        let id = answer["memory"]["accelerator"]["id"].as_str().expect("an id");
        let chip = &catalog.accelerator_by_id(id).expect("a shipped chip").accelerator;
        // All ranks read at once; stages take turns.
        let ranks = number(&answer, "/memory/plan/tp") * number(&answer, "/memory/plan/ep");
        let least = bytes / (ranks * chip.memory_bandwidth.get());
        let tpot = number(&answer, "/latency/tpot_s");
        prop_assert!(tpot >= least, "{text}: {tpot} < {least}");
    }

    /// Bands hold their estimates, and the rows of a prefill are the prefill.
    #[test]
    fn bands_hold_and_rows_sum(
        model in prop::sample::select(MODELS),
        place in prop::sample::select(PLACES),
        engine in prop::sample::select(ENGINES),
        input in 1_u64..8192,
        output in 1_u64..2048,
        concurrency in 1_u64..600,
    ) {
        let text = format!(
            "{model} --on {place} --engine {engine} --input {input} --output {output} --concurrency {concurrency}"
        );
        let answer = Asked::new(&text).estimate();
        bands(&answer, &text);
        if answer["verdict"] == "does_not_start" {
            return Ok(());
        }
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for row in answer["roofline"].as_array().expect("rows") {
            *sums.entry(row["phase"].as_str().expect("a phase")).or_default() += row["time_s"].as_f64().expect("a time");
        }
        let prefill = number(&answer, "/batching/prefill_s");
        prop_assert!((sums["prefill"] / prefill - 1.0).abs() < 1e-9, "{text}: {sums:?}, {prefill}");
    }
}

/// Every estimate lies in its own band.
fn bands(value: &Value, text: &str) {
    match value {
        Value::Object(fields) => {
            let edge = |name: &str| fields.get(name).and_then(Value::as_f64);
            if let (Some(middle), Some(low), Some(high)) = (edge("value"), edge("low"), edge("high")) {
                assert!(low <= middle && middle <= high, "{text}: {low} <= {middle} <= {high}");
            }
            fields.iter().filter(|(name, _)| *name != "provenance").for_each(|(_, inner)| bands(inner, text));
        }
        Value::Array(items) => items.iter().for_each(|inner| bands(inner, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Also where what was measured lies to one side of the prediction.
#[test]
fn bands_hold_for_every_calibrated_pair() {
    let catalog = Catalog::builtin();
    for (family, engine, _) in calibrations::fitted() {
        let chips = catalog.accelerators();
        // A row holds for a family or for a class of chips.
        let is_of = |entry: &&AcceleratorEntry| match family.strip_prefix("class:") {
            Some(class) => class_name(entry.accelerator.class) == class,
            None => entry.accelerator.family == family,
        };
        let chip = chips.iter().copied().find(is_of);
        let id = &chip.unwrap_or_else(|| panic!("no chip of {family}")).accelerator.id;
        let text =
            format!("llama-3.1-8b --on {id} --engine {engine} --input 512 --output 64 --concurrency 2");
        let answer = Asked::new(&text).estimate();
        bands(&answer, &text);
    }
}

#[test]
fn more_ranks_never_hold_more_weights_each() {
    for model in MODELS {
        let weights = |tp: u64| {
            let text = format!("{model} --on h200:{tp} --engine vllm --tp {tp} --pp 1 --dp 1 --context 1024");
            number(&Asked::new(&text).memory(), "/per_accelerator/weights_bytes")
        };
        let all: Vec<f64> = [1, 2, 4, 8].into_iter().map(weights).collect();
        for (index, pair) in all.windows(2).enumerate() {
            assert!(pair[1] <= pair[0], "{model}: {all:?} at {index}");
            assert!(
                pair[1] * 2.0 >= pair[0] * 0.999,
                "{model}: half of {} is more than {}",
                pair[0],
                pair[1]
            );
        }
    }
}

#[test]
fn more_requests_are_served_faster_until_memory_is_full() {
    for model in ["llama-3.1-8b", "qwen3-30b-a3b", "gpt-oss-20b"] {
        for (place, engine) in
            [("h100", "vllm"), ("h100", "sglang"), ("a100-80gb:2", "tensorrt-llm"), ("h100", "ideal")]
        {
            let mut before = 0.0;
            for concurrency in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
                let text = format!(
                    "{model} --on {place} --engine {engine} --input 1000 --output 300 --concurrency {concurrency}"
                );
                let answer = Asked::new(&text).estimate();
                if number(&answer, "/memory/max_concurrency") < f64::from(concurrency) {
                    break;
                }
                let rate = number(&answer, "/throughput/output_tokens_per_s");
                assert!(rate >= before * (1.0 - 1e-9), "{text}: {rate} < {before}");
                before = rate;
            }
        }
    }
}

#[test]
fn what_stands_idle_is_paid_for() {
    let ask = |share: f64| {
        let text = format!("llama-3.1-8b --on h100 --engine vllm --concurrency 32 --utilisation {share}");
        Asked::new(&text).estimate()
    };
    let full = ask(1.0);
    for share in [0.1, 0.25, 0.5, 0.9] {
        let part = ask(share);
        for pointer in [
            "/cost/usd_per_million_input_tokens",
            "/cost/usd_per_million_output_tokens",
            "/cost/usd_per_million_tokens",
        ] {
            let ratio = number(&part, pointer) / number(&full, pointer);
            assert!((ratio * share - 1.0).abs() < 1e-9, "{pointer} at {share}: {ratio}");
        }
    }
}

/// A prompt of more tokens than vLLM captured graphs of waits for its kernels to be launched, once, and TensorRT-LLM captures
/// none; no token after the first waits for that.
#[test]
fn what_was_not_captured_is_launched_once() {
    let own = |engine: &str, input: u32| {
        let asked =
            format!("llama-3.1-8b --on h100 --engine {engine} --input {input} --output 64 --concurrency 1");
        let answer = Asked::new(&asked).estimate();
        [number(&answer, "/latency/own_prefill_s"), number(&answer, "/latency/tpot_s")]
    };
    let step = |engine: &str| {
        let ([before, token], [after, same]) = (own(engine, 512), own(engine, 513));
        assert!((same / token - 1.0).abs() < 1e-3, "{token} and {same}");
        after - before
    };
    assert!((0.005..0.02).contains(&step("vllm")), "{}", step("vllm"));
    assert!(step("tensorrt-llm") < 0.001, "{}", step("tensorrt-llm"));
}

/// What a frontend does before the engine sees a request is waited for once: some 85 ms behind NVIDIA Dynamo's, and no token
/// after the first waits for it.
#[test]
fn a_frontend_is_waited_for_once() {
    let asked = Asked::new("llama-3.1-8b --on h100 --engine vllm --input 1024 --output 256 --concurrency 1");
    let (bare, behind) = (asked.clone().estimate(), asked.with("--frontend yes").estimate());
    let added = |pointer: &str| number(&behind, pointer) - number(&bare, pointer);
    assert!((0.07..=0.1).contains(&added("/latency/ttft_s")), "{}", added("/latency/ttft_s"));
    assert!(added("/latency/tpot_s").abs() < 1e-12);
    assert!((added("/latency/e2e_s") - added("/latency/ttft_s")).abs() < 1e-9);
}
