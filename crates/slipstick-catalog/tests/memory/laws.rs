//! Laws that hold for every engine.

use proptest::prelude::*;
use slipstick_core::{
    engine::Engine, estimate::memory::Reach, model::Model, plan::Degrees, units::Bytes, workload::Workload,
};

use crate::{
    models::{deepseek_v3, gated_delta, llama_8b, local_global, mixtral},
    setup::Ask,
};

pub(crate) const ENGINES: [(Engine, &str); 9] = [
    (Engine::Vllm, "0.11"),
    (Engine::Vllm, "0.20"),
    (Engine::Vllm, "0.33"),
    (Engine::SgLang, "0.4"),
    (Engine::TensorRtLlm, "1.0"),
    (Engine::LlamaCpp, "b3000"),
    (Engine::LlamaCpp, "b9500"),
    (Engine::Transformers, "4.45"),
    (Engine::Ideal, ""),
];

pub(crate) const MODELS: [fn() -> Model; 5] =
    [llama_8b, mixtral, deepseek_v3, || gated_delta(64), || local_global(48, 1024)];

fn ask(engine: usize, gib: u64) -> Ask {
    let (engine, version) = ENGINES[engine];
    Ask { memory: Bytes::gib(gib), ..Ask::of(engine, version) }
}

fn at_most(a: Reach, b: Reach) -> bool {
    a.count(u64::MAX) <= b.count(u64::MAX)
}

/// The largest workload that can be stated is answered, by no.
#[test]
fn absurd_workloads_do_not_fit() {
    for (engine, (name, _)) in ENGINES.iter().enumerate() {
        for model in MODELS {
            let estimate = ask(engine, 80).estimate(&model(), 1 << 32, 1 << 32);
            assert!(!estimate.fits(), "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Parts sum to the total, and total and free memory to the capacity while it fits.
    #[test]
    fn parts_sum(engine in 0..ENGINES.len(), which in 0..MODELS.len(), context in 1_u64..200_000, n in 1_u64..64, gib in 8_u64..2000) {
        let estimate = ask(engine, gib).estimate(&MODELS[which](), context, n);
        for rank in &estimate.stages {
            let parts = [rank.weights, rank.kv_cache, rank.state, rank.activations, rank.overhead.total()];
            prop_assert_eq!(parts.iter().map(|part| part.value).sum::<Bytes>(), rank.total().value);
            if rank.fits() {
                prop_assert_eq!(rank.total().value + rank.free(), rank.capacity);
            }
            prop_assert!(rank.total().low <= rank.total().value && rank.total().value <= rank.total().high);
        }
        let holds = ask(engine, gib).with(&MODELS[which](), |memory| memory.fits(&Workload::full(context, n).expect("valid")));
        prop_assert_eq!(holds, estimate.fits());
    }

    /// More sequences or a longer context never need less, and never leave room for more.
    #[test]
    fn more_never_needs_less(engine in 0..ENGINES.len(), which in 0..MODELS.len(), context in 1_u64..100_000, n in 1_u64..64, more in 1_u64..1000) {
        let model = MODELS[which]();
        let ask = ask(engine, 900);
        let need = |context, n| {
            let estimate = ask.estimate(&model, context, n);
            let rank = estimate.rank();
            rank.weights.value + rank.kv_cache.value + rank.state.value + rank.activations.value
        };
        prop_assert!(need(context, n + more) >= need(context, n));
        prop_assert!(need(context + more, n) >= need(context, n));
        let reach = |context| ask.estimate(&model, context, 1).max_concurrency;
        prop_assert!(at_most(reach(context + more), reach(context)));
        let length = |n| ask.estimate(&model, 1000, n).max_context;
        prop_assert!(at_most(length(n + more), length(n)));
    }

    /// The reach is exact: it fits, and one more does not.
    #[test]
    fn the_reach_is_the_edge(engine in 0..ENGINES.len(), which in 0..MODELS.len(), context in 1_u64..50_000, gib in 24_u64..1500) {
        let model = MODELS[which]();
        let ask = ask(engine, gib);
        let fits = |context, n| ask.with(&model, |memory| memory.fits(&Workload::full(context, n).expect("valid")));
        let estimate = ask.estimate(&model, context, 1);
        match estimate.max_concurrency {
            Reach::UpTo(n) => prop_assert!(fits(context, n) && !fits(context, n + 1)),
            Reach::None => prop_assert!(!fits(context, 1)),
            Reach::Unbounded => {}
        }
        match estimate.max_context {
            Reach::UpTo(length) => prop_assert!(fits(length, 1) && !fits(length + 1, 1)),
            Reach::None => prop_assert!(!fits(1, 1)),
            Reach::Unbounded => {}
        }
    }

    /// Twice the ranks hold half of what is split, and never more in all than the whole and its copies.
    #[test]
    fn ranks_share(engine in 0..ENGINES.len(), which in 0..2_usize, power in 0_u32..3) {
        let model = MODELS[which]();
        let mut one = ask(engine, 2000);
        one.degrees = Degrees::tensor(1 << power);
        let mut two = one.clone();
        two.degrees = Degrees::tensor(2 << power);
        let read = |ask: &Ask| {
            let estimate = ask.estimate(&model, 4096, 8);
            (estimate.rank().weights.value.get(), estimate.rank().kv_cache.value.get())
        };
        let ((w1, k1), (w2, k2)) = (read(&one), read(&two));
        prop_assert!(w2 * 2 >= w1 && w2 < w1);
        prop_assert!(k2 * 2 >= k1 && k2 <= k1);
    }
}
