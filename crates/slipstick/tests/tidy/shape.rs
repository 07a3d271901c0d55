//! Sizes of files and functions.

use crate::source::{Source, none, sources};

/// Lines of a source file; tests may be longer.
const MOST_LINES: usize = 500;

/// Half of the files are shorter than this.
const MEDIAN_LINES: usize = 150;

/// Lines of a function.
const FUNCTION_LINES: usize = 40;

/// How many functions are longer, and how long the longest is. Neither may grow; who mends one lowers it.
const LONGER: usize = 40;
const LONGEST: usize = 68;

fn programs() -> Vec<Source> {
    let mut all = sources(&["crates", "xtask"], ".rs");
    all.retain(|source| !source.is_test());
    all
}

#[test]
fn files_are_small() {
    let too_long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > MOST_LINES).then(|| format!("{} has {lines} lines, more than {MOST_LINES}", source.path))
    };
    none(&programs().iter().filter_map(too_long).collect::<Vec<_>>());
}

#[test]
fn half_of_the_files_are_a_page() {
    let mut lines: Vec<usize> = programs().iter().map(|source| source.text.lines().count()).collect();
    lines.sort_unstable();
    let median = lines[lines.len() / 2];
    assert!(median <= MEDIAN_LINES, "the median file has {median} lines, more than {MEDIAN_LINES}");
}

/// Name, first line and number of lines of every function, as the formatter lays them out: one ends with the brace that
/// is indented as its first line is.
fn functions(source: &Source) -> Vec<(&str, usize, usize)> {
    let lines: Vec<(usize, &str)> = source.code().collect();
    let mut found = Vec::new();
    for (at, (first, line)) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some((before, rest)) = code.split_once("fn ") else { continue };
        let qualifiers = ["pub", "const", "pub(crate)", "pub(super)", "async"];
        if !before.split_whitespace().all(|word| qualifiers.contains(&word) || word.starts_with("pub(")) {
            continue;
        }
        // A match of a line each, as clippy is told, is a table.
        if at > 0 && lines[at - 1].1.contains("too_many_lines") && lines[at - 1].1.contains("a table") {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - code.len()]);
        // Without a body, or with all of it on the line.
        if line.ends_with(';') || line.ends_with('}') {
            continue;
        }
        let Some((last, _)) = lines[at..].iter().find(|(_, line)| *line == end) else { continue };
        let name = rest.split(['(', '<']).next().unwrap_or_default();
        found.push((name, *first, last - first + 1));
    }
    found
}

#[test]
fn functions_are_measured() {
    let text = "impl A {\n    pub(crate) fn a(&self) -> u8 {\n        1\n    }\n    fn b() {}\n}\nconst fn c<T>() {\n}\n// fn d() {\n";
    let source = Source { path: String::new(), text: text.to_owned() };
    assert_eq!(functions(&source), [("a", 2, 3), ("c", 7, 2)]);
}

#[test]
fn functions_are_short() {
    let all = programs();
    let mut longer: Vec<(usize, String)> = all
        .iter()
        .flat_map(|source| functions(source).into_iter().map(move |found| (source, found)))
        .filter(|(_, (_, _, lines))| *lines > FUNCTION_LINES)
        .map(|(source, (name, at, lines))| (lines, format!("{}:{at}: {name} has {lines} lines", source.path)))
        .collect();
    longer.sort_unstable_by(|a, b| b.cmp(a));
    let longest = longer.first().map_or(0, |(lines, _)| *lines);
    let list = || longer.iter().map(|(_, fault)| fault.as_str()).collect::<Vec<_>>().join("\n");
    assert!(
        longer.len() <= LONGER && longest <= LONGEST,
        "{} functions have more than {FUNCTION_LINES} lines, {longest} at most; {LONGER} and {LONGEST} are allowed:\n{}",
        longer.len(),
        list()
    );
}
