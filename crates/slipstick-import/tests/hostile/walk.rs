//! A bounded walk over mutations of the corpus in `fuzz/corpus`, the same in every run; the fuzz targets walk further.

#[path = "mutation.rs"]
mod mutation;

use std::{
    env, fs,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use mutation::Mutator;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Allocations are counted for the whole process: one target at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// What a target may allocate: so many bytes for each byte read, and so many at all. And how often it is tried.
pub(crate) struct Allowance {
    pub(crate) runs: u64,
    pub(crate) per_byte: usize,
    pub(crate) at_all: usize,
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// How many times as long a walk is wanted: `SLIPSTICK_WALK=1000 cargo test --release --test hostile`.
fn longer() -> u64 {
    env::var("SLIPSTICK_WALK").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Nothing else is counted as long as this is held.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most bytes that are allocated at once in `run`.
pub(crate) fn peak(run: impl FnOnce()) -> usize {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    run();
    ALLOCATOR.peak_usage().saturating_sub(before)
}

/// Gives mutations of the corpus `name` to `target` and counts what it allocates.
pub(crate) fn survive(name: &str, target: fn(&[u8]), allowance: &Allowance) {
    let _alone = alone();
    let corpus = corpus(name);
    assert!(!corpus.is_empty());
    // Tables that are parsed once are no part of what a hostile file costs.
    for seed in &corpus {
        target(seed);
    }
    let mut mutator = Mutator::new(name);
    for run in 0..allowance.runs.saturating_mul(longer()) {
        let seed = &corpus[usize::try_from(run).unwrap() % corpus.len()];
        let data = mutator.mutate(seed, &corpus);
        let peak = peak(|| target(&data));
        let allowed = allowance.at_all + allowance.per_byte * data.len();
        assert!(peak <= allowed, "{name} run {run}: {peak} bytes allocated for {} read", data.len());
    }
}
