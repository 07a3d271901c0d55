//! Scenario files side by side, plots, clouds, and whole pages of a method.

use std::{fs, path::Path};

use serde_json::Value;

use crate::run::{directory, document, example, texts};

fn text(path: &Path) -> &str {
    path.to_str().expect("Cargo's directories are UTF-8")
}

fn saved(folder: &Path, name: &str, arguments: &[&str]) -> String {
    let path = folder.join(name);
    let (code, _) = document(&[arguments, &["--save", text(&path)]].concat());
    assert!(code < 2, "{arguments:?}");
    text(&path).to_owned()
}

#[test]
fn estimates_are_compared_and_plotted() {
    let folder = directory("compared");
    let large = saved(&folder, "large.toml", &["estimate", &example(), "--on", "h100"]);
    let small = saved(&folder, "small.toml", &["estimate", &example(), "--on", "l40s"]);
    let image = folder.join("both.svg");
    let (code, compared) = document(&["compare", &large, &small, "--svg", text(&image)]);
    assert_eq!(code, 0);
    assert_eq!(compared["scenarios"][1]["name"], "small");
    let single = document(&["run", &large]).1;
    assert_eq!(compared["scenarios"][0]["tpot_s"], single["latency"]["tpot_s"]);
    for series in compared["plot"]["series"].as_array().unwrap() {
        let points: Vec<(f64, f64)> = series["points"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| (point[0].as_f64().unwrap(), point[1].as_f64().unwrap()))
            .collect();
        assert!(points.len() > 3);
        // More at once is slower for each and, at the least, no slower for all.
        assert!(points.windows(2).all(|pair| pair[1].0 < pair[0].0 && pair[1].1 > pair[0].1), "{points:?}");
    }
    let drawn = fs::read_to_string(&image).unwrap();
    assert!(drawn.starts_with("<svg") && drawn.contains("large") && drawn.contains("small"));
    let (code, refusal) = document(&["compare", &large, &small, "--svg", text(&image)]);
    assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("file.exists")));
    assert_eq!(document(&["compare", &large, &small, "--svg", text(&image), "--force"]).0, 0);
    let (_, out, _) = texts(&["compare", &large, &small]);
    assert!(out.contains("output tokens/s for a user"), "{out}");
}

/// What does not start is no choice: it stands last, wherever it was named, and it is no answer of yes.
#[test]
fn what_does_not_start_stands_last() {
    let folder = directory("not-started");
    for command in ["estimate", "memory"] {
        let none =
            saved(&folder, &format!("{command}-none.toml"), &[command, "llama-3.1-70b", "--on", "rtx-4090"]);
        let some = saved(&folder, &format!("{command}-some.toml"), &[command, &example(), "--on", "h100"]);
        let (code, compared) = document(&["compare", &none, &some]);
        assert_eq!(code, 0);
        let of = |list: &Value| {
            let rows = list.as_array().unwrap().clone();
            let name = |row: &Value| row["name"].as_str().unwrap().split(' ').next().unwrap().to_owned();
            rows.iter().map(name).collect::<Vec<_>>()
        };
        let order = [format!("{command}-some"), format!("{command}-none")];
        assert_eq!(of(&compared["scenarios"]), order);
        assert_eq!(of(&compared["plot"]["series"]), order);
        assert_eq!(document(&["compare", &none]).0, 1);
    }
    let (code, refused) = document(&["estimate", "llama-3.1-70b", "--on", "rtx-4090"]);
    assert_eq!((code, &refused["verdict"]), (1, &Value::from("does_not_start")));
    assert!(!refused["advice"]["changes"].as_array().unwrap().is_empty());
    let (_, out, _) = texts(&["estimate", "llama-3.1-70b", "--on", "rtx-4090"]);
    assert!(out.contains("What would make it fit"), "{out}");
    let (code, compared) =
        document(&["compare", "llama-3.1-70b", "--on", "rtx-4090,h100:4", "--sort", "usd_per_hour"]);
    assert_eq!((code, &compared["rows"][1]["verdict"]), (0, &Value::from("does_not_start")));
    assert_eq!(document(&["compare", "llama-3.1-70b", "--on", "rtx-4090,l4"]).0, 1);
}

