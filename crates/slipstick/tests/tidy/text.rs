//! Line ends, and words that have no place in the tree.

use crate::source::{none, sources};

#[test]
fn lines_end_cleanly() {
    let mut faults = Vec::new();
    for ending in [".rs", ".toml", ".md"] {
        for source in sources(&["crates", "xtask", "docs"], ending) {
            if !source.text.is_empty() && !source.text.ends_with('\n') {
                faults.push(format!("{}: no line break at the end", source.path));
            }
            for (index, line) in source.text.lines().enumerate() {
                if line.ends_with([' ', '\t', '\r']) {
                    faults.push(format!("{}:{}: white space at the end", source.path, index + 1));
                }
            }
        }
    }
    none(&faults);
}

#[test]
fn nothing_is_left_for_later() {
    // Put together so that this file does not name them itself.
    let words = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["todo", "!("],
        ["#[ign", "ore"],
        ["dbg", "!("],
        ["../sh", "ared"],
    ];
    let words: Vec<String> = words.iter().map(|parts| parts.concat()).collect();
    let mut faults = Vec::new();
    for ending in [".rs", ".toml", ".md"] {
        for source in sources(&["crates", "xtask", "docs"], ending) {
            for (index, line) in source.text.lines().enumerate() {
                let found = words.iter().filter(|word| line.contains(word.as_str()));
                faults.extend(found.map(|word| format!("{}:{}: {word}", source.path, index + 1)));
            }
        }
    }
    none(&faults);
}
