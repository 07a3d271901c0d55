//! A search allocates once a deployment, never once a load.

#[path = "deployment/engine.rs"]
mod engine;
#[path = "deployment/hardware.rs"]
#[expect(dead_code, reason = "the space takes its own accelerators")]
mod hardware;
#[path = "deployment/models.rs"]
#[expect(dead_code, reason = "two of the models are enough")]
mod models;
#[path = "deployment/space.rs"]
mod space;

use peak_alloc::PeakAlloc;
use slipstick_core::{estimate::cost::token_cost, trace::Trace};
use space::{CONCURRENCIES, Space, shapes};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What is held at most while `work` runs, beyond what was held before: the least of several runs, since the thread that
/// waits for the test may allocate meanwhile.
fn allocated(work: impl Fn()) -> usize {
    let once = || {
        ALLOCATOR.reset_peak_usage();
        let before = ALLOCATOR.current_usage();
        work();
        ALLOCATOR.peak_usage().saturating_sub(before)
    };
    (0..8).map(|_| once()).min().unwrap_or(usize::MAX)
}

#[test]
fn no_load_allocates() {
    assert_ne!(allocated(|| drop(std::hint::black_box(vec![1_u8]))), 0);
    for model in [models::qwen3_32b(), models::deepseek_v3()] {
        // A prime step meets every axis of the space.
        Space::of(model).visit(37, |prepared, price| {
            for shape in shapes() {
                let bytes = allocated(|| {
                    let requests = prepared.requests(&shape);
                    for concurrency in CONCURRENCIES {
                        let verdict = requests.verdict(concurrency);
                        let service = requests.serve(concurrency).expect("the accelerators have peaks");
                        std::hint::black_box((verdict, token_cost(&service, price, 1.0, Trace::off())));
                    }
                });
                assert_eq!(bytes, 0, "{:?}", prepared.deployment().plan);
            }
        });
    }
}
