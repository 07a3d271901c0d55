//! What a search for a layout finds, asked alone.

use serde_json::Value;
use slipstick_api::{Catalog, request::Request};

use crate::world::NOWHERE;

/// Dense, routed and hybrid models, ranks that share everything, and softwares whose allocators hold logits in fp32.
const SEARCHED: &[&str] = &[
    "llama-3.1-8b --on 8xh100",
    "llama-3.1-70b --on 8x8xh100 --global-batch 512",
    "deepseek-v3 --on 32x8xh100 --precision fp8",
    "qwen3-30b-a3b --on 2x8xh100 --sequence 4096",
    "qwen3-next-80b --on 8x8xh100",
    "llama-3.1-8b --on 8xh100 --stack torchtitan --zero 3",
    "llama-3.2-1b --on 4xh100 --stack transformers --sequence 8192",
    "qwen3-4b --on 8xrtx-4090 --stack hf-trainer --zero 3 --sequence 4096",
    "llama-3.2-3b --on 8xa100-80gb --stack deepspeed --zero 2 --sequence 4096",
];

fn number(document: &Value, at: &str) -> f64 {
    let found = document.pointer(at).unwrap_or_else(|| panic!("nothing at {at}: {document}"));
    found.as_f64().or_else(|| found["value"].as_f64()).unwrap_or_else(|| panic!("{at} is no number"))
}

/// The document of a question about training.
fn asked(question: &str) -> Value {
    let words = core::iter::once("train").chain(question.split_whitespace());
    let answer = Request::from_words(words).and_then(|request| request.answer(&Catalog::builtin(), &NOWHERE));
    answer.unwrap_or_else(|error| panic!("{question}: {error}")).document(false)
}

/// The flags that ask for a layout.
fn flags(layout: &Value) -> String {
    let degree = |(flag, field): (&str, &str)| format!("--{flag} {} ", layout[field]);
    let names = ["dp", "tp", "pp", "vpp", "cp", "ep", "etp"].map(|name| (name, name));
    let degrees: String = names.into_iter().chain([("micro-batch", "micro_batch")]).map(degree).collect();
    format!("{degrees}--recompute {}", layout["recompute"].as_str().expect("a word"))
}

#[test]
fn what_a_search_finds_is_answered_alike_alone_and_fits() {
    for question in SEARCHED {
        let found = asked(&format!("{question} --search"));
        let best = found["best"].as_array().expect("a search lists the best");
        let front = found["front"].as_array().expect("and its front");
        assert!(!best.is_empty(), "{question} fits nowhere");
        let capacity = number(&found, "/memory/capacity_bytes");
        let last = best.len() - 1;
        for one in [&best[0], &best[last], &front[front.len() - 1]] {
            let alone = asked(&format!("{question} {}", flags(&one["layout"])));
            let place = format!("{question}: {}", one["layout"]);
            assert_eq!(alone["layout"], one["layout"], "{question}");
            assert_eq!(alone["fits"], true, "{place}");
            assert!(number(&alone, "/memory/peak_bytes") <= capacity, "{place}");
            for (listed, at) in [("/peak_bytes", "/memory/peak_bytes"), ("/time_s", "/step/time_s")] {
                let (listed, answered) = (number(one, listed), number(&alone, at));
                assert!((listed / answered - 1.0).abs() < 1e-9, "{place}: {listed}, {answered} at {at}");
            }
        }
    }
}
