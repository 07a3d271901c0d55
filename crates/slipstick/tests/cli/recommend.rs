//! `recommend` as its users meet it: rated models first, none beaten in everything, each shape once.

use std::fs;

use serde_json::Value;

use crate::run::{directory, document, texts};

const ASKED: &[&str] = &["recommend", "--on", "rtx-4090", "--limit", "200"];

fn rows(more: &[&str]) -> Vec<Value> {
    let (code, answer) = document(&[ASKED, more].concat());
    assert_eq!(code, 0, "{answer}");
    answer["rows"].as_array().expect("the test made it").clone()
}

fn rating(row: &Value) -> Option<f64> {
    row["rating"]["value"].as_f64()
}

/// Rating, speed and cost, less being better.
fn point(row: &Value) -> [f64; 3] {
    let of = |key: &str| row[key]["value"].as_f64().expect("the test made it");
    [-rating(row).expect("the test made it"), of("tpot_s"), of("usd_per_million_output_tokens")]
}

#[test]
fn what_no_other_beats_stands_first() {
    let rows = rows(&[]);
    let first = rows.iter().take_while(|row| row["on_front"] == true).count();
    assert!(first >= 2 && rows[first..].iter().all(|row| row["on_front"] == false));
    let beats = |a: &Value, b: &Value| {
        let (a, b) = (point(a), point(b));
        a.iter().zip(b).any(|(a, b)| *a < b) && a.iter().zip(b).all(|(a, b)| *a <= b)
    };
    let rated: Vec<&Value> = rows.iter().filter(|row| rating(row).is_some()).collect();
    for row in &rated {
        let beaten = rated.iter().any(|other| beats(other, row));
        assert_eq!(row["on_front"], !beaten, "{row}");
    }
}

/// A rating says on which board, when and by whom; what nobody rated has none and stands behind.
#[test]
fn ratings_are_dated_and_what_is_unknown_stays_unknown() {
    let rows = rows(&["--ranking", "quality"]);
    let rated = rows.iter().take_while(|row| rating(row).is_some()).count();
    assert!(rated > 10 && rows[rated..].iter().all(|row| row["rating"].is_null()));
    assert!(rows[..rated].windows(2).all(|two| rating(&two[0]) >= rating(&two[1])));
    for row in &rows[..rated] {
        let end = |end: &str| row["rating"][end].as_f64().unwrap();
        assert!(end("low") < end("value") && end("value") < end("high"), "{row}");
        assert_eq!(row["rating_as_of"], "2026-08-19");
        assert!(row["rating_source"].is_string() && row["rating_board"].is_string(), "{row}");
    }
    let of = |id: &str| rows.iter().find(|row| row["model"] == id).unwrap_or_else(|| panic!("{id}")).clone();
    let known = of("Llama-3.1-8B-Instruct");
    assert_eq!((&known["licence"], &known["released"]), (&"llama3.1".into(), &"2024-07-23".into()));
    assert_eq!(of("granite-4.0-micro")["released"], "2025-10-02");
    assert!(rows.iter().any(|row| row["released"].is_null()), "what nobody says stays unknown");
}

/// Fine-tunes of one base need and take the same: they are one row, which names the others.
#[test]
fn models_of_one_shape_stand_in_one_row() {
    let rows = rows(&[]);
    let named = |row: &Value| {
        row["same_shape"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let tuned = rows.iter().find(|row| row["model"] == "Llama-3.1-8B-Instruct").unwrap();
    assert!(named(tuned).contains(&"DeepSeek-R1-Distill-Llama-8B".to_owned()), "{tuned}");
    let mut all: Vec<String> = rows
        .iter()
        .flat_map(|row| named(row).into_iter().chain([row["model"].as_str().unwrap().to_owned()]))
        .collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "no model stands twice");
    let (_, answer) = document(ASKED);
    assert_eq!(answer["models"]["fitting"], count);
}

/// What is published in 4 bits is not offered in anything that is larger.
#[test]
fn no_quantisation_is_larger_than_what_is_published() {
    for quant in ["q8_0", "fp8", "bf16", "checkpoint"] {
        let asked = ["recommend", "--on", "h100:2", "--like", "gpt-oss-120b", "--quant", quant];
        let (code, answer) = document(&asked);
        assert_eq!((code, &answer["rows"][0]["weights_format"]), (0, &"mxfp4".into()), "{quant}");
    }
}

#[test]
fn the_hardware_stands_first() {
    let (_, shown, _) = texts(&["recommend", "--on", "2xrtx-4090"]);
    let lines: Vec<&str> = shown.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines[1].starts_with("hardware") && lines[1].contains("GiB"), "{}", lines[1]);
    assert!(shown.contains("95 % intervals") && shown.contains("1*"), "{shown}");
}

/// Without hardware there is no speed: rating against memory.
#[test]
fn a_memory_alone_ranks_by_rating_and_need() {
    let (code, answer) = document(&["recommend", "--memory", "24GiB", "--limit", "100"]);
    assert_eq!(code, 0);
    let rows = answer["rows"].as_array().unwrap();
    let front: Vec<&Value> = rows.iter().filter(|row| row["on_front"] == true).collect();
    assert!(front.len() >= 2 && front[0]["tpot_s"].is_null());
    let need = |row: &&Value| row["need_bytes"].as_u64().unwrap();
    assert!(front.windows(2).all(|two| need(&two[0]) >= need(&two[1])), "less is needed further down");
}

