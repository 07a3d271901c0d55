//! What an answer costs a server, which keeps its catalogue and what it resolved.

#[path = "../tests/answers/world.rs"]
#[expect(dead_code, reason = "the tests ask in words too")]
mod world;

use divan::{AllocProfiler, Bencher, black_box};
use slipstick_api::{
    Catalog, Output,
    commands::estimate::{estimate, estimate_with},
    request::{Count, EstimateRequest},
    resolve::Resolver,
};
use world::NOWHERE;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const MODELS: [&str; 2] = ["qwen3-32b", "deepseek-v3"];

fn main() {
    divan::main();
}

fn request(model: &str) -> EstimateRequest {
    let mut request = EstimateRequest::new(model, "h200:8");
    request.load.input = Some(Count(4000));
    request.load.output = Some(Count(500));
    request.load.concurrency = Some(Count(64));
    request
}

/// Names are looked up, the model is read, and every number is recorded.
#[divan::bench(args = MODELS)]
fn asked_once(bencher: Bencher<'_, '_>, model: &str) {
    let (catalog, request) = (Catalog::builtin(), request(model));
    bencher
        .bench_local(|| Output::from(estimate(black_box(&request), &catalog, &NOWHERE).expect("an answer")));
}

/// Everything that it names is known.
#[divan::bench(args = MODELS)]
fn asked_again(bencher: Bencher<'_, '_>, model: &str) {
    let (catalog, request) = (Catalog::builtin(), request(model));
    let resolver = Resolver::new(&catalog, &NOWHERE);
    let ask = || Output::from(estimate_with(black_box(&request), &resolver, false).expect("an answer"));
    ask();
    bencher.bench_local(ask);
}

/// The same as a document.
#[divan::bench(args = MODELS)]
fn written_again(bencher: Bencher<'_, '_>, model: &str) {
    let (catalog, request) = (Catalog::builtin(), request(model));
    let resolver = Resolver::new(&catalog, &NOWHERE);
    bencher.bench_local(|| {
        let answered = estimate_with(black_box(&request), &resolver, false).expect("an answer");
        let mut text = Vec::new();
        Output::from(answered).write_json(false, &mut text).expect("it is written");
        text
    });
}
