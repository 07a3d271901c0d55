//! Requests that arrive at a rate, as every face asks about them.

use std::fs;

use serde_json::Value;

use crate::run::{directory, document, example, number, texts};

fn asked(model: &str, rate: &str) -> Vec<String> {
    ["estimate", model, "--on", "h100", "--input", "1k", "--output", "256", "--rate", rate]
        .map(str::to_owned)
        .into()
}

fn answer(model: &str, rate: &str) -> (i32, Value) {
    let words = asked(model, rate);
    document(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The rate that is held, what is in flight, and the same from a file.
#[test]
fn a_rate_is_held() {
    let model = example();
    let (code, found) = answer(&model, "5/s");
    assert_eq!((code, &found["verdict"]), (0, &Value::from("holds")));
    let at_rate = |name: &str| number(&found, &format!("/at_rate/{name}"));
    let share = at_rate("offered_requests_per_s") / number(&found, "/at_rate/sustained_requests_per_s/value");
    assert!((at_rate("utilisation") - share).abs() < 1e-12);
    // What arrives and is held is answered: no more, and less only where the chip is slower than thought.
    let answered = &found["throughput"]["requests_per_s"];
    assert_eq!(answered["value"], answered["high"]);
    let little = 5.0 * number(&found, "/latency/e2e_s/value");
    assert!((at_rate("mean_in_flight") - little).abs() < 1e-9 * little);
    let scenario = directory("rates").join("rate.toml");
    let asked = format!(
        "[estimate]\nmodel = {model:?}\non = \"h100\"\ninput = \"1k\"\noutput = 256\nrate = \"300/min\"\n"
    );
    fs::write(&scenario, asked).unwrap();
    let path = scenario.to_str().unwrap();
    assert_eq!(document(&["run", path]), (0, found), "a scenario asks the same");
}

/// A rate beyond what it holds: no mean, another exit code, and what to do.
#[test]
fn a_rate_may_be_too_much() {
    let model = example();
    let (code, found) = answer(&model, "1000/s");
    assert_eq!((code, &found["verdict"]), (1, &Value::from("saturated")));
    assert!(found["latency"]["ttft_s"].is_null() && found["latency"]["queue_s"].is_null());
    let held = number(&found, "/at_rate/sustained_requests_per_s/value");
    assert!((number(&found, "/throughput/requests_per_s/value") - held).abs() < 1e-9 * held);
    let needed = number(&found, "/at_rate/deployments");
    assert!(needed * held > 1000.0 && (needed - 1.0) * held <= 1000.0);
    let words = asked(&model, "1000/s");
    let (_, text, _) = texts(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(text.contains("is saturated at") && text.contains("grows without bound"), "{text}");
}

/// All at once: those beyond the places wait, and every speed has a band.
#[test]
fn a_burst_waits_for_places() {
    let model = example();
    let asked =
        ["estimate", &model, "--on", "h100", "--arrival", "burst", "--input", "1k", "--output", "256"];
    let burst = |requests: &str| document(&[&asked[..], &["--concurrency", requests]].concat()).1;
    let (few, many) = (burst("16"), burst("4000"));
    assert!(number(&few, "/latency/queue_s").abs() < 1e-12);
    // The mean of nothing and of nearly all of the time that it takes.
    let all = 4000.0 / number(&many, "/throughput/requests_per_s");
    let share = number(&many, "/latency/queue_s") / all;
    assert!((0.3..0.5).contains(&share), "{share}");
    for time in ["ttft_s", "tpot_s", "e2e_s"] {
        assert!(many["latency"][time]["low"].is_number(), "{time}");
    }
}

/// Of several chips some hold a rate.
#[test]
fn a_comparison_shares_a_rate() {
    let model = example();
    let (_, rows) = document(&["compare", &model, "--on", "h100,l4", "--input", "1k", "--rate", "8/s"]);
    let rows = rows["rows"].as_array().unwrap();
    let verdicts: Vec<&str> = rows.iter().filter_map(|row| row["verdict"].as_str()).collect();
    assert!(verdicts.contains(&"holds") && verdicts.contains(&"saturated"), "{verdicts:?}");
    for row in rows {
        assert!((number(row, "/at_rate/offered_requests_per_s") - 8.0).abs() < 1e-12);
        assert_eq!(row["ttft_s"].is_null(), row["verdict"] == "saturated");
    }
}

#[test]
fn a_rate_contradicts_other_loads() {
    let model = example();
    for other in [&["--concurrency", "4"][..], &["--arrival", "burst"], &["--requests-per-slot", "10"]] {
        let arguments = [&["estimate", &model, "--on", "h100", "--rate", "5/s"], other].concat();
        let (code, refusal) = document(&arguments);
        assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("arrival.conflict")), "{other:?}");
        assert!(!refusal["error"]["help"].is_null());
    }
    let (code, refusal) = document(&["estimate", &model, "--on", "h100", "--arrival", "open"]);
    assert_eq!((code, &refusal["error"]["at"]), (2, &Value::from("--rate")));
}
