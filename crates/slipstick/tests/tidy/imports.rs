//! Imports point downwards between crates, and to the left inside the core.

use crate::source::{Source, none, sources};

/// Each crate and those of the workspace that it may depend on. The three above the core do not see each other, so that
/// they compile side by side and a change to one rebuilds no other.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("crates/slipstick-core", &[]),
    ("crates/slipstick-catalog", &["slipstick-core"]),
    ("crates/slipstick-import", &["slipstick-core"]),
    ("crates/slipstick-methods", &["slipstick-core"]),
    (
        "crates/slipstick-api",
        &["slipstick-catalog", "slipstick-core", "slipstick-import", "slipstick-methods"],
    ),
    ("crates/slipstick-table", &["slipstick-api"]),
    ("crates/slipstick-world", &["slipstick-api", "slipstick-core", "slipstick-import", "slipstick-table"]),
    ("crates/slipstick-server", &["slipstick-api", "slipstick-world"]),
    ("crates/slipstick", &["slipstick-api", "slipstick-server", "slipstick-world"]),
    (
        "xtask",
        &[
            "slipstick",
            "slipstick-api",
            "slipstick-catalog",
            "slipstick-core",
            "slipstick-import",
            "slipstick-methods",
            "slipstick-world",
        ],
    ),
];

/// What a manifest depends on of this workspace, for tests apart.
fn dependencies(manifest: &Source) -> Vec<&str> {
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]")
            && !section.contains("dev-")
            && line.starts_with("slipstick")
        {
            found.push(line.split(['.', '=', ' ']).next().unwrap_or_default());
        }
    }
    found
}

#[test]
fn crates_import_downwards() {
    let mut faults = Vec::new();
    for manifest in sources(&["crates", "xtask"], "Cargo.toml") {
        let folder = manifest.path.trim_end_matches("/Cargo.toml");
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(known, _)| *known == folder) else {
            faults.push(format!("{folder} is a crate without a place in the architecture"));
            continue;
        };
        let wrong = dependencies(&manifest).into_iter().filter(|name| !allowed.contains(name));
        faults.extend(wrong.map(|name| format!("{folder} may not import {name}")));
    }
    none(&faults);
}

/// The names that follow `crate::` in some code: one, or several in braces.
fn imported(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` stands in a macro, for whoever uses it.
        if code[..at].ends_with('$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| {
            text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        };
        let Some(list) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for character in list.chars() {
            match character {
                '}' if depth == 0 => break,
                ',' if depth == 0 => found.push(word(&std::mem::take(&mut item))),
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && character != ',' {
                item.push(character);
            }
        }
        found.push(word(&item));
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn the_list_of_an_import_is_read() {
    let code = "use crate::{\n    basis::Basis, model::{Layer, Model},\n    ops,\n};\nlet x = crate::units::Bytes::ZERO;";
    assert_eq!(imported(code), ["basis", "model", "ops", "units"]);
    assert!(imported("$crate::formula::Formula").is_empty());
}

#[test]
fn the_core_imports_to_the_left() {
    let core = sources(&["crates/slipstick-core/src"], ".rs");
    let library =
        core.iter().find(|source| source.path.ends_with("src/lib.rs")).expect("the core has a root");
    let order: Vec<&str> =
        library.code().filter_map(|(_, line)| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let place = |name: &str| order.iter().position(|module| *module == name);
    let mut faults = Vec::new();
    for source in &core {
        let inner = source.path.trim_start_matches("crates/slipstick-core/src/");
        let own = inner.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        let Some(at) = place(own) else { continue };
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        for name in imported(&code.join("\n")) {
            if place(&name).is_some_and(|target| target > at) {
                faults.push(format!("{}: {own} may not import {name}, which stands after it", source.path));
            }
        }
    }
    none(&faults);
}
