//! The committed pages are those that the methods' documentation gives.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn method_pages_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/methods");
    let mut expected = BTreeSet::new();
    for (name, text) in slipstick_methods::pages() {
        let committed = fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(committed == text, "docs/methods/{name} is out of date: run cargo xtask docs");
        expected.insert(name);
    }
    let present: BTreeSet<String> = fs::read_dir(&folder)
        .expect("docs/methods is committed")
        .map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(present, expected, "docs/methods holds other files: run cargo xtask docs");
}