#[test]
fn memories_are_compared_and_plotted() {
    let folder = directory("compared-memories");
    let short = saved(&folder, "short.toml", &["memory", &example(), "--on", "rtx-4090", "--context", "4k"]);
    let long = saved(&folder, "long.toml", &["memory", &example(), "--on", "rtx-4090", "--context", "64k"]);
    let (code, compared) = document(&["compare", &short, &long]);
    assert_eq!(code, 0);
    let last = |index: usize| {
        let points = compared["plot"]["series"][index]["points"].as_array().unwrap();
        points.last().unwrap()[1].as_f64().unwrap()
    };
    // Each goes on to the first that does not fit into 24 GiB.
    assert!(last(0) > 23.9 && last(1) > 23.9);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = directory("not-compared");
    let memory = saved(&folder, "memory.toml", &["memory", &example(), "--on", "h100"]);
    let estimate = saved(&folder, "estimate.toml", &["estimate", &example(), "--on", "h100"]);
    let model = saved(&folder, "model.toml", &["model", &example()]);
    let code = |arguments: &[&str]| {
        let (code, refusal) = document(arguments);
        assert_eq!(code, 2, "{refusal}");
        refusal["error"]["code"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(code(&["compare", &memory, &estimate]), "scenario.unlike");
    assert_eq!(code(&["compare", &model]), "scenario.unlike");
    assert_eq!(code(&["compare", "nothing.toml"]), "file.not_found");
    assert_eq!(code(&["compare", "llama-3.1-8b"]), "usage.missing_argument");
    assert_eq!(code(&["model", &example(), "--svg", "plot.svg"]), "plot.none");
    let image = folder.join("memory.svg");
    assert_eq!(document(&["memory", &example(), "--on", "h100", "--svg", text(&image), "--force"]).0, 0);
    assert!(fs::read_to_string(image).unwrap().contains("requests in flight"));
    let many = vec![memory.as_str(); 13];
    assert_eq!(code(&[&["compare"], &many[..]].concat()), "scenario.too_many");
}

/// A list is a row each, never one large number.
#[test]
fn loads_and_layouts_are_compared() {
    let asked = ["compare", "llama-3.1-8b", "--on", "h100", "--concurrency", "1,2,4", "--input", "1k,2k"];
    let (code, compared) = document(&asked);
    assert_eq!(code, 0);
    let rows = compared["rows"].as_array().unwrap();
    let loads: Vec<[u64; 2]> = rows
        .iter()
        .map(|row| ["input_tokens", "concurrency"].map(|key| row[key].as_u64().unwrap()))
        .collect();
    assert_eq!(loads, [[1000, 1], [1000, 2], [1000, 4], [2000, 1], [2000, 2], [2000, 4]]);
    let (_, out, _) = texts(&asked);
    assert!(out.contains("in flight") && out.contains("tok in") && !out.contains("tok out"), "{out}");
    let (_, out, _) = texts(&["compare", "llama-3.1-8b", "--on", "h100:8", "--tp", "2,8,3", "--width", "70"]);
    assert!(out.contains("tp2 pp1 dp4 ep1") && out.contains("tp8 pp1 dp1 ep1"), "{out}");
    assert!(out.contains("--tp 3"), "what cannot be is named: {out}");
    // 1,000 is two values of a list here, and the second is no number that anybody writes.
    let (code, refusal) = document(&["compare", "llama-3.1-8b", "--on", "h100", "--input", "1,000"]);
    assert_eq!((code, &refusal["error"]["at"]), (2, &Value::from("--input")));
    let (code, refusal) = document(&["estimate", "llama-3.1-8b", "--on", "h100", "--concurrency", "1,2,4"]);
    assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("number.invalid")));
    assert!(refusal["error"]["help"].as_str().unwrap().contains("compare takes lists"), "{refusal}");
}

