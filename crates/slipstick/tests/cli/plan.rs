//! `plan` as its users meet it: what wins keeps its limits, is what `estimate` says of it, and nothing that was left out wins.

use serde_json::Value;

use crate::run::{document, near, number, texts};

const QUESTION: &[&str] = &[
    "plan",
    "llama-3.1-8b",
    "--input",
    "2000",
    "--output",
    "500",
    "--rate",
    "500/min",
    "--ttft",
    "1s",
    "--tpot",
    "40ms",
];

fn asked(more: &[&str]) -> (i32, Value) {
    document(&[QUESTION, more].concat())
}

#[test]
fn every_plan_keeps_its_limits_and_the_best_stands_first() {
    let (code, answer) = asked(&[]);
    assert_eq!(code, 0, "{answer}");
    let best = answer["best"].as_array().unwrap();
    assert!(best.len() > 2);
    for row in best.iter().chain(answer["front"].as_array().unwrap()) {
        assert!(number(row, "/ttft_s") <= 1.0 && number(row, "/usd_per_hour") > 0.0, "{row}");
        assert!(number(row, "/tokens_per_s_per_user") >= 1.0 / 0.04, "{row}");
        assert!(number(row, "/usd_per_hour") >= number(&best[0], "/usd_per_hour"), "{row}");
    }
    // Each accelerator once.
    let mut chips: Vec<&str> =
        best.iter().map(|row| row["on"].as_str().unwrap().split_once('x').unwrap().1).collect();
    let count = chips.len();
    chips.sort_unstable();
    chips.dedup();
    assert_eq!(chips.len(), count);
}

/// The winner asked again as an estimate gives the same times, and its replicas the rate.
#[test]
fn the_winner_is_what_estimate_says_of_it() {
    let (_, answer) = asked(&[]);
    let row = &answer["best"][0];
    let layout: Vec<&str> = row["layout"].as_str().unwrap().split(' ').collect();
    let ranks = |at: usize| layout[at][2..].to_owned();
    let concurrency = number(row, "/concurrency").to_string();
    let (_, estimate) = document(&[
        "estimate",
        "llama-3.1-8b",
        "--on",
        row["on"].as_str().unwrap(),
        "--quant",
        row["quant"].as_str().unwrap(),
        "--tp",
        &ranks(0),
        "--pp",
        &ranks(1),
        "--dp",
        &ranks(2),
        "--ep",
        &ranks(3),
        "--input",
        "2000",
        "--output",
        "500",
        "--concurrency",
        &concurrency,
    ]);
    for (own, theirs) in
        [("/ttft_s", "/latency/ttft_s"), ("/tpot_s", "/latency/tpot_s"), ("/e2e_s", "/latency/e2e_s")]
    {
        near(number(row, own), number(&estimate, theirs), own);
    }
    let capacity = number(&estimate, "/throughput/requests_per_s");
    let rate = 500.0 / 60.0;
    near(number(row, "/replicas"), (rate / (0.8 * capacity)).ceil(), "replicas");
    near(
        number(row, "/usd_per_hour"),
        number(row, "/replicas") * number(&estimate, "/cost/usd_per_hour"),
        "an hour",
    );
    // All that is paid, over all that is read and written.
    let tokens = rate * 2500.0 * 3600.0;
    near(
        number(row, "/usd_per_million_tokens"),
        number(row, "/usd_per_hour") / tokens * 1e6,
        "a million tokens",
    );
    near(number(row, "/usd_per_request"), number(row, "/usd_per_hour") / (rate * 3600.0), "a request");
    near(number(row, "/usd_per_month"), 730.0 * number(row, "/usd_per_hour"), "a month");
}

