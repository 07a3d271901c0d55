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
    absent_but(folders, &[], words);
}

/// Words that stand in no program text below some folders, some places apart.
fn absent_but(folders: &[&str], places: &[&str], words: &[&str]) {
    let mut faults = Vec::new();
    for source in sources(folders, ".rs").iter().filter(|source| !source.is_test()) {
        if places.iter().any(|place| source.path.contains(place)) || !source.path.contains("/src/") {
            continue;
        }
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
            "io::stdin",
            "io::stdout",
            "io::stderr",
            "SystemTime",
            "Instant::now",
            "Timestamp::now",
            "println!",
            "print!(",
        ],
    );
}

/// The contract writes to what a face hands in and reads what a world does; below it nothing is read or written, but lists
/// of prices, which may have hundreds of thousands of rows: those are taken from what a world opened, row by row.
#[test]
fn nothing_below_the_contract_reads_or_writes() {
    let below: Vec<&str> = INNER.iter().copied().filter(|folder| !folder.contains("slipstick-api")).collect();
    let rows = ["slipstick-catalog/src/price_files/", "slipstick-catalog/src/table.rs"];
    absent_but(&below, &rows, &["std::io"]);
}

/// A path is opened where pipes and devices are refused, and nowhere else.
#[test]
fn one_place_opens_files() {
    let words = ["fs::read(", "fs::read_to_string(", " File::open(", "fs::File::open(", "(File::open("];
    absent_but(&["crates"], &["slipstick-world/src/file.rs"], &words);
}

/// A face writes the files that it was asked to write, and has no other business with any.
#[test]
fn a_face_touches_only_the_files_that_it_writes() {
    absent(&["crates/slipstick-server/src"], &["std::fs", "fs::", "    fs,", "current_dir"]);
    absent_but(
        &["crates/slipstick/src"],
        &["src/scenario.rs"],
        &["std::fs", "fs::", "    fs,", "current_dir"],
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

/// The decimal numbers in a line of code.
fn decimals(line: &str) -> Vec<&str> {
    let number = |c: char| c.is_ascii_digit() || c == '_';
    let mut found = Vec::new();
    for (dot, _) in line.match_indices('.') {
        let whole = line[..dot].trim_end_matches(number).len();
        let part = line[dot + 1..].find(|c| !number(c)).map_or(line.len(), |end| dot + 1 + end);
        let starts = line[whole..dot].starts_with(|c: char| c.is_ascii_digit());
        let named = line[..whole].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
        if starts && !named && line[dot + 1..part].starts_with(|c: char| c.is_ascii_digit()) {
            found.push(&line[whole..part]);
        }
    }
    found
}

#[test]
fn decimals_are_found() {
    assert_eq!(decimals("let x = a.0 * 1.25 + f(0.5) - 3.0_f64 + pair.0.1 + 2..3"), ["1.25", "0.5", "3.0_"]);
}

/// A constant that was fitted or assumed is data, with its source; a formula's own numbers stand in the formula.
#[test]
fn no_constant_is_hidden_in_the_estimates() {
    let folders = ["crates/slipstick-core/src/estimate", "crates/slipstick-core/src/engine"];
    let mut faults = Vec::new();
    for source in sources(&folders, ".rs") {
        for (number, line) in source.code() {
            let other =
                decimals(line).into_iter().filter(|text| !["0.0", "0.5", "1.0", "2.0"].contains(text));
            faults.extend(other.map(|text| format!("{}:{number}: {text} belongs into data", source.path)));
        }
    }
    none(&faults);
}
