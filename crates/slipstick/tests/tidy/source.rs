//! The workspace's files.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of the workspace.
pub(crate) struct Source {
    /// Its path from the workspace's root, with forward slashes.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

impl Source {
    /// Lines of the program itself, with their numbers: no comments, and nothing from the unit tests on.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines
            .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Whether it is a test or a benchmark, or made by a build.
    pub(crate) fn is_test(&self) -> bool {
        ["/tests/", "/benches/"].iter().any(|part| self.path.contains(part))
            || self.path.ends_with("/tests.rs")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below some folders of the workspace, or named itself, that ends in `ending`, in order of path.
pub(crate) fn sources(places: &[&str], ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    for place in places {
        walk(&root().join(place), place, ending, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "no {ending} files below {places:?}");
    found
}

fn walk(place: &Path, shown: &str, ending: &str, found: &mut Vec<Source>) {
    if place.is_file() && shown.ends_with(ending) {
        let text = fs::read_to_string(place).unwrap_or_else(|error| panic!("{shown}: {error}"));
        found.push(Source { path: shown.to_owned(), text });
    }
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "target" && name != "node_modules" {
            walk(&entry.path(), &format!("{shown}/{name}"), ending, found);
        }
    }
}

/// Fails with every fault there is, not only the first.
pub(crate) fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
