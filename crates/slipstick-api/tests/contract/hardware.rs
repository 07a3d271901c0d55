//! Hardware arguments.

use slipstick_api::{
    Catalog,
    resolve::{Hardware, hardware},
};

use crate::world::Texts;

const CARD: &str =
    "[my-card]\nlike = \"h100-sxm\"\nmemory = \"96GiB\"\nsource = \"data sheet\"\nseen = \"2026-11-01\"\n";
const WORLD: Texts =
    Texts(&[("my.toml", CARD), ("two.toml", "[a]\nlike = \"h100-sxm\"\n[b]\nlike = \"h100-sxm\"\n")]);

fn shape(found: &Hardware) -> (u64, u32) {
    (found.cluster.accelerators(), found.cluster.nodes)
}

#[test]
fn counts_and_nodes_are_read() {
    for (text, expected) in
        [("h100-sxm", (1, 1)), ("h100-sxm:8", (8, 1)), ("2x8xh200", (16, 2)), ("auto", (8, 1))]
    {
        let found = hardware(text, &Catalog::builtin(), &WORLD).unwrap();
        assert_eq!(shape(&found), expected, "{text}");
    }
}

#[test]
fn a_file_describes_a_card_of_ones_own() {
    let found = hardware("my.toml:4", &Catalog::builtin(), &WORLD).unwrap();
    assert_eq!(found.entry.accelerator.memory.as_gib().to_bits(), 96.0_f64.to_bits());
    assert_eq!(shape(&found), (4, 1));
}

#[test]
fn what_is_no_hardware_is_refused() {
    for (text, code) in [
        ("h10O", "gpu.unknown"),
        ("a100", "gpu.ambiguous"),
        ("", "gpu.empty"),
        ("h100:0", "gpu.count"),
        ("h100:-1", "gpu.count"),
        ("9xh100", "gpu.count"),
        ("nowhere.toml", "file.not_found"),
        ("two.toml", "gpu.file"),
    ] {
        let error = hardware(text, &Catalog::builtin(), &WORLD).unwrap_err();
        assert_eq!((error.code, error.at.as_deref()), (code, Some("--on")), "{text}");
    }
}
