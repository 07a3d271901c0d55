//! `fleet` as its users meet it: others' instances from a file, the mix that is printed serves everything, wrong files refused.

use std::fs;

use serde_json::Value;

use crate::run::{directory, document, near, number, texts};

fn asked(name: &str, spec: &str) -> (i32, Value) {
    let path = directory(&format!("fleet-{name}")).join("fleet.toml");
    fs::write(&path, spec).expect("the test made it");
    document(&["fleet", path.to_str().expect("the test made it")])
}

/// Classes at rates, and types with a price and rates of their own.
fn spec(head: &str, rates: &[f64], kinds: &[(&str, f64, &str, &str)]) -> String {
    let classes = rates.iter().enumerate().map(|(class, rate)| {
        format!("[[class]]\nname = \"{class}\"\nrate = \"{rate}/s\"\ninput = 100\noutput = 100\n")
    });
    let kinds = kinds.iter().map(|(on, price, rates, more)| {
        format!("[[type]]\non = \"{on}\"\nprice = \"${price}/h\"\nrates = [{rates}]\n{more}\n")
    });
    format!("planned = 1\n{head}\n{}{}", classes.collect::<String>(), kinds.collect::<String>())
}

fn melange(head: &str) -> String {
    let kinds = [("a10g", 1.01, "2.0, 1.0, 5.0, 2.0", ""), ("a100", 3.67, "20.0, 20.0, 40.0, 20.0", "")];
    spec(head, &[6.0, 3.0, 15.0, 6.0], &kinds)
}

fn three(head: &str) -> String {
    let kinds = [
        ("l4", 0.7, "2.4, 1.2, 0.6, 0.25, 0.0, 0.0", ""),
        ("a100", 2.5, "9.0, 6.0, 3.2, 1.9, 0.9, 0.3", "most = 2"),
        ("h100", 4.0, "20.0, 14.0, 8.0, 5.0, 2.6, 1.0", ""),
    ];
    spec(head, &[6.0, 9.0, 5.0, 4.0, 1.5, 0.5], &kinds)
}

#[test]
fn published_instances_cost_what_their_authors_print() {
    for (name, text, price, relaxed) in [
        ("m1", melange("slices = 1"), 6.70, 4.12875),
        ("m4", melange("slices = 4"), 5.69, 4.12875),
        ("m", melange(""), 4.68, 4.12875),
        ("t1", three("slices = 1"), 16.0, 13.779_1),
        ("t4", three("slices = 4"), 15.2, 13.779_1),
        ("t", three(""), 15.2, 13.779_1),
    ] {
        let (code, answer) = asked(name, &text);
        assert_eq!((code, number(&answer, "/gap")), (0, 0.0), "{name}");
        near(number(&answer, "/usd_per_hour"), price, name);
        assert!((number(&answer, "/relaxed_usd_per_hour") - relaxed).abs() < 1e-4, "{name}");
    }
    let (_, answer) = asked("alone", &three(""));
    let alone = |kind: usize| answer["types"][kind]["alone_usd_per_hour"].as_f64();
    assert_eq!((alone(0), alone(1), alone(2)), (None, None, Some(16.0)));
}

/// The shipped example: rates of our own estimates, each class within its targets, whatever is sent adds up.
#[test]
fn the_example_is_served_within_its_targets() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/fleet.toml");
    let (code, answer) = document(&["fleet", path]);
    assert_eq!(code, 0, "{answer}");
    for class in answer["classes"].as_array().unwrap() {
        let sent = class["sent"].as_array().unwrap();
        near(sent.iter().map(|part| number(part, "/share")).sum(), 1.0, "all of a class");
        assert!(sent.iter().all(|part| number(part, "/most_requests_per_s") > 0.0));
    }
    let mut cost = 0.0;
    for kind in answer["types"].as_array().unwrap() {
        let count = number(kind, "/deployments");
        cost += count * number(kind, "/usd_per_hour");
        assert!(number(kind, "/load") <= count + 1e-6, "{kind}");
        assert_eq!(
            kind["mixed_load"].is_null(),
            count == 0.0,
            "one estimate of what shares its batches: {kind}"
        );
    }
    near(cost, number(&answer, "/usd_per_hour"), "the sum of its parts");
    let (_, shown, _) = texts(&["fleet", path]);
    assert!(shown.contains("no mix costs less") && shown.contains("load, mixed"), "{shown}");
    // One deployment answers of a class what estimate says of the requests in flight that meet its targets.
    let batch =
        ["estimate", "llama-3.1-8b", "--on", "h100", "--quant", "fp8", "--input", "2k", "--output", "1k"];
    let most = number(&answer["classes"][2]["sent"][0], "/most_requests_per_s");
    let (_, one) = document(&[&batch[..], &["--concurrency", "64"]].concat());
    assert!(most >= number(&one, "/throughput/requests_per_s"));
}

#[test]
fn what_cannot_be_served_is_answered_no() {
    let text = three("").replace("1.0]\n", "0.0]\n").replace("0.9, 0.3]", "0.9, 0.0]");
    let (code, answer) = asked("no", &text);
    assert_eq!((code, &answer["feasible"], &answer["usd_per_hour"]), (1, &false.into(), &Value::Null));
}

