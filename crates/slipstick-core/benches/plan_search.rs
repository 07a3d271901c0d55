//! How many full configurations a search gets through in a second, on one core: each is memory, limits, steps and cost
//! of one layout under one load, and the layouts are prepared on the way.

#[path = "../tests/deployment/engine.rs"]
mod engine;
#[path = "../tests/deployment/hardware.rs"]
#[expect(dead_code, reason = "the space takes its own accelerators")]
mod hardware;
#[path = "../tests/deployment/models.rs"]
#[expect(dead_code, reason = "benches take the largest of the tests' models")]
mod models;
#[path = "../tests/deployment/space.rs"]
mod space;

use divan::{Bencher, black_box, counter::ItemsCount};
use slipstick_core::{estimate::cost::token_cost, model::Model, trace::Trace};
use space::{CONCURRENCIES, Space, shapes};

fn main() {
    divan::main();
}

/// Configurations of a space, and the cheapest million output tokens.
#[derive(Debug, Clone, Copy)]
struct Found {
    configurations: usize,
    cheapest: f64,
}

fn search(space: &Space) -> Found {
    let shapes = shapes();
    let mut found = Found { configurations: 0, cheapest: f64::INFINITY };
    space.visit(1, |prepared, price| {
        for shape in &shapes {
            let requests = prepared.requests(shape);
            for concurrency in CONCURRENCIES {
                found.configurations += 1;
                if !requests.verdict(concurrency).starts() {
                    continue;
                }
                let Some(service) = requests.serve(concurrency) else { continue };
                found.cheapest =
                    found.cheapest.min(token_cost(&service, price, 1.0, Trace::off()).output.get());
            }
        }
    });
    found
}

fn bench(bencher: Bencher, model: Model) {
    let space = Space::of(model);
    let found = search(&space);
    assert!(found.cheapest.is_finite(), "something fits");
    bencher.counter(ItemsCount::new(found.configurations)).bench_local(|| search(black_box(&space)));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn plan_search_qwen3_32b(bencher: Bencher) {
    bench(bencher, models::qwen3_32b());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn plan_search_deepseek_v3(bencher: Bencher) {
    bench(bencher, models::deepseek_v3());
}
