//! What the contract promises: requests and reports may grow, every refusal has a cure, only the contract says what a
//! document is, and a face neither computes nor knows.

use crate::source::{Source, none, sources};

const API: &str = "crates/slipstick-api/src";

/// Faces: they turn arguments into requests, and answers into text.
const FACES: &[&str] = &["crates/slipstick/src", "crates/slipstick-server/src"];

/// Crates below the contract.
const BELOW: &[&str] = &[
    "crates/slipstick-core/src",
    "crates/slipstick-catalog/src",
    "crates/slipstick-import/src",
    "crates/slipstick-methods/src",
];

fn programs(folders: &[&str]) -> Vec<Source> {
    let mut all = sources(folders, ".rs");
    all.retain(|source| !source.is_test());
    all
}

/// Lines of code that hold one of some words.
fn holding(folders: &[&str], words: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in programs(folders) {
        for (number, line) in source.code() {
            let found = words.iter().filter(|word| line.contains(**word));
            faults.extend(found.map(|word| format!("{}:{number}: {word}", source.path)));
        }
    }
    faults
}

#[test]
fn requests_and_reports_may_grow() {
    let mut faults = Vec::new();
    for source in programs(&[API]) {
        let lines: Vec<(usize, &str)> = source.code().collect();
        for (at, (number, line)) in lines.iter().enumerate() {
            if !(line.starts_with("pub struct ") || line.starts_with("pub enum ")) {
                continue;
            }
            let attributes = lines[..at].iter().rev().map(|(_, line)| *line);
            // Attributes stand between the item before and this one.
            let own: Vec<&str> =
                attributes.take_while(|line| !line.is_empty() && !line.starts_with('}')).collect();
            let is_public = own.iter().any(|line| line.contains("JsonSchema"));
            if is_public && !own.contains(&"#[non_exhaustive]") {
                faults.push(format!("{}:{number}: {line} is not #[non_exhaustive]", source.path));
            }
        }
    }
    none(&faults);
}

/// The expressions that make a refusal somebody can mend, each with what follows up to the end of its function.
fn refusals(code: &str) -> Vec<(usize, &str)> {
    let made = ["ApiError::input(", "ApiError::catalogue("];
    let mut found: Vec<(usize, &str)> = made
        .iter()
        .flat_map(|words| code.match_indices(words))
        .map(|(at, _)| {
            let rest = &code[at..];
            let end = ["\n}\n", "\n    }\n"].iter().filter_map(|end| rest.find(end)).min();
            (at, &rest[..end.unwrap_or(rest.len())])
        })
        .collect();
    found.sort_unstable();
    found
}

/// A refusal says what to type next; one that somebody else hands on is made in `error.rs`, where each gets one.
#[test]
fn every_refusal_has_a_cure() {
    let mut faults = Vec::new();
    for source in programs(&[&[API, "crates/slipstick-world/src"], FACES].concat()) {
        if source.path.ends_with("src/error.rs") {
            continue;
        }
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        let code = code.join("\n");
        let cures = |rest: &str| [".help(", ".or_help("].iter().any(|cure| rest.contains(cure));
        for (at, rest) in refusals(&code).into_iter().filter(|(_, rest)| !cures(rest)) {
            let line = code[..at].lines().count();
            let first = rest.lines().next().unwrap_or_default();
            faults.push(format!("{}, about line {line}: {first} says not what to type next", source.path));
        }
    }
    none(&faults);
}

#[test]
fn only_the_contract_makes_documents() {
    none(&holding(BELOW, &["JsonSchema", "schemars", "impl Report for"]));
    none(&holding(FACES, &["JsonSchema", "schemars", "Serialize", "json!(", "to_value(", "impl Report for"]));
}

/// A face has no number with a unit, and no fact.
#[test]
fn no_face_computes() {
    let words =
        ["f64", "f32", ".sum(", ".powi(", " * ", " / ", "units::", "slipstick_core", "slipstick_catalog"];
    none(&holding(FACES, &words));
}

/// Names of models and makers; words of engines and papers' methods apart.
const NAMES: &[&str] = &[
    "nvidia",
    "amd",
    "intel",
    "apple",
    "hopper",
    "blackwell",
    "h100",
    "a100",
    "b200",
    "mi300",
    "tpu",
    "qwen",
    "deepseek",
    "mistral",
    "mixtral",
    "gemma",
    "kimi",
    "llama3",
    "llama4",
    "gpt-oss",
    "gpt2",
];

#[test]
fn the_core_names_no_model_and_no_chip() {
    let mut faults = Vec::new();
    for source in programs(&["crates/slipstick-core/src"]) {
        for (number, line) in source.code() {
            let line = line.to_ascii_lowercase();
            let words: Vec<&str> =
                line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').collect();
            let named = NAMES.iter().filter(|name| words.iter().any(|word| word.starts_with(**name)));
            faults.extend(named.map(|name| format!("{}:{number}: {name}", source.path)));
        }
    }
    none(&faults);
}

/// What a user describes can be built at run time: no name of a model, a weight or an accelerator is of the program's own.
#[test]
fn names_can_be_made_at_run_time() {
    let mut faults = Vec::new();
    for source in programs(&["crates/slipstick-core/src/model", "crates/slipstick-core/src/hardware"]) {
        // Blocks are the program's own ways of naming weights, which any other name may replace.
        if source.path.contains("/model/blocks/") {
            continue;
        }
        for (number, line) in source.code() {
            let field = line.trim_start().strip_prefix("pub ").and_then(|rest| rest.split_once(": "));
            let is_name = field.is_some_and(|(name, of)| {
                name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
                    && (of.starts_with("&'static str") || of.starts_with("Option<&'static str"))
            });
            if is_name {
                faults.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    none(&faults);
}
