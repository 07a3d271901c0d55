//! Damaged and lying files: no importer panics, and none allocates beyond a multiple of what it read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod targets;
mod walk;

use walk::{Allowance, survive};

#[test]
fn safetensors_headers() {
    survive("safetensors", targets::safetensors, &Allowance { runs: 20_000, per_byte: 40, at_all: 100_000 });
}

#[test]
fn gguf_headers() {
    survive("gguf", targets::gguf, &Allowance { runs: 20_000, per_byte: 100, at_all: 20_000_000 });
}

#[test]
fn shard_indices() {
    survive("index", targets::index, &Allowance { runs: 20_000, per_byte: 40, at_all: 100_000 });
}

#[test]
fn quantisation_configs() {
    survive(
        "quantization",
        targets::quantization,
        &Allowance { runs: 10_000, per_byte: 400, at_all: 2_000_000 },
    );
}

#[test]
fn model_configs() {
    // Ten thousand layers are allowed, and a layer holds some dozens of weights.
    survive("config", targets::config, &Allowance { runs: 3000, per_byte: 100, at_all: 200_000_000 });
}
