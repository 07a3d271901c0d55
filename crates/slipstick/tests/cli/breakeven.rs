//! `breakeven` as its users meet it: its parts agree with each other and with `estimate`, and cost is equal where it says.

use std::fs;

use serde_json::Value;

use crate::run::{directory, document, near, number, texts};

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
    assert!(output.contains("given") && output.contains("requests a day"), "{output}");
}

/// The row of the price that the question states.
fn given(answer: &Value) -> &Value {
    let rows = answer["api"].as_array().expect("the test made it");
    rows.iter().find(|row| row["provider"] == "given").expect("the test made it")
}

/// Hours of which a day has as many busy as idle ones; two replicas in the busy ones.
fn by_hours(more: &[&str]) -> Value {
    let file = directory("breakeven-hours").join("hours.csv");
    fs::write(&file, "0 0 0 0 0 0 8 8 8 8 8 8\n").expect("the test made it");
    let (_, one) = asked(&[]);
    let rate = format!("{}/s", 1.5 * number(&one, "/own/throughput/requests_per_s"));
    asked(&[&["--rate", &rate, "--profile", file.to_str().expect("the test made it")], more].concat()).1
}

#[test]
fn replicas_that_stop_in_idle_hours_are_paid_while_they_run_and_start() {
    let fixed = by_hours(&[]);
    near(number(&fixed, "/own/usd_per_hour"), 2.0 * 2.0, "two, always");
    near(number(&fixed, "/own/hours/mean_share"), 0.5, "half of the hours");
    let stopped = by_hours(&["--follow", "--min-replicas", "0", "--start", "6min"]);
    near(number(&stopped, "/own/hours/mean_replicas"), 1.0, "two in half of the hours");
    near(number(&stopped, "/own/hours/starts_per_hour"), 2.0 / 12.0, "two start in twelve hours");
    near(number(&stopped, "/own/usd_per_hour"), 2.0 * (1.0 + 0.1 * 2.0 / 12.0), "what runs and what starts");
    let kept = by_hours(&["--follow", "--start", "6min"]);
    near(
        number(&kept, "/own/usd_per_hour"),
        2.0 * (1.5 + 0.1 / 12.0),
        "one always, one in half of the hours",
    );
    let own = |answer: &Value| number(answer, "/own/usd_per_million_tokens");
    assert!(own(&stopped) < own(&kept) && own(&kept) < own(&fixed));
    let from = |answer: &Value| number(given(answer), "/crossing_requests_per_day");
    assert!(from(&stopped) < from(&fixed), "{} {}", from(&stopped), from(&fixed));
}

/// Of replicas that follow their load as many are committed to as are needed in more of the hours than the prices' ratio.
#[test]
fn a_commitment_is_as_large_as_it_pays() {
    let of = |price: &str| {
        by_hours(&["--follow", "--min-replicas", "1", "--committed-price", price, "--start", "0s"])
    };
    for (price, committed, cost) in [("$1.5/h", 1.0, 1.5 + 1.0), ("$0.9/h", 2.0, 1.8), ("$2.5/h", 0.0, 3.0)] {
        let answer = of(price);
        assert_eq!(answer["own"]["hours"]["committed_replicas"], committed, "{price}");
        near(number(&answer, "/own/usd_per_hour"), cost, price);
    }
    near(number(&of("$1.5/h"), "/own/hours/commitment_pays_from"), 0.75, "1.5 of 2 dollars");
    let offered =
        ["breakeven", "gpt-oss-120b", "--on", "h100", "--cloud", "gcp", "--commit", "3y", "--rate", "50/s"];
    let (_, answer) = document(&offered);
    assert!(answer["own"]["hours"]["committed_source"].as_str().unwrap().contains("3y"), "{answer}");
    near(
        number(&answer, "/own/hours/committed_replicas"),
        number(&answer, "/own/replicas"),
        "hours that are alike take all of them",
    );
}

#[test]
fn one_s_own_prices_stand_in_the_proportion_of_the_list() {
    let (_, answer) = asked(&[]);
    for row in answer["api"].as_array().unwrap() {
        let [input, output] = ["input", "output"].map(|kind| {
            let price = number(row, &format!("/usd_per_million_{kind}_tokens"));
            (price, number(row, &format!("/own_usd_per_million_{kind}_tokens")))
        });
        near(output.1 / input.1, output.0 / input.0, "the same ratio");
        let read = |kind: &str| number(&answer, &format!("/own/full_load/{kind}_tokens_per_s"));
        let paid = 3600.0 / 1e6 * (read("input") * input.1 + read("output") * output.1);
        near(paid, number(&answer, "/own/usd_per_hour"), "both pay the hour");
    }
}

#[test]
fn a_prefix_that_is_found_moves_both_sides() {
    let hit = |share: &str| asked(&["--prefix-hit", share]).1;
    let (none, half) = (hit("0.01"), hit("0.5"));
    let capacity = |answer: &Value| number(answer, "/own/full_load/requests_per_s");
    assert!(capacity(&half) > 1.01 * capacity(&none), "what is not read leaves time");
    let price = |answer: &Value| number(given(answer), "/usd_per_million_tokens");
    assert!(price(&half) < price(&none));
}

/// The staircase, the line and where they cross are drawn, in the terminal and as an image.
#[test]
fn the_costs_of_a_month_are_drawn() {
    let file = directory("breakeven-plot").join("cost.svg");
    let (_, output, _) = texts(&[NAMED, &["--rate", "30/s"]].concat());
    for part in [
        "$ a month",
        "requests a day",
        "as many replicas as it takes",
        "one's own costs less than",
        "as asked",
    ] {
        assert!(output.contains(part), "{part}: {output}");
    }
    document(&[NAMED, &["--svg", file.to_str().expect("the test made it"), "--force"]].concat());
    let drawn = fs::read_to_string(&file).expect("it was drawn");
    assert!(
        drawn.starts_with("<svg") && drawn.contains("requests a day") && drawn.contains("costs less than")
    );
}

/// The times of a use are targets, as in a plan.
#[test]
fn a_use_brings_its_lengths_and_times() {
    let (_, answer) =
        document(&["breakeven", "gpt-oss-120b", "--on", "h100", "--use-case", "code-completion"]);
    near(number(&answer, "/input_tokens"), 2048.0, "the lengths of its use");
    assert!(number(&answer, "/own/latency/tpot_s") <= 0.035, "{answer}");
    let flags: Vec<&str> =
        answer["defaults"].as_array().unwrap().iter().filter_map(|one| one["flag"].as_str()).collect();
    assert!(["--input", "--ttft", "--tpot"].iter().all(|flag| flags.contains(flag)), "{flags:?}");
}
