//! Damaged and lying files: no importer panics, and none allocates beyond a multiple of what it read.
//!
//! A bounded walk over mutations of the corpus in `fuzz/corpus`, the same in every run; the fuzz targets walk further.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod mutation;
mod targets;

use std::{fs, path::Path, sync::Mutex};

use mutation::Mutator;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Allocations are counted for the whole process: one target at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// What a target may allocate: so many bytes for each byte read, and so many at all. And how often it is tried.
struct Allowance {
    runs: u64,
    per_byte: usize,
    at_all: usize,
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn survive(name: &str, allowance: &Allowance) {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let target = targets::ALL.iter().find(|(own, _)| *own == name).unwrap().1;
    let corpus = corpus(name);
    assert!(!corpus.is_empty());
    // Tables that are parsed once are no part of what a hostile file costs.
    for seed in &corpus {
        target(seed);
    }
    let mut mutator = Mutator::new(name);
    for run in 0..allowance.runs {
        let seed = &corpus[usize::try_from(run).unwrap() % corpus.len()];
        let data = mutator.mutate(seed, &corpus);
        ALLOCATOR.reset_peak_usage();
        let before = ALLOCATOR.current_usage();
        target(&data);
        let peak = ALLOCATOR.peak_usage().saturating_sub(before);
        let allowed = allowance.at_all + allowance.per_byte * data.len();
        assert!(peak <= allowed, "{name} run {run}: {peak} bytes allocated for {} read", data.len());
    }
}

#[test]
fn safetensors_headers() {
    survive("safetensors", &Allowance { runs: 20_000, per_byte: 40, at_all: 100_000 });
}

#[test]
fn gguf_headers() {
    survive("gguf", &Allowance { runs: 20_000, per_byte: 100, at_all: 20_000_000 });
}

#[test]
fn shard_indices() {
    survive("index", &Allowance { runs: 20_000, per_byte: 40, at_all: 100_000 });
}

#[test]
fn quantisation_configs() {
    survive("quantization", &Allowance { runs: 10_000, per_byte: 400, at_all: 2_000_000 });
}

#[test]
fn model_configs() {
    // Ten thousand layers are allowed, and a layer holds some dozens of weights.
    survive("config", &Allowance { runs: 3000, per_byte: 100, at_all: 200_000_000 });
}

#[test]
fn catalogue_rows() {
    survive("catalogue", &Allowance { runs: 250, per_byte: 400, at_all: 2_000_000 });
}
