//! Refusals: each has a code, says what and where, and ends with its exit code.

use std::fs;

use crate::run::{directory, document, example, texts};

fn refused(arguments: &[&str]) -> (String, String, String) {
    let (code, refusal) = document(arguments);
    let text = |key: &str| refusal["error"][key].as_str().unwrap_or_default().to_owned();
    assert_eq!(code, 2, "{refusal}");
    assert!(!text("message").is_empty() && !text("message").ends_with('.'), "{refusal}");
    (text("code"), text("at"), text("help"))
}

#[test]
fn what_is_no_model_is_refused_by_its_place() {
    assert_eq!(refused(&["model", "./nothing.json"]).0, "source.not_found");
    assert_eq!(refused(&["model", "nothing-by-this-name"]).0, "model.not_found");
    assert_eq!(refused(&["model", ""]).0, "model.empty");
    let folder = directory("no-config");
    assert_eq!(refused(&["model", folder.to_str().unwrap()]).0, "source.not_a_model");
}

#[test]
fn a_broken_configuration_is_refused_by_its_key() {
    let folder = directory("broken");
    let given = |name: &str, text: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        refused(&["model", path.to_str().unwrap()])
    };
    assert_eq!(given("a.json", b"{").0, "model.syntax");
    assert_eq!(given("b.json", b"[1]").0, "model.not_object");
    assert_eq!(given("c.json", br#"{"model_type": "llamma"}"#).0, "model.unknown_type");
    assert!(given("c.json", br#"{"model_type": "llamma"}"#).2.contains("llama"));
    let missing = given("d.json", br#"{"model_type": "internlm2"}"#);
    assert_eq!((missing.0.as_str(), missing.1.as_str()), ("model.missing_key", "/hidden_size"));
    let negative = given("e.json", br#"{"model_type": "llama", "hidden_size": -1}"#);
    assert_eq!((negative.0.as_str(), negative.1.as_str()), ("model.invalid_key", "/hidden_size"));
    assert_eq!(given("f.json", &vec![b' '; 17 << 20]).0, "source.too_large");
    assert_eq!(given("g.json", &[0xff, 0xfe, 0]).0, "model.syntax");
}

/// A class of the reference library has defaults of its own: `LlamaConfig()` is LLaMA 7B. They are used, and shown.
#[test]
fn what_a_class_assumes_is_shown() {
    let path = directory("assumed").join("config.json");
    fs::write(&path, r#"{"model_type": "llama"}"#).unwrap();
    let (code, answer) = document(&["model", path.to_str().unwrap()]);
    assert_eq!(code, 0);
    assert_eq!(answer["parameters"]["total"], 6_738_415_616_u64);
    assert_eq!(answer["assumed"][0]["key"], "hidden_size");
}

#[test]
fn a_wrong_flag_is_named() {
    let context = refused(&["model", &example(), "--context", "long"]);
    assert_eq!((context.0.as_str(), context.1.as_str()), ("number.invalid", "--context"));
    let format = refused(&["model", &example(), "--kv-dtype", "fp9"]);
    assert_eq!((format.0.as_str(), format.1.as_str()), ("kv_dtype.unknown", "--kv-dtype"));
    assert!(format.2.contains("fp8"));
    assert_eq!(refused(&["model", &example(), "--contxt", "1"]).0, "usage.unknown_flag");
    assert_eq!(refused(&["modle"]).0, "usage.unknown_command");
    assert!(refused(&["modle"]).2.contains("mean model"));
    assert_eq!(refused(&["model"]).0, "usage.missing_argument");
    assert_eq!(refused(&["model", &example(), "--csv"]).0, "usage.conflict");
    assert_eq!(refused(&["model", &example(), "--catalog", "/nowhere"]).0, "catalog.no_directory");
}

#[test]
fn people_read_refusals_on_standard_error() {
    let (code, out, err) = texts(&["model", "./nothing.json"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("error at MODEL: ") && err.contains("help: "), "{err}");
}

/// A setting that a row states and nobody can read is no default: the row is refused, by its column.
#[test]
fn a_cell_that_cannot_be_read_is_named() {
    let path = directory("cells").join("rows.csv");
    let table = "id,model_argument,on,engine,regime,isl,osl,concurrency,memory_fraction,tp,enforce_eager\n\
                 a,llama-3.1-8b,h100,vllm,agg_unsaturated,1000,200,8,0.9,1,no\n\
                 b,llama-3.1-8b,h100,vllm,agg_unsaturated,1000,200,8,lots,1,no\n\
                 c,llama-3.1-8b,h100,vllm,agg_unsaturated,1000,200,8,0.9,dep8,no\n\
                 d,llama-3.1-8b,h100,vllm,agg_unsaturated,1000,200,8,0.9,1,perhaps\n";
    fs::write(&path, table).unwrap();
    let (code, answer) = document(&["validate", "--data", path.to_str().unwrap()]);
    assert_eq!(code, 0, "{answer}");
    let refused: Vec<&str> =
        answer["rows"].as_array().unwrap().iter().map(|row| row["refused"].as_str().unwrap_or("")).collect();
    assert_eq!(refused[0], "");
    assert!(refused[1].contains("memory_fraction: \"lots\""), "{refused:?}");
    assert!(refused[2].contains("\"dep8\""), "{refused:?}");
    assert!(refused[3].contains("enforce_eager: \"perhaps\""), "{refused:?}");
}
