//! What `plan` says where nothing holds the model or keeps all limits: which limit binds, and what would do.

use serde_json::Value;

use crate::run::{document, number, refused, texts};

fn answered(question: &str) -> (i32, Value) {
    document(&question.split_whitespace().collect::<Vec<_>>())
}

/// Too few accelerators are a limit like any other: how many would do is said, and they do.
#[test]
fn too_few_accelerators_say_how_many_would_do() {
    let question = |most: u64| format!("plan deepseek-v3 --rate 1/s --on h200,b200 --max-gpus {most}");
    let (code, answer) = answered(&question(2));
    assert_eq!((code, &answer["binding"]), (1, &Value::from("--max-gpus")), "{answer}");
    let nearest = number(&answer, "/nearest/0/nearest");
    assert!(nearest > 2.0 && answer["best"].as_array().unwrap().is_empty());
    let whole = |most: f64| format!("plan deepseek-v3 --rate 1/s --on h200,b200 --max-gpus {most}");
    assert_eq!(answered(&whole(nearest)).0, 0);
    assert_eq!(answered(&whole(nearest - 1.0)).0, 1);
    // A tight time beside it: the number that it would take is looked for beyond the limit.
    let (_, answer) = answered("plan llama-3.3-70b --rate 10/s --on b200 --max-gpus 1 --tpot 12ms");
    let limits = answer["nearest"].as_array().unwrap();
    let most = limits.iter().find(|row| row["limit"] == "--max-gpus").unwrap();
    assert!(most["nearest"].is_number(), "{answer}");
}

/// A model that fits on nothing that is offered is an answer, with each restriction that would have to go.
#[test]
fn what_fits_on_nothing_says_what_would_hold_it() {
    let question = ["plan", "deepseek-v3", "--on", "rtx-4090", "--rate", "1/s"];
    let (code, answer) = document(&question);
    assert_eq!(
        (code, &answer["feasible"], &answer["binding"]),
        (1, &Value::Bool(false), &Value::from("memory")),
        "{answer}"
    );
    let widened = answer["widened"].as_array().unwrap();
    let other = widened.iter().find(|row| row["flag"] == "--on").unwrap();
    assert_eq!(other["keeps"], true);
    let on = other["plan"]["on"].as_str().unwrap();
    let (code, found) = document(&["plan", "deepseek-v3", "--on", on, "--rate", "1/s"]);
    assert_eq!(code, 0);
    assert_eq!(found["best"][0]["usd_per_hour"], other["plan"]["usd_per_hour"]);
    let (_, shown, _) = texts(&question);
    assert!(shown.contains("without --on") && shown.contains("would do"), "{shown}");
}

/// Eight of an accelerator that hold it in four bits and not as published.
#[test]
fn narrower_formats_are_proposed() {
    let (code, answer) = answered("plan deepseek-v3 --on 8xh100 --rate 1/s");
    assert_eq!(code, 1, "{answer}");
    let widened = answer["widened"].as_array().unwrap();
    let narrower = widened.iter().find(|row| row["flag"] == "--quant").unwrap();
    let quant = narrower["plan"]["quant"].as_str().unwrap();
    let (code, _) = document(&["plan", "deepseek-v3", "--on", "8xh100", "--rate", "1/s", "--quant", quant]);
    assert_eq!(code, 0, "{quant}");
}

#[test]
fn power_takes_its_unit_and_a_percentile_its_time() {
    let asked =
        |watts: &str| answered(&format!("plan llama-3.1-8b --on h100 --rate 5/s --max-watts {watts}")).1;
    assert_eq!(asked("2kW")["best"], asked("2000")["best"]);
    let (code, answer) = answered("plan llama-3.1-8b --on h100 --rate 5/s --max-watts 50W");
    assert_eq!((code, &answer["binding"]), (1, &Value::from("--max-watts")), "{answer}");
    let refusal = refused(&["plan", "llama-3.1-8b", "--rate", "5/s", "--ttft", "p95"], "number.invalid");
    assert!(refusal.to_string().contains("p95:1s"), "{refusal}");
}
