//! The committed pages and schemas are those that the code gives.

use std::{collections::BTreeSet, fs, path::Path};

use slipstick_api::{commands::reports, report};

fn are_current(name: &str, files: Vec<(String, String)>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let mut expected = BTreeSet::new();
    for (file, text) in files {
        let committed = fs::read_to_string(folder.join(&file)).unwrap_or_default();
        assert!(committed == text, "{name}/{file} is out of date: run cargo xtask docs");
        expected.insert(file);
    }
    let present: BTreeSet<String> = fs::read_dir(&folder)
        .expect("the folder is committed")
        .map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(present, expected, "{name} holds other files: run cargo xtask docs");
}

#[test]
fn method_pages_are_current() {
    are_current("docs/methods", slipstick_methods::pages());
}

#[test]
fn schemas_are_current() {
    are_current("docs/schemas", report::schema_files(&reports()));
}
