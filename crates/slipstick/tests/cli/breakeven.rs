//! `breakeven` as its users meet it: its parts agree with each other and with `estimate`, and cost is equal where it says.

use serde_json::Value;

use crate::run::{document, near, number, texts};

/// The question of a deployment that is named, whose price is given: nothing of the catalogue's prices moves it.
const NAMED: &[&str] = &[
    "breakeven",
    "llama-3.1-8b",
    "--on",
    "h100",
    "--input",
    "1k",
    "--output",
    "256",
    "--concurrency",
    "64",
    "--price",
    "$2/h",
    "--api-price",
    "0.60/0.06/1.80",
    "--provider",
    "deepinfra",
];

fn asked(more: &[&str]) -> (i32, Value) {
    document(&[NAMED, more].concat())
}

#[test]
fn one_s_own_is_what_estimate_says_of_it() {
    let (_, answer) = asked(&[]);
    let estimate = ["estimate", "llama-3.1-8b", "--on", "h100"];
    let load = ["--input", "1k", "--output", "256", "--concurrency", "64", "--price", "$2/h"];
    let (_, estimate) = document(&[&estimate[..], &load].concat());
    for path in [
        "/latency/ttft_s",
        "/latency/tpot_s",
        "/throughput/total_tokens_per_s",
        "/cost/usd_per_million_tokens",
    ] {
        near(number(&answer["own"], path), number(&estimate, path), path);
    }
    near(
        number(&answer, "/own/usd_per_million_tokens"),
        number(&estimate, "/cost/usd_per_million_tokens"),
        "at full load",
    );
}

/// The price of a request by hand, and what follows from it.
#[test]
fn a_hosted_price_is_that_of_the_load_s_own_mix() {
    let (_, answer) = asked(&["--prefix-hit", "50%"]);
    let given = answer["api"].as_array().unwrap().iter().find(|row| row["provider"] == "given").unwrap();
    let request = 500.0 * 0.6 + 500.0 * 0.06 + 256.0 * 1.8;
    near(number(given, "/usd_per_million_tokens"), request / 1256.0, "a million tokens");
    let own = number(&answer, "/own/usd_per_hour");
    let requests = number(&answer, "/own/throughput/requests_per_s");
    near(number(given, "/breakeven_utilisation"), own / (requests * 3600.0 * request / 1e6), "equal at");
    let tokens = number(given, "/breakeven_tokens_per_month");
    near(tokens * request / 1256.0 / 1e6, own * 730.0, "a month costs the same");
    near(number(given, "/breakeven_requests_per_day"), tokens / 1256.0 * 24.0 / 730.0, "requests a day");
}

/// Asked again at the share of the time that it names, one's own costs what the hosted price is.
#[test]
fn both_cost_the_same_at_the_share_that_is_named() {
    let (code, answer) = asked(&[]);
    let rows = answer["api"].as_array().unwrap();
    assert!(
        rows.windows(2)
            .all(|two| number(&two[0], "/usd_per_million_tokens")
                <= number(&two[1], "/usd_per_million_tokens"))
    );
    assert_eq!(code == 0, rows[0]["own_pays"].as_bool().unwrap());
    for row in rows {
        let share = number(row, "/breakeven_utilisation");
        let (_, again) = asked(&["--utilisation", &share.min(1.0).to_string()]);
        let own = number(&again, "/own/usd_per_million_tokens");
        if share <= 1.0 {
            near(own, number(row, "/usd_per_million_tokens"), "equal cost");
        } else {
            assert!(own > number(row, "/usd_per_million_tokens"));
        }
    }
}

#[test]
fn a_rate_takes_whole_replicas_and_what_runs_beside_is_paid_once() {
    let (_, one) = asked(&[]);
    let capacity = number(&one, "/own/throughput/requests_per_s");
    let rate = format!("{}/s", 1.9 * capacity);
    let (_, answer) = asked(&["--rate", &rate, "--beside", "$730/month"]);
    near(number(&answer, "/own/replicas"), 3.0, "1.9 replicas planned to 80 %");
    near(number(&answer, "/own/usd_per_hour"), 3.0 * 2.0 + 1.0, "three replicas and a dollar an hour");
    near(number(&answer, "/own/asked/requests_per_s"), 1.9 * capacity, "the rate");
    let band = &answer["own"]["usd_per_million_tokens"];
    let read = |end: &str| band[end].as_f64().unwrap();
    assert!(read("low") <= read("value") && read("value") <= read("high"), "{band}");
}

#[test]
fn interruptions_raise_the_price() {
    let (_, answer) = asked(&["--interruptions", "0.2/h", "--restart", "15min", "--lost", "30min"]);
    near(number(&answer, "/own/interrupted_usd_per_hour"), 2.0 / 0.85, "0.2 interruptions of 45 minutes");
}

/// Without hardware the cheapest of all that is offered is found, no other is cheaper, and targets are kept.
#[test]
fn the_cheapest_of_all_is_found_within_its_targets() {
    let question = ["breakeven", "gpt-oss-120b", "--input", "4k", "--output", "500"];
    let (_, any) = document(&question);
    let (_, fast) = document(&[&question[..], &["--tpot", "25ms"]].concat());
    for answer in [&any, &fast] {
        let own = number(answer, "/own/usd_per_million_tokens");
        for other in answer["others"].as_array().unwrap() {
            assert!(number(other, "/usd_per_million_tokens") >= own, "{other}");
        }
    }
    assert!(number(&fast, "/own/latency/tpot_s") <= 0.025);
    assert!(number(&fast, "/own/usd_per_million_tokens") >= number(&any, "/own/usd_per_million_tokens"));
}

#[test]
fn a_person_reads_the_verdict_first() {
    let (_, output, _) = texts(NAMED);
    let first = output.lines().next().unwrap();
    assert!(first.contains("per 1M tokens"), "{first}");
    assert!(output.contains("given") && output.contains("% of full load"), "{output}");
}
