//! Every number of an answer says where it comes from, and what it says can be computed again.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::world::Asked;

const QUESTIONS: &[&str] = &[
    "llama-3.1-8b --on h100 --engine vllm --input 1024 --output 256 --concurrency 16",
    "llama-3.1-8b --on rtx-4090 --engine llama.cpp --quant q4_k_m --input 512 --output 128 --concurrency 1",
    "llama-3.1-70b --on h100:4 --engine sglang --input 4096 --output 512 --concurrency 200",
    "llama-3.1-70b --on 2x8xa100-80gb --engine vllm --tp 8 --pp 2 --input 2000 --output 100 --concurrency 64",
    "deepseek-v3 --on 8xh200 --engine vllm --ep 8 --input 2000 --output 1000 --concurrency 128",
    "qwen3-30b-a3b --on l40s:2 --engine vllm --dp 2 --quant fp8 --input 8192 --output 16 --concurrency 512",
    "gpt-oss-20b --on rtx-5090 --engine vllm --input 1024 --output 1024 --concurrency 8",
    "llama-3.1-8b --on mi300x --engine ideal --input 1024 --output 256 --concurrency 4 --utilisation 0.4",
];

/// What was asked, how layouts count, and what stands in for what was not asked.
const ASKED: &[&str] = &["/workload/", "/plan/", "/defaults/", "/accelerator/count"];

fn is_asked(pointer: &str) -> bool {
    ASKED.iter().any(|asked| pointer.contains(asked) || pointer.ends_with(asked))
}

