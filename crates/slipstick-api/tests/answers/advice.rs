//! Advice is what it says: typed as it stands, it fits, and to the byte as announced.

use serde_json::Value;

use crate::world::Asked;

const TOO_LARGE: &[&str] = &[
    "llama-3.1-70b --on h100 --engine vllm --context 8192 --concurrency 4",
    "llama-3.1-70b --on h100:2 --engine vllm --context 32768 --concurrency 16",
    "llama-3.1-8b --on rtx-4090 --engine vllm --context 8192 --concurrency 16",
    "llama-3.1-8b --on rtx-4090 --engine llama.cpp --context 32768 --concurrency 8",
    "llama-3.1-8b --on rtx-4090 --engine transformers --context 8192 --concurrency 16",
    "llama-3.1-70b --on h100:4 --engine sglang --dp 2 --context 16384 --concurrency 64",
    "qwen3-30b-a3b --on a100-80gb --engine tensorrt-llm --context 32768 --concurrency 64",
    "qwen3-30b-a3b --on l40s:2 --engine vllm --ep 2 --context 32768 --concurrency 16",
    "llama-3.1-8b --on h100 --engine vllm --context 8192 --concurrency 60",
    "llama-3.1-70b --on 2x8xa100-40gb --engine vllm --context 65536 --concurrency 100",
];

fn flags(change: &Value) -> &str {
    change["flags"].as_str().expect("flags are a text")
}

#[test]
fn every_change_fits_as_announced() {
    let mut kinds = std::collections::BTreeSet::new();
    for text in TOO_LARGE {
        let asked = Asked::new(text);
        let answer = asked.memory();
        assert_ne!(answer["verdict"], "holds", "{text}");
        let changes = answer["advice"]["changes"].as_array().expect("a list");
        assert!(!changes.is_empty(), "{text}");
        for change in changes {
            let after = asked.clone().with(flags(change)).memory();
            assert_eq!(after["verdict"], "holds", "{text}, then {change}");
            let rank = &after["per_accelerator"];
            assert_eq!(rank["total_bytes"]["value"], change["total_bytes"], "{text}, then {change}");
            assert_eq!(rank["free_bytes"], change["free_bytes"], "{text}, then {change}");
            assert_eq!(after["accelerator"]["id"], change["accelerator"], "{text}");
            assert_eq!(after["accelerator"]["count"], change["accelerators"], "{text}");
            kinds.insert(change["kind"].as_str().expect("a text").to_owned());
        }
    }
    let all = ["accelerator", "concurrency", "context", "kv_dtype", "layout", "quant"];
    assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

/// An estimate of what does not start says what would, in flags that it takes itself.
#[test]
fn an_estimate_that_does_not_start_is_advised() {
    let mut kinds = std::collections::BTreeSet::new();
    for text in [
        "llama-3.3-70b-instruct --on rtx-5090 --engine vllm",
        "llama-3.1-8b --on rtx-4090 --engine vllm --input 100000 --output 100 --concurrency 2",
    ] {
        let asked = Asked::new(text);
        let answer = asked.estimate();
        assert_eq!(answer["verdict"], "does_not_start", "{text}");
        let changes = answer["advice"]["changes"].as_array().expect("a list");
        assert!(!changes.is_empty(), "{text}");
        for change in changes {
            let after = asked.clone().with(flags(change)).estimate();
            assert_eq!(after["verdict"], "holds", "{text}, then {change}");
            assert!(after.get("advice").is_none(), "what starts needs none: {text}");
            kinds.insert(flags(change).split(' ').next().expect("a flag").to_owned());
        }
    }
    assert!(kinds.contains("--on") && kinds.contains("--input"), "{kinds:?}");
    assert!(!kinds.contains("--context"));
}

#[test]
fn the_fewest_fit_and_half_of_them_do_not() {
    for text in TOO_LARGE {
        let asked = Asked::new(text);
        let answer = asked.memory();
        let fewest = &answer["advice"]["fewest_accelerators"];
        let Some(count) = fewest["count"].as_u64() else {
            // Layers are split, not scores: what one layer needs at once stays on one card.
            assert!(text.contains("transformers"), "{text}: {fewest}");
            continue;
        };
        let fits = asked.clone().with(flags(fewest)).memory();
        assert_eq!(fits["verdict"], "holds", "{text}: {fewest}");
        assert_eq!(fits["accelerator"]["count"], count, "{text}");
        assert_eq!(fits["advice"]["fewest_accelerators"]["count"], count, "{text}");
    }
    // 140 GB of weights: no two cards of 80 GB hold them with a cache, four do.
    let llama = Asked::new(TOO_LARGE[0]);
    assert_eq!(llama.memory()["advice"]["fewest_accelerators"]["count"], 4);
    assert_eq!(llama.with("--on h100:2 --tp 2 --pp 1").memory()["verdict"], "queues");
}

#[test]
fn what_costs_nothing_comes_first_and_the_rest_by_price() {
    for text in TOO_LARGE {
        let answer = Asked::new(text).memory();
        let cost = |change: &Value| match change["kind"].as_str() {
            Some("layout" | "accelerator") => change["usd_per_hour"].as_f64().unwrap_or(f64::INFINITY),
            _ => 0.0,
        };
        let costs: Vec<f64> =
            answer["advice"]["changes"].as_array().expect("a list").iter().map(cost).collect();
        assert!(costs.is_sorted(), "{text}: {costs:?}");
    }
}

#[test]
fn what_fits_needs_no_change() {
    let answer = Asked::new("llama-3.1-8b --on h100:2 --engine vllm --context 8192").memory();
    assert_eq!((&answer["fits"], &answer["advice"]["changes"]), (&true.into(), &Value::Array(Vec::new())));
    assert_eq!(answer["advice"]["fewest_accelerators"]["count"], 1);
}

/// Advice is a search: only the question about memory asks for it.
#[test]
fn an_estimate_searches_for_nothing() {
    let answer = Asked::new("llama-3.1-8b --on h100 --input 1024 --output 256").estimate();
    assert!(answer["memory"]["fits"].as_bool() == Some(true) && answer["memory"].get("advice").is_none());
}