#[test]
fn what_cannot_be_ranked_is_refused_with_a_cure() {
    for (more, code) in [
        (&["--ranking", "best"][..], "ranking.unknown"),
        (&["--ranking", ""], "ranking.unknown"),
        (&["--tpot", "0s"], "tpot.range"),
        (&["--use", "poems"], "use.unknown"),
        (&["--quant", "q99"], "quant.unknown"),
        (&["--like", "no-such-model"], "model.not_found"),
        (&["--memory", "24GiB"], "usage.conflict"),
        (&["--use-case", "poems"], "use_case.unknown"),
        (&["--rate", "5/s"], "recommend.rate"),
        (&["--input", "0"], "workload.invalid"),
        (&["--concurrency", "0"], "workload.invalid"),
        (&["--prefix-hit", "2"], "number.invalid"),
        (&["--shared-prefix", "5k", "--input", "1k"], "workload.invalid"),
        (&["--kv-dtype", "fp9"], "kv_dtype.unknown"),
        (&["--engine", "vlm"], "engine.unknown"),
        (&["--term", "2y"], "term.unknown"),
        (&["--cloud", "nowhere"], "cloud.unknown"),
        (&["--limit", "-1"], "number.invalid"),
        (&["--utilisation", "0"], "utilisation.range"),
    ] {
        let (exit, refusal) = document(&[&["recommend", "--on", "rtx-4090"], more].concat());
        assert_eq!((exit, &refusal["error"]["code"]), (2, &code.into()), "{more:?}");
        assert!(refusal["error"]["help"].is_string(), "{refusal}");
    }
}

/// Formats that are tried for two engines stand in the heading by their engine, and each row names its own.
#[test]
fn a_recommendation_names_the_engine_of_each_format() {
    let asked = ["recommend", "--on", "rtx-4090", "--quant", "fp8,q4_k_m", "--limit", "200"];
    let (_, answer) = document(&asked);
    let of = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    for row in answer["rows"].as_array().unwrap() {
        let engine = if of(row, "weights_format") == "Q4_K_M" { "llama.cpp" } else { "vllm" };
        assert_eq!(of(row, "engine"), engine, "{row}");
    }
    let (_, shown, _) = texts(&asked);
    let heading = shown.lines().find(|line| line.starts_with("engine ")).unwrap();
    let (llama, vllm) = heading.split_once("; vllm for ").expect(heading);
    assert!(
        llama.ends_with("llama.cpp for Q4_K_M") && vllm.split(", ").any(|name| name == "fp8"),
        "{heading}"
    );
    let (_, shown, _) = texts(&["recommend", "--on", "rtx-4090", "--quant", "q4_k_m", "--like", "llama-3.1"]);
    assert!(shown.contains("engine   llama.cpp\n"), "{shown}");
}

/// gpt-oss is published in MXFP4: 60.8 GiB, which no 8-bit copy of it comes near.
#[test]
fn a_published_format_is_tried_first() {
    let asked = ["recommend", "--on", "h100:2", "--engine", "llama.cpp", "--like", "gpt-oss-120b"];
    let first = document(&asked).1["rows"][0].clone();
    assert!(first["weights_format"] == "mxfp4", "{first}");
}

/// A use brings its lengths and its time per token; what is found in a cache is not read again.
#[test]
fn a_use_and_a_cache_are_part_of_the_load() {
    let asked = ["recommend", "--on", "rtx-4090", "--like", "llama-3.1-8b"];
    let (_, answer) = document(&[&asked[..], &["--use-case", "code-completion"]].concat());
    assert_eq!(
        (&answer["workload"]["input_tokens"], &answer["workload"]["output_tokens"]),
        (&2048.into(), &28.into())
    );
    let flags: Vec<&str> =
        answer["defaults"].as_array().unwrap().iter().filter_map(|one| one["flag"].as_str()).collect();
    assert!(["--input", "--output", "--tpot"].iter().all(|flag| flags.contains(flag)), "{flags:?}");
    let ttft = |more: &[&str]| {
        let (_, answer) = document(&[&asked[..], &["--input", "4k", "--output", "200"], more].concat());
        answer["rows"][0]["ttft_s"]["value"].as_f64().unwrap_or_else(|| panic!("{answer}"))
    };
    assert!(ttft(&["--prefix-hit", "0.8"]) < 0.7 * ttft(&[]));
}

#[test]
fn what_a_rating_costs_is_drawn() {
    let file = directory("recommend-plot").join("front.svg");
    let (_, shown, _) = texts(&["recommend", "--on", "rtx-4090"]);
    assert!(shown.contains("What a rating costs") && shown.contains("what no other beats"), "{shown}");
    let path = file.to_str().expect("the test made it");
    let (code, _) = document(&["recommend", "--memory", "24GiB", "--svg", path, "--force"]);
    let drawn = fs::read_to_string(&file).expect("it was drawn");
    assert!(code == 0 && drawn.contains("memory, GiB") && drawn.contains("what no other beats"));
}

/// What is named as another format of a row that fits is one that `memory` finds to fit.
#[test]
fn formats_beside_the_choice_fit_too() {
    for on in ["h100", "rtx-4090"] {
        let (_, answer) = document(&["recommend", "--on", on, "--limit", "12"]);
        for row in answer["rows"].as_array().unwrap() {
            for format in row["also_fits_as"].as_array().unwrap() {
                let (model, format) = (row["model"].as_str().unwrap(), format.as_str().unwrap());
                let asked = ["memory", model, "--on", on, "--quant", format, "--context", "3584"];
                let (code, found) = document(&asked);
                assert_eq!(code, 0, "{asked:?}: {found}");
            }
        }
    }
}
