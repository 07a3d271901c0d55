//! `plan` as its users meet it: what wins keeps its limits, is what `estimate` says of it, and nothing that was left out wins.

use serde_json::Value;

use crate::run::{directory, document, near, number, refused, texts};

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

/// What `estimate` says of one replica of a plan if so many share the rate.
fn shared(row: &Value, rate: f64, replicas: f64) -> Value {
    let layout: Vec<&str> = row["layout"].as_str().expect("the test made it").split(' ').collect();
    let mut question: Vec<String> =
        ["estimate", "llama-3.1-8b", "--input", "2000", "--output", "500"].map(str::to_owned).to_vec();
    for (flag, value) in ["--tp", "--pp", "--dp", "--ep"].iter().zip(&layout) {
        question.extend([(*flag).to_owned(), value[2..].to_owned()]);
    }
    for (flag, name) in [("--on", "/on"), ("--quant", "/quant")] {
        question.extend([
            flag.to_owned(),
            row.pointer(name).expect("the test made it").as_str().expect("the test made it").to_owned(),
        ]);
    }
    question.extend(["--rate".to_owned(), format!("{}/s", rate / replicas)]);
    document(&question.iter().map(String::as_str).collect::<Vec<_>>()).1
}

/// Every plan asked again as an estimate at the share of the rate that each replica gets holds, with the same times; and one
/// replica fewer would miss a target or be fuller than was planned.
#[test]
fn a_plan_for_a_rate_is_what_estimate_says_at_that_rate() {
    for (rate, tpot) in [(500.0 / 60.0, 0.04), (90.0, 0.015), (0.5, 0.04)] {
        let (rate_asked, tpot_asked) = (format!("{rate}/s"), format!("{tpot}s"));
        let shape = ["plan", "llama-3.1-8b", "--input", "2000", "--output", "500", "--ttft", "1s"];
        let more = ["--rate", &rate_asked, "--tpot", &tpot_asked, "--on", "h100,l40s,b200"];
        let (code, answer) = document(&[&shape[..], &more].concat());
        assert_eq!(code, 0);
        for row in answer["best"].as_array().unwrap() {
            let replicas = number(row, "/replicas");
            let estimate = shared(row, rate, replicas);
            assert_ne!(estimate["verdict"], "saturated");
            for (own, theirs) in
                [("/ttft_s", "/latency/ttft_s"), ("/tpot_s", "/latency/tpot_s"), ("/e2e_s", "/latency/e2e_s")]
            {
                near(number(row, own), number(&estimate, theirs), own);
            }
            near(number(row, "/utilisation"), number(&estimate, "/at_rate/utilisation"), "utilisation");
            near(
                number(row, "/concurrency"),
                number(&estimate, "/at_rate/mean_in_flight").ceil(),
                "in flight",
            );
            near(number(row, "/usd_per_hour"), replicas * number(&estimate, "/cost/usd_per_hour"), "an hour");
            near(
                number(row, "/usd_per_million_tokens"),
                number(row, "/usd_per_hour") / (rate * 2500.0 * 3600.0) * 1e6,
                "a million tokens",
            );
            near(
                number(row, "/usd_per_request"),
                number(row, "/usd_per_hour") / (rate * 3600.0),
                "a request",
            );
            near(number(row, "/usd_per_month"), 730.0 * number(row, "/usd_per_hour"), "a month");
            assert!(
                number(&estimate, "/latency/ttft_s") <= 1.0 && number(&estimate, "/latency/tpot_s") <= tpot
            );
            assert!(number(&estimate, "/at_rate/utilisation") <= 0.8);
            if replicas > 1.0 {
                let fewer = shared(row, rate, replicas - 1.0);
                let misses = fewer["verdict"] == "saturated"
                    || number(&fewer, "/at_rate/utilisation") > 0.8
                    || number(&fewer, "/latency/ttft_s") > 1.0
                    || number(&fewer, "/latency/tpot_s") > tpot;
                assert!(misses, "{row}");
            }
        }
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
        near(number(row, "/concurrency"), (300.0 / number(row, "/replicas")).ceil(), "in flight on each");
        assert!(number(row, "/tpot_s") <= 0.02, "{row}");
    }
}

/// Two replicas that 90 requests are shared between have 45 each, however many one of them could hold, and are as fast as one that
/// has so many.
#[test]
fn replicas_have_what_is_shared_out_and_no_more() {
    let shape = ["llama-3.1-8b", "--on", "l4", "--quant", "fp8"];
    let (_, answer) =
        document(&[&["plan"], &shape[..], &["--concurrency", "90", "--tpot", "100ms"]].concat());
    let row = &answer["best"][0];
    let load = ["--input", "1024", "--output", "256", "--concurrency", "45"];
    let (_, one) = document(&[&["estimate"], &shape[..], &load].concat());
    near(number(row, "/replicas"), 2.0, "replicas");
    for (own, theirs) in [("/ttft_s", "/latency/ttft_s"), ("/tpot_s", "/latency/tpot_s")] {
        near(number(row, own), number(&one, theirs), own);
    }
    near(
        number(row, "/tokens_per_s_per_accelerator"),
        number(&one, "/throughput/output_tokens_per_s"),
        "output of each",
    );
}

#[test]
fn a_person_reads_the_plan_and_why_others_lose() {
    let (code, output, _) = texts(QUESTION);
    assert_eq!(code, 0);
    for part in ["replica", "why it loses", "vllm serve", "deployments compared"] {
        assert!(output.contains(part), "{part}: {output}");
    }
}

/// A chip of one's own is known by its file, and lacks a price.
#[test]
fn hardware_that_nobody_sells_is_refused_for_want_of_a_price() {
    let (_, chip, _) = texts(&["gpus", "h100", "--toml"]);
    let file = directory("plan-own-chip").join("mine.toml");
    std::fs::write(&file, chip).expect("the folder is ours");
    let file = file.display().to_string();
    for on in [file.clone(), format!("{file}:8")] {
        let refusal = refused(&[QUESTION, &["--on", &on]].concat(), "plan.no_price");
        let help = refusal["error"]["help"].as_str().unwrap_or_default();
        assert!(help.contains("prices.csv") && help.contains("--price"), "{refusal}");
    }
}
