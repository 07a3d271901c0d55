//! Laws of drafts, of prompts in a cache, and of prompts that are not divided.

use serde_json::Value;

use crate::world::Asked;

const TARGET: &str = "deepseek-v3 --on 8xh200 --engine vllm --input 1024 --output 256";
const DENSE: &str = "llama-3.1-70b --on 4xh100 --engine vllm --input 4096 --output 256 --concurrency 32";

fn estimate(text: &str, more: &str) -> Value {
    Asked::new(&format!("{text} {more}")).estimate()
}

fn number(document: &Value, pointer: &str) -> f64 {
    let value = document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} stands in {document}"));
    value.as_f64().or_else(|| value["value"].as_f64()).unwrap_or_else(|| panic!("{pointer} is a number"))
}

fn tpot(document: &Value) -> f64 {
    number(document, "/latency/tpot_s")
}

/// The whole number at a pointer.
fn count(document: &Value, pointer: &str) -> u64 {
    document.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("no count at {pointer}"))
}

#[test]
fn drafts_that_nobody_accepts_cost_more_than_none() {
    for how in ["mtp=1", "mtp=3", "ngram=4"] {
        let [with, without] = [format!("--speculative {how} --acceptance 0"), String::new()]
            .map(|more| estimate(TARGET, &more));
        assert!(tpot(&with) > tpot(&without), "{how}");
        assert!((number(&with, "/speculation/tokens_per_step") - 1.0).abs() < 1e-12);
        assert_eq!(count(&with, "/speculation/pays_up_to_requests"), 0);
    }
}

#[test]
fn free_drafts_that_are_all_accepted_give_one_token_more_than_drafted() {
    let with = estimate(TARGET, "--speculative ngram=4 --acceptance 1");
    assert!((number(&with, "/speculation/tokens_per_step") - 5.0).abs() < 1e-12);
    assert!(number(&with, "/speculation/draft_s").abs() < 1e-12);
    let alone = number(&with, "/batching/decode_step_s");
    assert!((tpot(&with) - alone / 5.0).abs() < 1e-12 * alone, "one sequence meets no other's prompt");
}

#[test]
fn no_drafted_tokens_are_no_drafts() {
    let plain = estimate(TARGET, "--concurrency 16");
    for none in ["mtp=0", "none", "ngram=0"] {
        let same = estimate(TARGET, &format!("--concurrency 16 --speculative {none}"));
        for part in ["/latency", "/throughput", "/memory", "/batching", "/speculation"] {
            assert_eq!(plain.pointer(part), same.pointer(part), "{none} {part}");
        }
    }
}

/// Leviathan et al., equation 1, and the same by place.
#[test]
fn tokens_of_a_step_follow_from_their_chances() {
    let of = |acceptance: &str| {
        let with = estimate(TARGET, &format!("--speculative mtp=3 --acceptance {acceptance}"));
        number(&with, "/speculation/tokens_per_step")
    };
    assert!((of("0.8") - 2.952).abs() < 1e-12);
    assert!((of("0.9,0.7,0.5") - (1.0 + 0.9 + 0.63 + 0.315)).abs() < 1e-12);
    assert!((of("0.8,0.8,0.8") - of("0.8")).abs() < 1e-12);
}

/// What drafts is held beside the model: DeepSeek-V3's prediction layer, and another model whole.
#[test]
fn what_drafts_takes_memory_of_its_own() {
    for (text, how) in [(TARGET, "mtp=1"), (DENSE, "draft:llama-3.1-8b=4")] {
        let [with, without] =
            [format!("--speculative {how}"), String::new()].map(|more| estimate(text, &more));
        let weights = |answer: &Value| number(answer, "/memory/per_accelerator/weights_bytes");
        let more = weights(&with) - weights(&without);
        let drafts = number(&with, "/speculation/draft_weights_bytes");
        assert!((more / drafts - 1.0).abs() < 0.02, "{how}: {more} of {drafts}");
        let places = |answer: &Value| number(answer, "/memory/max_concurrency");
        assert!(places(&with) < places(&without), "{how}: its cache takes room too");
    }
    let with = estimate(DENSE, "--speculative draft:llama-3.1-8b=4");
    let alone = Asked::new("llama-3.1-8b --on 4xh100 --engine vllm --tp 4 --context 4352").memory();
    let apart = number(&with, "/speculation/draft_weights_bytes");
    assert!((apart / number(&alone, "/per_accelerator/weights_bytes") - 1.0).abs() < 1e-9);
}

