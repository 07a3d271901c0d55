//! The documents show what the program prints: every `console` block of theirs is run.
//!
//! A block holds one command after a `$ ` and its whole output. With SLIPSTICK_BLESS=1 the blocks are written anew.

use std::{fs, path::PathBuf};

use crate::run::program;

const DOCUMENTS: [&str; 1] = ["README.md"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a command of a document prints, run at the repository's root.
fn output(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().map(|word| word.trim_matches('\'')).collect();
    let (name, arguments) = words.split_first().expect("a block has a command");
    assert_eq!(*name, "slipstick", "{command}");
    let run = program().current_dir(root()).args(arguments).output().expect("Cargo has built the program");
    let text = String::from_utf8(run.stdout).expect("the program writes UTF-8");
    assert!(!text.is_empty(), "{command} printed nothing: {}", String::from_utf8_lossy(&run.stderr));
    // Trailing spaces do not survive editors.
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// The document with the output of each block as the program prints it now, and how many there are.
fn renewed(text: &str) -> (String, usize) {
    let (mut out, mut rest, mut blocks) = (String::new(), text, 0);
    while let Some(start) = rest.find("```console\n$ ") {
        let (before, block) = rest.split_at(start);
        let end = block[3..].find("```").expect("every block ends") + 3;
        let command = block["```console\n$ ".len()..].lines().next().expect("a block has a command");
        out.push_str(before);
        out.extend(["```console\n$ ", command, "\n", &output(command), "\n"]);
        rest = &block[end..];
        blocks += 1;
    }
    out.push_str(rest);
    (out, blocks)
}

#[test]
fn every_console_block_is_what_the_program_prints() {
    for name in DOCUMENTS {
        let path = root().join(name);
        let text = fs::read_to_string(&path).expect("the document is there");
        let (now, blocks) = renewed(&text);
        assert!(blocks > 0, "{name} shows no command");
        if std::env::var_os("SLIPSTICK_BLESS").is_some() {
            fs::write(&path, now).expect("the document can be written");
        } else {
            assert_eq!(text, now, "{name} is out of date: run the test with SLIPSTICK_BLESS=1");
        }
    }
}

/// The README's first command names no package: the workspace must run the program without being told.
#[test]
fn cargo_run_means_the_program() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has a manifest");
    assert!(manifest.contains("default-members = [\"crates/slipstick\"]"), "{manifest}");
}