/// No load of the same deployment that keeps the targets is cheaper than the one that was found.
#[test]
fn no_other_load_of_a_deployment_is_cheaper() {
    let only = ["--on", "1xh100", "--quant", "fp8"];
    let (_, answer) = asked(&only);
    let best = number(&answer, "/best/0/usd_per_hour");
    for concurrency in (1..200).step_by(7) {
        let (_, estimate) = document(&[
            "estimate",
            "llama-3.1-8b",
            "--on",
            "1xh100",
            "--quant",
            "fp8",
            "--input",
            "2000",
            "--output",
            "500",
            "--concurrency",
            &concurrency.to_string(),
        ]);
        if number(&estimate, "/latency/ttft_s") > 1.0 || number(&estimate, "/latency/tpot_s") > 0.04 {
            continue;
        }
        let replicas = (500.0 / 60.0 / (0.8 * number(&estimate, "/throughput/requests_per_s"))).ceil();
        assert!(replicas * number(&estimate, "/cost/usd_per_hour") >= best - 1e-9, "{concurrency}");
    }
}

#[test]
fn more_to_choose_from_is_never_dearer_and_tighter_targets_never_cheaper() {
    let hourly = |more: &[&str]| number(&asked(more).1, "/best/0/usd_per_hour");
    let all = hourly(&[]);
    assert!(all <= hourly(&["--on", "h100,l40s,rtx-5090"]));
    assert!(all <= hourly(&["--quant", "checkpoint"]));
    assert!(all <= hourly(&["--confidence", "0.9"]), "bands are wider than estimates");
    assert!(all <= hourly(&["--e2e", "10s"]));
    assert!(all < hourly(&["--spare", "1"]));
}

/// What it names as the nearest is a plan when it is asked for, and a little less is none.
#[test]
fn what_cannot_be_met_names_what_can() {
    let supply = ["--on", "l40s", "--quant", "fp8"];
    let tight = |tpot: &str| {
        let mut question = QUESTION.to_vec();
        let at = question.iter().position(|word| *word == "40ms").unwrap();
        question[at] = tpot;
        document(&[&question[..], &supply].concat())
    };
    let (code, answer) = tight("1ms");
    assert_eq!(
        (code, &answer["feasible"], &answer["binding"]),
        (1, &Value::Bool(false), &Value::from("--tpot")),
        "{answer}"
    );
    assert!(answer["best"].as_array().unwrap().is_empty());
    let nearest = &answer["nearest"][0];
    assert_eq!(nearest["limit"], "--tpot");
    let seconds = number(nearest, "/nearest");
    let (code, _) = tight(&format!("{}us", (seconds * 1e6).ceil()));
    assert_eq!(code, 0);
    let (code, _) = tight(&format!("{}us", (seconds * 0.999e6).floor()));
    assert_eq!(code, 1);
}

#[test]
fn without_a_load_tokens_are_compared() {
    let question = ["plan", "llama-3.1-8b", "--tpot", "20ms", "--on", "h100,h200"];
    let (_, cheapest) = document(&question);
    assert_eq!(cheapest["objective"], "usd-per-token");
    let (_, densest) = document(&[&question[..], &["--objective", "tokens-per-accelerator"]].concat());
    let each = |answer: &Value| number(answer, "/best/0/tokens_per_s_per_accelerator");
    assert!(each(&densest) >= each(&cheapest));
    near(number(&densest, "/best/0/replicas"), 1.0, "one replica");
}

#[test]
fn requests_in_flight_are_shared_between_replicas() {
    let (_, answer) =
        document(&["plan", "llama-3.1-8b", "--concurrency", "300", "--tpot", "20ms", "--on", "h100"]);
    for row in answer["best"].as_array().unwrap() {
        assert!(number(row, "/replicas") * number(row, "/concurrency") >= 300.0, "{row}");
        assert!(number(row, "/tpot_s") <= 0.02, "{row}");
    }
}

#[test]
fn a_person_reads_the_plan_and_why_others_lose() {
    let (code, output, _) = texts(QUESTION);
    assert_eq!(code, 0);
    for part in ["replica", "why it loses", "vllm serve", "deployments compared"] {
        assert!(output.contains(part), "{part}: {output}");
    }
}
