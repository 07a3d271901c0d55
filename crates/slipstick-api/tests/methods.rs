//! Questions to methods as a person types them.

use slipstick_api::methods::{eval, list, show};

/// The same table of worked cases that holds the core to its sources.
const CASES: &str = include_str!("../../slipstick-core/tests/methods/source_cases.txt");

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
        let answer = eval(method, words[0], &arguments).expect("the table is complete");
        let document = serde_json::to_value(&answer).expect("a document");
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
    let value =
        |arguments: &[&str]| eval("tokentally", "gradient_memory", arguments).expect("an answer").value;
    let plain = value(&["params=70000000000.0", "n=64", "zero=2", "fp32g=True"]);
    let suffixed = value(&["params=70B", "n=64", "zero=2", "fp32g=on"]);
    assert_eq!(plain.to_bits(), suffixed.to_bits());
    let rate =
        eval("inference-arithmetic", "ops_per_byte", &["tflops=989 TFLOP/s", "bandwidth_gb_s=3.35TB/s"]);
    assert!((rate.expect("an answer").value - 989.0 / 3.35).abs() < 1e-9);
    let days = |recovery| {
        let given = ["params_b=40B", "gtokens=1000B", "gpus=300", recovery];
        eval("llm-calculator", "cluster_actual_days", &given).expect("an answer").value
    };
    assert_eq!(days("recovery_hours=90min").to_bits(), days("recovery_hours=1.5").to_bits());
}

#[test]
fn refusals_say_what_to_type() {
    let refused = |method, quantity, arguments: &[&str]| {
        let error = eval(method, quantity, arguments).expect_err("it is wrong");
        (error.code(), error.to_string())
    };
    let cases = [
        (
            refused("tokentaly", "x", &[]),
            "method.unknown",
            "there is no method \"tokentaly\"; did you mean tokentally",
        ),
        (
            refused("tokentally", "min_memory", &[]),
            "method.unknown_quantity",
            "tokentally computes no \"min_memory\"; did you mean min_gpu_memory or model_memory",
        ),
        (
            refused("tokentally", "total_size", &["seq"]),
            "method.not_a_pair",
            "\"seq\" is not an input; write it like seq=2048",
        ),
        (
            refused("tokentally", "total_size", &["sec=1"]),
            "method.unknown_input",
            "tokentally takes no \"sec\"; did you mean seq",
        ),
        (
            refused("tokentally", "total_size", &["seq=many"]),
            "method.invalid_input",
            "seq: \"many\" is not a count: it does not start with a number; write it like 4096, 32k (32,000) or 32Ki (32,768)",
        ),
        (
            refused("tokentally", "total_size", &["seq=-1"]),
            "method.invalid_input",
            "seq cannot be -1; it must be a number that is not negative",
        ),
        (
            refused("tokentally", "total_size", &["size_factor=half"]),
            "method.invalid_input",
            "size_factor cannot be \"half\"; give a number in no unit",
        ),
        (
            refused("tokentally", "model_memory", &["part=maybe"]),
            "method.invalid_input",
            "part cannot be \"maybe\"; give true or false",
        ),
        (
            refused("tokentally", "model_memory", &["params=inf"]),
            "method.invalid_input",
            "params cannot be inf; it must be a number above 0 (unit: parameter)",
        ),
        (
            refused("tokentally", "usd_per_1k_input_tokens", &["gflop_per_token=14"]),
            "method.missing_input",
            "usd_per_1k_input_tokens needs more inputs: usd_per_hour=.. (price of all GPUs together in USD/h)",
        ),
    ];
    for ((code, message), expected_code, expected) in cases {
        assert_eq!((code, message.as_str()), (expected_code, expected));
    }
}

#[test]
fn an_answer_shows_its_inputs_defaults_and_faults() {
    let answer =
        eval("llm-tools", "kv_cache", &["batch=1", "seq=2048", "layers=32", "hidden=4096", "heads=32"])
            .expect("an answer");
    assert_eq!(
        answer.text(),
        "llm-tools kv_cache: 1,073,741,824 byte\n  \
         formula  kv_cache = 2·B·S·L·H·b\n  \
         given    batch=1  seq=2,048  layers=32  hidden=4,096\n  \
         assumed  bytes_per_param=2\n  \
         ignored  heads\n  \
         source   LLM Tools, \"KV Cache\".\n  \
         fault    no-gqa: the cache is sized by the hidden size, as if there were as many key and value heads as \
         query heads (too high, with fewer key and value heads than query heads)\n"
    );
    assert!(answer.markdown().contains("| `bytes_per_param` | 2 | byte | assumed |"));
}

#[test]
fn every_method_is_listed_and_shown() {
    let listed = list();
    assert_eq!(listed.methods.len(), 12);
    assert_eq!(listed.text().lines().count(), 12);
    for row in &listed.methods {
        let card = show(row.id).expect("it is listed");
        assert_eq!(card.quantities.len(), row.quantities.len());
        for quantity in &card.quantities {
            assert!(!quantity.tex.is_empty() && !quantity.plain.is_empty() && !quantity.source.is_empty());
            assert!(card.text().contains(quantity.tex) && card.markdown().contains(quantity.tex));
        }
    }
    assert!(show("nothing").is_err());
}