/// Files that nobody can mean, each with what to write instead.
#[test]
fn wrong_files_are_refused_with_a_cure() {
    let right = three("");
    let with = |from: &str, to: &str| right.replacen(from, to, 1);
    let wrong = [
        ("empty", String::new(), "fleet.spec"),
        ("no classes", "[[type]]\non = \"h100\"\n".to_owned(), "fleet.spec"),
        (
            "no types and no model",
            "[[class]]\nname = \"a\"\nrate = \"1/s\"\ninput = 1\noutput = 1\n".to_owned(),
            "fleet.spec",
        ),
        ("no lengths", with("input = 100\n", ""), "fleet.spec"),
        ("unknown use", with("input = 100", "use_case = \"poems\""), "fleet.spec"),
        ("no toml", "model = [".to_owned(), "fleet.spec"),
        ("unknown key", with("planned", "planed"), "fleet.spec"),
        ("key of a class", with("input = 100", "inputs = 100"), "fleet.spec"),
        ("rate of 0", with("rate = \"6/s\"", "rate = \"0/s\""), "fleet.spec"),
        ("rate without unit", with("rate = \"6/s\"", "rate = \"six\""), "fleet.spec"),
        ("negative rate", with("rate = \"6/s\"", "rate = \"-6/s\""), "fleet.spec"),
        ("no input", with("input = 100", "input = 0"), "fleet.spec"),
        ("no output", with("output = 100", "output = 0"), "fleet.spec"),
        ("a time of 0", with("output = 100", "output = 100\ntpot = \"0ms\""), "fleet.spec"),
        ("a time without unit", with("output = 100", "output = 100\nttft = \"soon\""), "fleet.spec"),
        ("planned 0", with("planned = 1", "planned = 0"), "fleet.spec"),
        ("planned 2", with("planned = 1", "planned = 2"), "fleet.spec"),
        ("no slices", with("planned = 1", "planned = 1\nslices = 0"), "fleet.spec"),
        ("many slices", with("planned = 1", "planned = 1\nslices = 1000"), "fleet.spec"),
        ("least", with("planned = 1", "planned = 1\nleast = 4000000000"), "fleet.spec"),
        ("negative count", with("most = 2", "most = -2"), "fleet.spec"),
        ("price without unit", with("$0.7/h", "cheap"), "fleet.spec"),
        ("a rate too few", with("0.25, 0.0, 0.0]", "0.25, 0.0]"), "fleet.spec"),
        ("rate nan", with("0.25, 0.0, 0.0]", "nan, 0.0, 0.0]"), "fleet.spec"),
        ("rate below 0", with("0.25, 0.0, 0.0]", "-0.25, 0.0, 0.0]"), "fleet.spec"),
        ("twice", with("on = \"a100\"", "on = \"l4\""), "fleet.spec"),
        ("no model", right.replace("rates = ", "# "), "fleet.spec"),
        (
            "unknown model",
            right.replace("rates = ", "# ").replace("planned", "model = \"no-such\"\nplanned"),
            "model.not_found",
        ),
        (
            "unknown type",
            "model = \"llama-3.1-8b\"\n".to_owned()
                + &right.replace("rates = ", "# ").replace("\"l4\"", "\"l4x\""),
            "gpu.unknown",
        ),
    ];
    for (name, text, code) in wrong {
        let (exit, refusal) = asked("wrong", &text);
        assert_eq!((exit, &refusal["error"]["code"]), (2, &code.into()), "{name}: {refusal}");
        assert!(refusal["error"]["help"].is_string(), "{name}: {refusal}");
    }
    assert_eq!(document(&["fleet", "no-such-file.toml"]).0, 2);
}

/// A class may name a use, and a file no types: then the best of what providers list is tried, and each number is explained.
#[test]
fn a_file_of_uses_alone_finds_its_hardware() {
    let text = "model = \"llama-3.1-8b\"\n[[class]]\nname = \"chat\"\nrate = \"20/s\"\nuse_case = \"chatbot\"\n\
                [[class]]\nname = \"code\"\nrate = \"300/min\"\nuse_case = \"code-completion\"\noutput = 40\n";
    let path = directory("fleet-uses").join("fleet.toml");
    fs::write(&path, text).expect("the test made it");
    let path = path.to_str().expect("the test made it");
    let (code, answer) = document(&["fleet", path, "--explain"]);
    assert_eq!(code, 0, "{answer}");
    let class =
        |row: usize| (&answer["classes"][row]["input_tokens"], &answer["classes"][row]["output_tokens"]);
    assert_eq!((class(0), class(1)), ((&1155.into(), &211.into()), (&2048.into(), &40.into())));
    let types = answer["types"].as_array().unwrap();
    assert!((2..=10).contains(&types.len()), "{types:?}");
    assert_eq!(answer["gap"], 0.0, "ten types are seen through");
    let records = answer["provenance"].as_object().unwrap();
    for pointer in ["/usd_per_hour", "/types/0/usd_per_hour", "/classes/0/sent/0/most_requests_per_s"] {
        assert!(records.contains_key(pointer), "{pointer}");
    }
    let all: f64 = types.iter().map(|kind| number(kind, "/all_usd_per_hour")).sum();
    near(all, number(&answer, "/usd_per_hour"), "the sum of its types");
    let (_, planned) = document(&["plan", "--fleet", path]);
    assert_eq!((&planned["schema"], &planned["types"]), (&"slipstick.fleet/1".into(), &answer["types"]));
    let (code, refusal) = document(&["plan", "--fleet", path, "--rate", "5/s"]);
    assert_eq!((code, &refusal["error"]["code"]), (2, &"plan.conflict".into()));
}