#[test]
fn every_cloud_has_its_price_for_a_thousand_tokens() {
    let sorted = ["--clouds", "all", "--sort", "usd_per_million_output_tokens"];
    let (code, compared) = document(&[&["compare", "llama-3.1-8b", "--on", "h100"], &sorted[..]].concat());
    assert_eq!(code, 0);
    let rows = compared["rows"].as_array().unwrap();
    let clouds: Vec<&str> = rows.iter().filter_map(|row| row["cloud"].as_str()).collect();
    assert!(clouds.len() > 3 && clouds.contains(&"azure"), "{clouds:?}");
    let price = |row: &Value, key: &str| row[key]["value"].as_f64().expect("every row has a price");
    assert!(rows.windows(2).all(|pair| {
        price(&pair[0], "usd_per_1k_output_tokens") <= price(&pair[1], "usd_per_1k_output_tokens")
    }));
    for row in rows {
        // What an hour costs is what its tokens cost.
        let thousand = price(row, "usd_per_1k_output_tokens") * 1e3;
        assert!((thousand / price(row, "usd_per_million_output_tokens") - 1.0).abs() < 1e-12);
    }
    let refused = document(&["compare", "llama-3.1-8b", "--on", "nvidia-p100-sxm2-16gb", "--clouds", "all"]);
    assert_eq!((refused.0, &refused.1["error"]["code"]), (2, &Value::from("compare.no_offer")));
}

#[test]
fn clouds_are_listed_with_the_cheapest_offer_of_each_accelerator() {
    let (code, listed) = document(&["instances", "--by-cloud"]);
    assert_eq!(code, 0);
    let rows = listed["instances"].as_array().unwrap();
    let key = |row: &Value| (row["cloud"].to_string(), row["gpu"].to_string(), row["term"].to_string());
    let mut keys: Vec<_> = rows.iter().map(key).collect();
    assert!(keys.windows(2).all(|pair| pair[0].0 <= pair[1].0), "cloud by cloud");
    let before = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), before);
    let all = document(&["instances"]).1;
    for row in rows.iter().take(20) {
        let others = all["instances"].as_array().unwrap().iter().filter(|other| key(other) == key(row));
        let least =
            others.filter_map(|other| other["usd_per_hour_each"].as_f64()).fold(f64::INFINITY, f64::min);
        assert_eq!(row["usd_per_hour_each"].as_f64(), Some(least), "{row}");
    }
}

/// A context is what the engine is told of, whatever the requests reach: llama.cpp sets all of it aside, vLLM starts only
/// if one such sequence fits, and speeds are those of the requests.
#[test]
fn contexts_are_compared() {
    let rows = |more: &[&str]| {
        let asked =
            ["compare", "llama-3.1-8b", "--on", "rtx-4090", "--concurrency", "4", "--context", "8k,32k,128k"];
        document(&[&asked[..], more].concat()).1["rows"].as_array().unwrap().clone()
    };
    let llama = rows(&["--quant", "q4_k_m"]);
    let of = |row: &Value, key: &str| row[key].as_u64().unwrap_or_else(|| panic!("{key} of {row}"));
    assert_eq!(
        llama.iter().map(|row| of(row, "context_tokens")).collect::<Vec<_>>(),
        [8000, 32_000, 128_000]
    );
    let free: Vec<u64> = llama.iter().map(|row| of(row, "free_bytes")).collect();
    // Four sequences of 131,072 B a token, padded to 256 tokens.
    let padded = |tokens: u64| tokens.div_ceil(256) * 256;
    assert!(
        (free[0] - free[1]).abs_diff(4 * 131_072 * (padded(32_000) - padded(8000))) < 1 << 30,
        "{free:?}"
    );
    assert_eq!(llama[2]["verdict"], "queues");
    let vllm = rows(&["--quant", "fp8", "--engine", "vllm"]);
    assert_eq!(vllm[0]["tpot_s"], vllm[1]["tpot_s"]);
    assert_eq!(vllm[0]["max_concurrency"], vllm[1]["max_concurrency"]);
    assert_eq!((&vllm[2]["verdict"], &vllm[2]["tpot_s"]), (&Value::from("does_not_start"), &Value::Null));
    // What a row says is what the same question alone says.
    let alone = ["estimate", "llama-3.1-8b", "--on", "rtx-4090", "--quant", "fp8", "--context", "128k"];
    let (code, alone) = document(&[&alone[..], &["--concurrency", "4"]].concat());
    assert_eq!((code, &alone["verdict"]), (1, &Value::from("does_not_start")));
    let advice = alone["advice"]["changes"].as_array().unwrap();
    assert!(advice.iter().any(|one| one["flags"].as_str().unwrap().starts_with("--context ")), "{alone}");
    let short = document(&["estimate", "llama-3.1-8b", "--on", "h100", "--context", "1k"]).1;
    assert_eq!(
        (&short["error"]["code"], &short["error"]["at"]),
        (&Value::from("workload.invalid"), &Value::from("--context"))
    );
    let long = document(&["estimate", "llama-3.1-8b", "--on", "h100", "--context", "1M"]).1;
    assert_eq!(long["error"]["code"], "context.beyond_model");
}

