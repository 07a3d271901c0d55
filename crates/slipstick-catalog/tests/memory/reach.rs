//! How far context and concurrency go, against a search that knows nothing of lines: doubling, then halving.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use slipstick_catalog::Catalog;
use slipstick_core::{
    deployment::Deployment,
    engine::{Drafts, EngineOptions},
    estimate::memory::{MemoryModel, Reach},
    model::Model,
    numeric::CacheFormat,
    plan::{Degrees, Plan},
    units::Bytes,
    workload::Workload,
};

use crate::{
    laws::{ENGINES, MODELS},
    setup::{BF16, FP8, INT8_HEADS, Q8_0, deployment},
};

const LARGEST: u64 = 1 << 32;

/// The largest count up to [`LARGEST`] that fits.
fn searched(fits: impl Fn(u64) -> bool) -> Reach {
    if !fits(1) {
        return Reach::None;
    }
    let (mut low, mut high) = (1, 2);
    while fits(high.min(LARGEST)) {
        if high >= LARGEST {
            return Reach::Unbounded;
        }
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    Reach::UpTo(low)
}

/// Models under layouts, with the weights of each stage.
static LAID_OUT: LazyLock<Vec<(Arc<Model>, Plan)>> = LazyLock::new(|| {
    let degrees = [(1, 1, 1), (2, 1, 1), (8, 1, 1), (1, 2, 1), (2, 3, 1), (1, 8, 1), (4, 1, 3), (2, 2, 2)];
    let each = |model: &fn() -> Model| {
        let model = Arc::new(model());
        let plans = degrees.iter().filter_map(|(tp, pp, dp)| {
            let degrees = Degrees { tp: *tp, pp: *pp, dp: *dp, ep: 1 };
            let plan = Plan::new(degrees, &model, degrees.accelerators()).ok()?;
            Some((Arc::clone(&model), plan))
        });
        plans.collect::<Vec<_>>()
    };
    MODELS.iter().flat_map(each).collect()
});

const CACHES: [CacheFormat; 4] = [BF16, FP8, Q8_0, INT8_HEADS];

/// One of several settings, or none.
fn maybe<T: Clone + std::fmt::Debug + 'static>(values: &'static [T]) -> impl Strategy<Value = Option<T>> {
    prop_oneof![2 => Just(None), 1 => prop::sample::select(values).prop_map(Some)]
}

prop_compose! {
    fn limits()(
        max_sequences in maybe(&[1, 8, 256, 5000]),
        max_batched_tokens in maybe(&[64, 2048, 16_384, 200_000]),
        block_tokens in maybe(&[1, 16, 64, 1000]),
        micro_batch in maybe(&[1, 512, 4096]),
        cache_bytes in maybe(&[0, 1, 1 << 20, 1 << 33, 1 << 38]),
        memory_share in maybe(&[0.1, 0.5, 0.95, 1.0]),
    ) -> EngineOptions {
        let cache_bytes = cache_bytes.map(Bytes::new);
        EngineOptions { max_sequences, max_batched_tokens, block_tokens, micro_batch, cache_bytes, memory_share, ..EngineOptions::default() }
    }
}

prop_compose! {
    fn options()(
        limits in limits(),
        switches in prop::array::uniform6(maybe(&[false, true])),
        layers in 0_u64..3,
        tokens in 0_u64..4,
    ) -> EngineOptions {
        let [graphs, flash_attention, prefix_caching, unified_cache, whole_windows, full_logits] = switches;
        let drafts = Drafts { layers, tokens, weights: Bytes::mib(700 * layers) };
        EngineOptions { graphs, flash_attention, prefix_caching, unified_cache, whole_windows, full_logits, drafts, ..limits }
    }
}

prop_compose! {
    /// Mostly of everyday size, sometimes absurd.
    fn count(most: u32)(power in 0..most, part in 0..1000_u64) -> u64 {
        let low = 1_u64 << power;
        low + low * part / 1000
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(10_000), ..ProptestConfig::default() })]

    /// The edge along lines is the edge that halving finds, for any deployment under any engine.
    #[test]
    fn lines_and_halving_find_the_same_edge(
        which in 0..LAID_OUT.len(),
        (engine, version) in prop::sample::select(&ENGINES[..]),
        options in options(),
        cache in prop::sample::select(&CACHES[..]),
        gib in 1_u64..400,
        (input, output, n) in (count(22), count(14), count(14)),
        prefix in 0..=1000_u64,
    ) {
        let (model, plan) = &LAID_OUT[which];
        let entry = Catalog::shipped().profile(engine, version).expect("the tests' versions have profiles");
        let plain = deployment(Arc::clone(model), *plan, Bytes::gib(gib), "", entry.profile.clone());
        let memory = MemoryModel::new(Deployment { cache, options, ..plain });
        let workload = Workload::new(input, output, n).expect("a workload");
        let dp = plan.dp();
        let shared = workload.with_prefix(input * prefix / 1000).expect("no longer than the input");
        for workload in [workload, shared] {
            let fits = |count: u64| workload.with_concurrency((count * dp).min(LARGEST)).is_ok_and(|load| memory.fits(&load));
            let found = match searched(fits) {
                Reach::UpTo(count) => Reach::UpTo(count * dp),
                other => other,
            };
            prop_assert_eq!(memory.max_concurrency(&workload), found);
        }
        let full = Workload::full(input, n).expect("a workload");
        let fits = |context: u64| Workload::full(context, n).is_ok_and(|load| memory.fits(&load));
        prop_assert_eq!(memory.max_context(&full), searched(fits));
    }
}