/// More requests leave less memory time to share: drafts pay less the more are in flight.
#[test]
fn drafts_pay_less_the_more_requests_there_are() {
    let gain = |concurrency: u64| {
        let more = format!("--speculative draft:llama-3.1-8b=4 --acceptance 0.7 --concurrency {concurrency}");
        number(&estimate(DENSE, &more), "/speculation/gain")
    };
    assert!(gain(1) > gain(16) && gain(16) > gain(100), "{} {} {}", gain(1), gain(16), gain(100));
    let with = estimate(DENSE, "--speculative draft:llama-3.1-8b=4 --acceptance 0.7");
    let last = count(&with, "/speculation/pays_up_to_requests");
    assert!(
        with["speculation"]["always_pays"] == true || (gain(last) > 1.0 && gain(last + 1) <= 1.0),
        "{last}"
    );
}

#[test]
fn a_published_rate_is_assumed_and_widens_the_band() {
    let [assumed, stated] =
        ["", "--acceptance 0.8"].map(|more| estimate(TARGET, &format!("--speculative mtp=1 {more}")));
    let width = |answer: &Value| {
        let tpot = &answer["latency"]["tpot_s"];
        tpot["high"].as_f64().unwrap_or_default() / tpot["low"].as_f64().unwrap_or(1.0)
    };
    assert!(width(&assumed) > width(&stated));
    assert_eq!(assumed["speculation"]["acceptance_assumed"], true);
    assert_eq!(stated["speculation"]["acceptance_assumed"], false);
}

#[test]
fn what_is_in_the_cache_is_not_read_again() {
    let ttft = |more: &str| number(&estimate(DENSE, more), "/latency/ttft_s");
    let rate = |more: &str| number(&estimate(DENSE, more), "/throughput/requests_per_s");
    let hits = ["", "--prefix-hit 0.2", "--prefix-hit 0.5", "--prefix-hit 0.9"];
    for pair in hits.windows(2) {
        assert!(ttft(pair[0]) > ttft(pair[1]) && rate(pair[0]) < rate(pair[1]), "{pair:?}");
    }
    // Attention still reads what is cached: half of the prompt costs more than a prompt of half the length.
    let short = number(
        &estimate(&DENSE.replace("--input 4096", "--input 2048"), "--concurrency 1"),
        "/batching/prefill_s",
    );
    let half = number(&estimate(DENSE, "--prefix-hit 0.5 --concurrency 1"), "/batching/prefill_s");
    assert!(half > short, "{half} {short}");
}

/// Whole blocks of what all share are kept once.
#[test]
fn a_shared_prefix_is_kept_once() {
    let of = |more: &str| estimate(DENSE, more);
    let (plain, shared) = (of(""), of("--shared-prefix 2k"));
    let cache = |answer: &Value| number(answer, "/memory/per_accelerator/kv_cache_bytes");
    let block = 16.0 * 80.0 * 2.0 * 2.0 * 128.0 * 2.0;
    let saved = (cache(&plain) - cache(&shared)) / block;
    assert!((saved - 31.0 * f64::from(2000 / 16)).abs() < 1e-9, "{saved} blocks");
    assert!((number(&shared, "/batching/cached_prompt_tokens") - 2000.0).abs() < 1e-9);
    // A part of a block is not found again, and the last token is always read.
    assert!((number(&of("--shared-prefix 2007"), "/batching/cached_prompt_tokens") - 2000.0).abs() < 1e-9);
    assert!((number(&of("--shared-prefix 4096"), "/batching/cached_prompt_tokens") - 4080.0).abs() < 1e-9);
    let none = of("--shared-prefix 8");
    assert_eq!((&none["latency"], &none["throughput"]), (&plain["latency"], &plain["throughput"]));
}

/// Whole prompts need room for the longest, which takes memory, and hold up every sequence that decodes.
#[test]
fn prompts_that_are_not_divided_need_room() {
    let long = "llama-3.1-8b --on h100 --engine vllm --input 30k --output 256 --concurrency 8";
    let [on, off] = ["on", "off"].map(|how| estimate(long, &format!("--chunked-prefill {how}")));
    assert_eq!(count(&on, "/batching/max_batched_tokens"), 8192);
    assert_eq!(count(&off, "/batching/max_batched_tokens"), 30_256);
    let peak = |answer: &Value| number(answer, "/memory/per_accelerator/activations_bytes");
    assert!(peak(&off) > peak(&on));
    assert!(number(&off, "/batching/mixed_step_s") > number(&on, "/batching/mixed_step_s"));
    assert_eq!(
        (&on["batching"]["chunked_prefill"], &off["batching"]["chunked_prefill"]),
        (&true.into(), &false.into())
    );
}

/// A cache of one's own frees one's own capacity too, by the same hits that a provider prices.
#[test]
fn a_hit_is_the_same_on_both_sides() {
    let of = |hit: &str| {
        Asked::new(&format!(
            "llama-3.1-8b --on h100 --concurrency 64 --input 4096 --output 128 --api-price 0.6/0.06/1.8 {hit}"
        ))
        .breakeven()
    };
    let own = |answer: &Value| number(answer, "/own/usd_per_million_tokens");
    assert!(own(&of("--prefix-hit 0.5")) < own(&of("")));
}
