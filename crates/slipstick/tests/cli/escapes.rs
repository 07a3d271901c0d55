//! Names that paint: no input commands a terminal, whatever shows it.

use std::fs;

use crate::run::{directory, example, run, texts};

/// Colours, a title, an erased line, a mark that turns the direction of writing.
const HOSTILE: &str = "\u{1b}[31mX\u{1b}]0;title\u{7}\u{9b}2K\u{202e}";

/// Everything that is said about some arguments, in every form.
fn said(arguments: &[&str]) -> Vec<String> {
    let forms: [&[&str]; 6] = [&[], &["--json"], &["--csv"], &["--markdown"], &["--explain"], &["--verbose"]];
    let all = forms.iter().map(|form| run(&[arguments, form].concat()));
    all.flat_map(|output| [output.stdout, output.stderr])
        .map(|bytes| String::from_utf8(bytes).expect("the program writes UTF-8"))
        .collect()
}

#[track_caller]
fn harmless(arguments: &[&str]) {
    for text in said(arguments) {
        let found = text.chars().find(|one| {
            (one.is_control() && !"\n\r\t".contains(*one)) || ('\u{202a}'..='\u{202e}').contains(one)
        });
        assert_eq!(found, None, "{arguments:?}: {text:?}");
    }
}

#[test]
fn arguments_are_shown_and_not_obeyed() {
    for arguments in [
        &["model", HOSTILE][..],
        &["estimate", &example(), "--on", HOSTILE],
        &["estimate", &example(), "--on", "h100", "--engine", HOSTILE],
        &["model", &example(), HOSTILE],
        &[HOSTILE],
        &["methods", HOSTILE],
        &["instances", "--cloud", HOSTILE],
    ] {
        harmless(arguments);
    }
}

#[test]
fn what_files_hold_is_shown_and_not_obeyed() {
    let folder = directory("escapes");
    let text = fs::read_to_string(example()).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (name, key, value) in [
        ("quant", "quantization_config", serde_json::json!({"quant_method": HOSTILE})),
        ("type", "model_type", HOSTILE.into()),
        ("class", "architectures", serde_json::json!([HOSTILE])),
        ("dtype", "torch_dtype", HOSTILE.into()),
    ] {
        let before = config.clone();
        config[key] = value;
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, config.to_string()).unwrap();
        harmless(&["model", path.to_str().unwrap()]);
        config = before;
    }
    let header =
        serde_json::json!({HOSTILE: {"dtype": HOSTILE, "shape": [2], "data_offsets": [0, 4]}}).to_string();
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0; 4]].concat();
    let path = folder.join("a.safetensors");
    fs::write(&path, bytes).unwrap();
    harmless(&["model", path.to_str().unwrap()]);
    let path = folder.join("a.toml");
    fs::write(&path, format!("command = \"{HOSTILE}\"\n")).unwrap();
    for command in [&["run"][..], &["fleet"], &["estimate", &example(), "--on"]] {
        harmless(&[command, &[path.to_str().unwrap()]].concat());
    }
}

/// Colours of our own are still sent where they are asked for, and only those.
#[test]
fn own_colours_stay() {
    let (code, out, _) = texts(&["model", &example(), "--color", "always"]);
    assert_eq!(code, 0);
    assert!(out.contains('\u{1b}') && !out.contains("U+001B"));
}