/// The pointers of all numbers; those of an estimate's band go by the estimate's own.
fn numbers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(at.to_owned()),
        Value::Object(fields) if fields.contains_key("value") && fields.contains_key("low") => {
            found.push(at.to_owned());
        }
        Value::Object(fields) => {
            for (key, inner) in fields.iter().filter(|(key, _)| *key != "provenance") {
                numbers(inner, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                numbers(inner, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The number at a pointer, an estimate's middle.
fn number(document: &Value, pointer: &str) -> Option<f64> {
    let value = document.pointer(pointer)?;
    value.as_f64().or_else(|| value.get("value")?.as_f64())
}

fn near(x: f64, y: f64) -> bool {
    (x - y).abs() <= 1e-9 * x.abs().max(y.abs()) + 1e-12
}

fn strength(record: &Value) -> usize {
    let name = record["basis"].as_str().expect("every record has a basis");
    let order = ["exact", "specified", "measured", "fitted", "assumed"];
    order.iter().position(|known| *known == name).expect("one of five")
}

fn answers() -> impl Iterator<Item = (String, Value)> {
    QUESTIONS.iter().flat_map(|text| {
        let asked = Asked::new(text);
        let context = asked.clone().with("--context 16384");
        [
            (format!("model {text}"), asked.model()),
            (format!("memory {text}"), context.memory()),
            (format!("estimate {text}"), asked.estimate()),
        ]
    })
}

/// An estimate says how well it is known: speed as its efficiencies are, everything else as its record says.
#[test]
fn an_estimate_is_as_sure_as_its_record() {
    let mut seen = 0;
    for (question, document) in answers() {
        let mut found = Vec::new();
        numbers(&document, "", &mut found);
        for pointer in found {
            let Some(basis) = document.pointer(&pointer).and_then(|value| value.get("basis")) else {
                continue;
            };
            // Nothing is exactly nothing, whoever says so.
            if number(&document, &pointer) == Some(0.0) {
                continue;
            }
            let is_speed = ["/latency", "/throughput", "/cost"].iter().any(|part| pointer.starts_with(part));
            let known = if is_speed { &document["calibration"] } else { &document["provenance"][&pointer] };
            assert_eq!(*basis, known["basis"], "{question}: {pointer}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn every_number_has_a_record_and_every_record_a_number() {
    for (question, document) in answers() {
        let records = document["provenance"].as_object().expect("explained");
        let mut all = Vec::new();
        numbers(&document, "", &mut all);
        assert!(all.len() > 15, "{question}");
        let missing: Vec<&String> =
            all.iter().filter(|pointer| !is_asked(pointer) && !records.contains_key(*pointer)).collect();
        assert!(missing.is_empty(), "{question}: {missing:#?}");
        for (pointer, record) in records {
            assert!(number(&document, pointer).is_some(), "{question}: {pointer} is no number");
            if let (Some(stated), Some(shown)) = (record["value"].as_f64(), number(&document, pointer)) {
                assert!(near(stated, shown), "{question}: {pointer} is {shown}, its record says {stated}");
            }
        }
    }
}

#[test]
fn inputs_hold_what_they_point_at_and_the_weakest_decides() {
    for (question, document) in answers() {
        let records = document["provenance"].as_object().expect("explained");
        for (pointer, record) in records {
            for (symbol, input) in record["inputs"].as_object().expect("inputs by symbol") {
                let place = format!("{question}: {symbol} of {pointer}");
                assert!(strength(input) <= strength(record), "{place} is weaker than what it makes");
                let Some(target) = input["pointer"].as_str() else {
                    assert!(input["source"].is_string(), "{place} has no source");
                    continue;
                };
                let shown =
                    number(&document, target).unwrap_or_else(|| panic!("{place}: nothing at {target}"));
                let given = input["value"].as_f64().unwrap_or_else(|| panic!("{place} is no number"));
                assert!(near(shown, given), "{place}: {given}, but {shown} at {target}");
                let behind = records.get(target).unwrap_or_else(|| panic!("{place}: {target} has no record"));
                assert_eq!(input["basis"], behind["basis"], "{place}");
            }
        }
    }
}

type Inputs = BTreeMap<String, f64>;

/// A formula of the records, written out a second time, and how many records must have used it.
type Again = (&'static str, fn(&Inputs) -> f64);

const FORMULAS: &[Again] = &[
    ("TPOT = p·t_m + (1 - p)·t_d", |x| x["p"] * x["t_m"] + (1.0 - x["p"]) * x["t_d"]),
    ("TTFT = t_r + t_w + t_p + t_q", |x| x["t_r"] + x["t_w"] + x["t_p"] + x["t_q"]),
    ("E2E = TTFT + (O - 1)·TPOT", |x| x["TTFT"] + (x["O"] - 1.0) * x["TPOT"]),
    ("X = C / E2E", |x| x["C"] / x["E2E"]),
    ("X_t = t·C / E2E", |x| x["t"] * x["C"] / x["E2E"]),
    ("t = t_c + t_b + t_l + t_o", |x| x["t_c"] + x["t_b"] + x["t_l"] + x["t_o"]),
    ("x = (B - 1)·I / O", |x| (x["B"] - 1.0).max(0.0) * x["I"] / x["O"]),
    ("a = x / c", |x| x["x"] / x["c"]),
    ("p = 1 - exp(-a)", |x| 1.0 - (-x["a"]).exp()),
    ("t_o = L·l + E·e + s + B·q", |x| x["L"] * x["l"] + x["E"] * x["e"] + x["s"] + x["B"] * x["q"]),
    ("I = W / Q", |x| x["W"] / x["Q"]),
    ("I* = pi / beta", |x| x["pi"] / x["beta"]),
    ("c = 1e6·p·g / (3600·r·u)", |x| 1e6 * x["p"] * x["g"] / (3600.0 * x["r"] * x["u"])),
    ("g_i = (TPOT - t_d) / TPOT", |x| (x["TPOT"] - x["t_d"]) / x["TPOT"]),
    ("g_i = t_1 / (t_1 + O·TPOT)", |x| x["t_1"] / (x["t_1"] + x["O"] * x["TPOT"])),
    ("g_o = 1 - g_i", |x| 1.0 - x["g_i"]),
    ("P = P_max·(i + (1 - i)·l)", |x| x["P_max"] * (x["i"] + (1.0 - x["i"]) * x["l"])),
    ("P_n = n·P", |x| x["n"] * x["P"]),
    ("E = P / r", |x| x["P"] / x["r"]),
    ("1e6·E / 3.6e6", |x| x["E"] / 3.6),
    ("weights + cache + state + activations + overhead", |x| x.values().sum()),
    ("context + graphs + tables + reserve", |x| x.values().sum()),
    ("capacity - total", |x| (x["capacity"] - x["total"]).max(0.0)),
    ("floor(bytes / block)", |x| (x["bytes"] / x["block"]).floor()),
    ("sum of the components", |x| x.values().sum()),
];

#[test]
fn simple_formulas_give_the_same_number_again() {
    let mut used: BTreeMap<&str, usize> = FORMULAS.iter().map(|(formula, _)| (*formula, 0)).collect();
    for (question, document) in answers() {
        for (pointer, record) in document["provenance"].as_object().expect("explained") {
            let Some((formula, again)) = FORMULAS.iter().find(|(formula, _)| record["formula"] == *formula)
            else {
                continue;
            };
            let inputs = record["inputs"].as_object().expect("inputs by symbol");
            let inputs: Inputs = inputs
                .iter()
                .filter_map(|(symbol, input)| Some((symbol.clone(), input["value"].as_f64()?)))
                .collect();
            let shown =
                number(&document, pointer).unwrap_or_else(|| panic!("{question}: {pointer} is no number"));
            let computed = again(&inputs);
            let close = (shown - computed).abs() <= 1e-6 * shown.abs() + 1e-9;
            assert!(close, "{question}: {pointer} is {shown}, {formula} gives {computed} from {inputs:?}");
            *used.entry(formula).or_default() += 1;
        }
    }
    let idle: Vec<_> = used.iter().filter(|(_, count)| **count == 0).collect();
    assert!(idle.is_empty(), "no answer used {idle:?}");
}

/// Where all matrices have one format, an operator's time is the roofline of its own row.
#[test]
fn operators_of_a_plain_model_are_on_their_roofline() {
    let document = Asked::new(QUESTIONS[0]).estimate();
    let mut rows = 0;
    for (pointer, record) in document["provenance"].as_object().expect("explained") {
        if record["formula"] != "T = max(W / pi, Q / beta)" {
            continue;
        }
        let input = |symbol: &str| record["inputs"][symbol]["value"].as_f64().expect("a number");
        let time = (input("W") / input("pi")).max(input("Q") / input("beta"));
        let shown = number(&document, pointer).expect("a time");
        assert!((shown / time - 1.0).abs() < 1e-9, "{pointer}: {shown} against {time}");
        rows += 1;
    }
    assert!(rows >= 10, "{rows}");
}
