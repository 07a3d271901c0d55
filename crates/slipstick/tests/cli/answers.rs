//! Answers.

use std::fs;

use serde_json::Value;

use crate::run::{directory, document, example, program, texts};

#[test]
fn the_model_contract_holds() {
    let (code, model) = document(&["model", &example()]);
    assert_eq!(code, 0);
    assert_eq!(model["schema"], "slipstick.model/1");
    // Meta's published count, and 2 · 32 layers · 8 heads · 128 · 2 B.
    assert_eq!(model["parameters"]["total"], 8_030_261_248_u64);
    assert_eq!(model["weights_bytes"], 2 * 8_030_261_248_u64);
    assert_eq!(model["cache"]["bytes_per_token"], 131_072);
    for pointer in [
        "/model/name",
        "/model/model_type",
        "/model/source",
        "/parameters/active",
        "/parameters/embedding",
        "/parameters/lm_head",
        "/parameters/tied_embeddings",
        "/parameters/experts",
        "/layers/total",
        "/layers/full_attention",
        "/layers/sliding_window",
        "/layers/linear_or_ssm",
        "/cache/sliding_bytes_per_token",
        "/cache/sliding_window",
        "/cache/state_bytes_per_sequence",
    ] {
        assert!(model.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn the_cache_follows_its_format() {
    let bytes = |format: &str| {
        let (_, model) = document(&["model", &example(), "--kv-dtype", format]);
        model["cache"]["bytes_per_token"].as_u64().unwrap()
    };
    assert_eq!(bytes("fp8") * 2, bytes("bf16"));
    // q8_0 keeps 34 bytes for 32 values.
    assert_eq!(bytes("q8_0") * 64, bytes("bf16") * 34);
}

/// Every explained number exists, and every input that points elsewhere has the value that stands there.
#[test]
fn the_provenance_agrees_with_the_document() {
    let (_, model) = document(&["model", &example(), "--explain"]);
    let provenance = model["provenance"].as_object().unwrap();
    assert!(provenance.len() > 8);
    for (pointer, record) in provenance {
        assert!(model.pointer(pointer).is_some_and(Value::is_number), "{pointer}");
        for (symbol, input) in record["inputs"].as_object().unwrap() {
            if let Some(target) = input["pointer"].as_str() {
                assert_eq!(model.pointer(target), Some(&input["value"]), "{pointer}: {symbol}");
            } else {
                assert!(input["source"].is_string(), "{pointer}: {symbol} has no source");
            }
        }
    }
}

#[test]
fn one_number_is_explained_by_its_last_name() {
    let (code, out, _) = texts(&["explain", "bytes_per_token", "model", &example()]);
    assert_eq!(code, 0);
    assert!(out.contains("cache.bytes_per_token = 131,072 B"), "{out}");
    let (code, refusal) = document(&["explain", "bytes_per_tokens", "model", &example()]);
    assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("explain.unknown")));
    assert!(refusal["error"]["help"].as_str().unwrap().contains("bytes_per_token"));
}

/// All that can be explained, or what an answer explains: each of those by its listed name.
#[test]
fn explained_numbers_are_listed() {
    let (code, out, _) = texts(&["explain", "--list"]);
    assert_eq!(code, 0);
    assert!(out.contains("latency.tpot_s") && out.contains("memory.pool.printed_tokens"), "{out}");
    let (code, list) = document(&["explain", "--list", "model", &example()]);
    let numbers = list["numbers"].as_array().unwrap();
    assert_eq!((code, numbers.len() > 20), (0, true));
    for number in numbers.iter().step_by(7) {
        let name = number["pointer"].as_str().unwrap();
        let (code, one) = document(&["explain", name, "model", &example()]);
        assert_eq!((code, &one["value"]), (0, &number["value"]), "{name}");
    }
    let (code, refusal) = document(&["explain", "tpot_s"]);
    assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("explain.no_command")));
}

#[test]
fn every_format_of_output_holds_the_count() {
    let count = "8,030,261,248";
    let (_, text, _) = texts(&["model", &example()]);
    let (_, markdown, _) = texts(&["model", &example(), "--markdown"]);
    let (_, csv, _) = texts(&["model", &example(), "--csv"]);
    assert!(text.contains(count));
    assert!(markdown.contains(&format!("| total | {count} |")));
    // CSV is for machines: base units under the names of the JSON document.
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let column = lines[0].iter().position(|name| *name == "parameters.total").unwrap();
    assert_eq!((lines.len(), lines[1][column]), (2, "8030261248"));
}

#[test]
fn every_document_has_a_schema() {
    let (_, listed) = document(&["schema"]);
    assert!(listed["schemas"].as_array().unwrap().len() > 12);
    let (code, schema) = document(&["schema", "methods", "eval"]);
    assert_eq!(
        (code, &schema["properties"]["schema"]["const"]),
        (0, &Value::from("slipstick.methods.eval/1"))
    );
    let (code, refusal) = document(&["schema", "modle"]);
    assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("schema.unknown")));
}

#[test]
fn the_width_is_kept() {
    for width in ["24", "40", "200"] {
        let (_, out, _) = texts(&["model", &example(), "--width", width]);
        let widest = out.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width.parse().unwrap(), "{widest} > {width}:\n{out}");
    }
}

#[test]
fn a_c_locale_gets_ascii() {
    let output = program().env("LC_ALL", "C").args(["model", &example()]).output().unwrap();
    assert!(output.stdout.is_ascii());
}

/// A folder whose one safetensors file holds fewer bytes than its configuration asks for.
#[test]
fn weight_files_decide_and_their_disagreement_is_said() {
    let folder = directory("with-weights");
    fs::copy(example(), folder.join("config.json")).unwrap();
    let header = br#"{"lm_head.weight":{"dtype":"F16","shape":[10,10],"data_offsets":[0,200]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header);
    file.extend_from_slice(&[0; 200]);
    fs::write(folder.join("model.safetensors"), file).unwrap();
    let folder = folder.to_str().unwrap();
    let (_, model) = document(&["model", folder]);
    assert_eq!(model["weights_bytes"], 200);
    assert_eq!(model["model"]["name"], "with-weights");
    assert!(texts(&["model", folder]).1.contains("the weight files hold 200 B"));
    let asked = ["memory", folder, "--on", "h100"];
    assert!(document(&asked).1["warnings"].to_string().contains("the weight files hold 200 B"));
    let (code, refusal) = document(&[&asked[..], &["--strict"]].concat());
    assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("model.contradiction")));
}
