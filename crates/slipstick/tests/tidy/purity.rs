//! Only the outermost crates touch the machine.

use crate::source::{none, sources};

/// Everything below the faces.
const INNER: &[&str] = &[
    "crates/slipstick-core/src",
    "crates/slipstick-catalog/src",
    "crates/slipstick-import/src",
    "crates/slipstick-methods/src",
    "crates/slipstick-api/src",
];

/// Formulas alone.
const PURE: &[&str] = &["crates/slipstick-core/src", "crates/slipstick-methods/src"];

fn absent(folders: &[&str], words: &[&str]) {
    let mut faults = Vec::new();
    for source in sources(folders, ".rs").iter().filter(|source| !source.is_test()) {
        for (number, line) in source.code() {
            let found = words.iter().filter(|word| line.contains(**word));
            faults.extend(found.map(|word| format!("{}:{number}: {word}", source.path)));
        }
    }
    none(&faults);
}

#[test]
fn inner_crates_open_no_file_and_read_no_clock() {
    absent(
        INNER,
        &[
            "std::fs",
            "std::env::",
            "std::net",
            "std::process",
            "std::io",
            "SystemTime",
            "Instant::now",
            "Timestamp::now",
            "println!",
            "print!(",
        ],
    );
}

#[test]
fn the_physics_knows_no_format_of_files() {
    absent(PURE, &["serde", "std::thread", "std::collections::HashMap"]);
}

#[test]
fn every_exception_to_a_lint_gives_its_reason() {
    let mut faults = Vec::new();
    for source in sources(&["crates", "xtask"], ".rs") {
        // This file names what it forbids.
        if source.path.ends_with("tidy/purity.rs") {
            continue;
        }
        let lines: Vec<&str> = source.text.lines().collect();
        for (index, line) in lines.iter().enumerate().map(|(index, line)| (index, line.trim_start())) {
            let place = format!("{}:{}", source.path, index + 1);
            if line.starts_with("#[allow(") || line.starts_with("#![allow(") {
                faults.push(format!("{place}: allow; use expect with a reason"));
            }
            if line.starts_with("#[expect(") || line.starts_with("#![expect(") {
                let attribute: Vec<&str> = lines[index..].iter().take(8).copied().collect();
                let whole = attribute.join(" ");
                let whole = whole.split(")]").next().unwrap_or_default();
                if !whole.contains("reason") {
                    faults.push(format!("{place}: expect without a reason"));
                }
            }
        }
    }
    none(&faults);
}
