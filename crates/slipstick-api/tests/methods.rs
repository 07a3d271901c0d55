//! Questions to methods as a person types them.

use serde_json::Value;
use slipstick_api::{
    commands::methods::{eval, list, show},
    render::markdown,
};

/// The same table of worked cases that holds the core to its sources.
const CASES: &str = include_str!("../../slipstick-methods/tests/methods/source_cases.txt");

fn answer(method: &str, quantity: &str, arguments: &[&str]) -> Value {
    let output = eval(method, quantity, arguments);
    output.unwrap_or_else(|error| panic!("{method} {quantity}: {error}")).document(false)
}

fn value(method: &str, quantity: &str, arguments: &[&str]) -> f64 {
    answer(method, quantity, arguments)["value"].as_f64().expect("a number")
}

#[test]
fn all_worked_cases_hold_as_typed() {
    let (mut method, mut arguments, mut cases) = ("", Vec::new(), 0);
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((name, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) {
            (method, arguments) = (name, rest.split(' ').collect());
            continue;
        }
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let expected: f64 = words[1].parse().expect("the table holds numbers");
        let document = answer(method, words[0], &arguments);
        let value = document["value"].as_f64().expect("a number");
        assert!((value - expected).abs() <= 1e-9 * expected.abs(), "{method} {}: {value}", words[0]);
        assert_eq!(document["unit"], words[2]);
        assert_eq!(document["schema"], "slipstick.methods.eval/1");
        cases += 1;
    }
    assert_eq!(cases, 233);
}

#[test]
fn switches_and_numbers_are_read_as_people_write_them() {
    let gradients = |arguments: &[&str]| value("tokentally", "gradient_memory", arguments);
    let plain = gradients(&["params=70000000000.0", "n=64", "zero=2", "fp32g=True"]);
    assert_eq!(plain.to_bits(), gradients(&["params=70B", "n=64", "zero=2", "fp32g=on"]).to_bits());
    let ridge =
        value("inference-arithmetic", "ops_per_byte", &["tflops=989 TFLOP/s", "bandwidth_gb_s=3.35TB/s"]);
    assert!((ridge - 989.0 / 3.35).abs() < 1e-9);
    let days = |recovery| {
        let given = ["params_b=40B", "gtokens=1000B", "gpus=300", "utilization_pct=30%", recovery];
        value("llm-calculator", "cluster_actual_days", &given)
    };
    assert_eq!(days("recovery_hours=90min").to_bits(), days("recovery_hours=1.5").to_bits());
}

#[test]
fn refusals_say_what_to_type() {
    let cases = [
        ("tokentaly x", "method.unknown", "there is no method \"tokentaly\"", "did you mean tokentally"),
        (
            "tokentally min_memory",
            "method.unknown_quantity",
            "tokentally computes no \"min_memory\"",
            "did you mean",
        ),
        ("tokentally total_size seq", "method.not_a_pair", "\"seq\" is not an input", "like seq=2048"),
        (
            "tokentally total_size sec=1",
            "method.unknown_input",
            "tokentally takes no \"sec\"",
            "did you mean seq",
        ),
        ("tokentally total_size seq=many", "number.invalid", "\"many\" is not a count", "write it like 4096"),
        (
            "tokentally total_size seq=-1",
            "method.invalid_input",
            "seq cannot be -1",
            "a whole number, 1 or more",
        ),
        (
            "tokentally total_size size_factor=half",
            "method.invalid_input",
            "cannot be \"half\"",
            "must be a number",
        ),
        (
            "tokentally model_memory part=maybe",
            "method.invalid_input",
            "cannot be \"maybe\"",
            "true or false",
        ),
        (
            "tokentally model_memory params=inf",
            "method.invalid_input",
            "params cannot be inf",
            "a number above 0",
        ),
        ("tokentally model_memory params=1 params=2", "method.repeated_input", "given twice", "once"),
        (
            "tokentally usd_per_1k_input_tokens gflop_per_token=14",
            "method.missing_input",
            "needs more inputs",
            "add usd_per_hour=.. (price of all GPUs together in USD/h)",
        ),
    ];
    for (typed, code, message, help) in cases {
        let words: Vec<&str> = typed.split(' ').collect();
        let error = eval(words[0], words[1], &words[2..]).expect_err(typed);
        assert_eq!((error.code, error.exit_code()), (code, 2), "{typed}");
        assert!(error.message.contains(message), "{typed}: {}", error.message);
        assert!(error.help.as_deref().is_some_and(|text| text.contains(help)), "{typed}: {:?}", error.help);
    }
}

#[test]
fn an_answer_shows_its_inputs_defaults_and_faults() {
    let arguments = ["batch=1", "seq=2048", "layers=32", "hidden=4096", "heads=32"];
    let output = eval("llm-tools", "kv_cache", &arguments).expect("an answer");
    let document = output.document(true);
    assert_eq!(document["ignored"][0], "heads");
    assert_eq!(document["inputs"][0]["key"], "bytes_per_param");
    assert_eq!(document["inputs"][0]["assumed"], true);
    assert_eq!(document["faults"][0]["id"], "no-gqa");
    assert_eq!(document["provenance"]["/value"]["inputs"]["bytes_per_param"]["basis"], "assumed");
    let text = markdown(&output.view);
    assert!(
        text.contains("1,073,741,824 byte") && text.contains("no-gqa") && text.contains("KV Cache"),
        "{text}"
    );
}

#[test]
fn every_method_is_listed_and_shown() {
    let document = list().document(false);
    let methods = document["methods"].as_array().expect("a list");
    assert_eq!(methods.len(), 26);
    for row in methods {
        let output = show(row["id"].as_str().expect("a name")).expect("it is listed");
        let card = output.document(false);
        let quantities = card["quantities"].as_array().expect("a list");
        assert_eq!(quantities.len(), row["quantities"].as_array().expect("a list").len());
        for quantity in quantities {
            for field in ["summary", "plain", "tex", "source"] {
                assert!(quantity[field].as_str().is_some_and(|text| !text.is_empty()), "{quantity}");
            }
        }
        assert_eq!(card["faults"].as_array().map(Vec::len), row["faults"].as_array().map(Vec::len));
    }
    assert!(show("nothing").is_err());
}