/// The author's own defaults: 40 billion parameters, a trillion tokens, 300 GPUs.
#[test]
fn a_page_of_a_method_holds_all_its_quantities() {
    let inputs = ["params_b=40", "gtokens=1000", "gpus=300", "experiment_gpu_hours=1000"];
    let (code, page) = document(&[&["methods", "page", "llm-calculator"], &inputs[..]].concat());
    assert_eq!(code, 0);
    let of = |name: &str| {
        let row = page["quantities"].as_array().unwrap().iter().find(|row| row["quantity"] == name);
        row.and_then(|row| row["value"].as_f64()).unwrap_or_else(|| panic!("{name} is on the page"))
    };
    // 6 · 40e9 · 1e12 FLOP at 30 % of 312 TFLOP/s on 300 GPUs.
    let days = 6.0 * 40e9 * 1e12 / (0.3 * 312e12) / 300.0 / 86_400.0;
    assert!((of("cluster_theoretical_days") / days - 1.0).abs() < 1e-12);
    assert!(of("cluster_actual_days") > days && of("expected_failures") > 0.0);
    let parts = [
        "theoretical_training_cost",
        "downtime_cost",
        "recomputation_cost",
        "experiments_cost",
        "storage_cost",
    ];
    let sum: f64 = parts.iter().map(|part| of(part)).sum();
    assert!((of("total_training_cost") / sum - 1.0).abs() < 1e-12);
    let eval =
        document(&[&["methods", "eval", "llm-calculator", "total_training_cost"], &inputs[..]].concat()).1;
    assert_eq!(eval["value"].as_f64(), Some(of("total_training_cost")));
    let code =
        |arguments: &[&str]| document(&[&["methods", "page"], arguments].concat()).1["error"]["code"].clone();
    assert_eq!(code(&["llm-calculater", "gpus=3"]), "method.unknown");
    assert_eq!(code(&["llm-calculator", "gpu=3"]), "method.unknown_input");
    assert_eq!(code(&["llm-calculator", "gpus=0"]), "method.invalid_input");
    assert_eq!(code(&["flexgen-2023"]), "method.missing_input");
    assert_eq!(code(&["llm-calculator", "gpus"]), "method.not_a_pair");
}

/// CSV holds what the JSON document holds, under the same names.
#[test]
fn csv_is_the_document_in_columns() {
    let asked = ["compare", "llama-3.1-8b", "--on", "h100,l40s", "--sort", "tpot"];
    let (_, csv, _) = texts(&[&asked[..], &["--csv"]].concat());
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| lines[0].iter().position(|head| *head == name).expect(name);
    let (_, document) = document(&asked);
    for (row, line) in document["rows"].as_array().unwrap().iter().zip(&lines[1..]) {
        // The readers of the two formats may differ in the last digit.
        let same = |name: &str, value: &Value| {
            let (cell, value) = (line[column(name)].parse::<f64>().unwrap(), value.as_f64().unwrap());
            assert!((cell / value - 1.0).abs() < 1e-12, "{name}: {cell} {value}");
        };
        same("tpot_s", &row["tpot_s"]["value"]);
        same("tpot_s.low", &row["tpot_s"]["low"]);
        same("tpot_s.high", &row["tpot_s"]["high"]);
        same("accelerator.count", &row["accelerator"]["count"]);
        same("free_bytes", &row["free_bytes"]);
    }
    assert_eq!(lines.len(), 3);
}
