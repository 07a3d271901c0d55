//! Every formula can be checked, and is on the list.

use crate::source::{Source, none, sources};

const FORMULAS: &str = "crates/slipstick-core/src/formulas";

/// The functions of a file of formulas, each with its comment.
fn functions(file: &Source) -> Vec<(&str, String)> {
    let (mut comment, mut found) = (String::new(), Vec::new());
    for line in file.text.lines() {
        let line = line.trim_start();
        if let Some(text) = line.strip_prefix("///") {
            comment.push_str(text);
            comment.push('\n');
        } else if let Some((name, _)) = line.strip_prefix("pub fn ").and_then(|rest| rest.split_once('(')) {
            found.push((name, std::mem::take(&mut comment)));
        } else if !line.starts_with("#[") {
            comment.clear();
        }
    }
    found
}

/// An example with a number that somebody published, or why there is none.
#[test]
fn every_formula_has_an_example_or_says_why_not() {
    let files = sources(&[FORMULAS], ".rs");
    let unchecked = |(name, comment): &(&str, String)| {
        let example = comment.contains("```") && comment.contains("assert");
        (!example && !comment.contains("No published number:")).then(|| (*name).to_owned())
    };
    let faults: Vec<String> = files
        .iter()
        .flat_map(|file| {
            functions(file)
                .iter()
                .filter_map(unchecked)
                .map(|name| format!("{}: {name}", file.path))
                .collect::<Vec<_>>()
        })
        .collect();
    none(&faults);
}

/// So that the test that replays every record through its formula knows all of them.
#[test]
fn every_formula_is_on_the_list() {
    let files = sources(&[FORMULAS], ".rs");
    let list = files.iter().find(|file| file.path.ends_with("formulas/mod.rs")).expect("the list");
    let faults: Vec<String> = files
        .iter()
        .flat_map(|file| functions(file).into_iter().map(|(name, _)| (file.path.clone(), name)))
        .filter(|(_, name)| !list.text.contains(&format!("::{name},")))
        .map(|(path, name)| format!("{path}: {name} is not in formulas::ALL"))
        .collect();
    none(&faults);
}
