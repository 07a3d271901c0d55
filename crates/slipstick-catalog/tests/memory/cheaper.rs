//! A layer that keeps less never makes the cache larger.

use proptest::prelude::*;
use slipstick_core::{
    engine::Engine,
    model::{
        Indexer, Layer, Mixer, Model, Span,
        blocks::{CompressedBlock, GroupedQuery},
    },
    units::Bytes,
};

use crate::{
    laws::ENGINES,
    models::{decoder, dense_layer},
    setup::{Ask, FP8},
};

/// A decoder of which some layers keep a window only.
fn windowed(layers: &[bool], window: u64) -> Model {
    let full = GroupedQuery::new(4096, 32, 8, 128);
    let layer = |windowed: &bool| {
        dense_layer(if *windowed { full.with_span(Span::Window(window)) } else { full }, 14_336)
    };
    decoder(4096, 32_000, false, layers.iter().map(layer).collect())
}

/// A decoder with the caches of DeepSeek-V4, each layer's rate of compression stated; 0 keeps a window only.
fn compressed(rates: &[u64]) -> Model {
    let layer = |rate: &u64| {
        let indexer = (*rate == 4).then_some(Indexer { heads: 64, key_dim: 128, top_k: 512 });
        let block = CompressedBlock {
            hidden: 7168,
            q_heads: 128,
            dim: 512,
            rope_dim: 64,
            q_rank: 1536,
            out_groups: 16,
            out_rank: 1024,
            window: 128,
            rate: *rate,
            indexer,
        };
        Layer::default().with(block.weights()).mix(Mixer::Compressed(block.mixer()))
    };
    decoder(7168, 129_280, false, rates.iter().map(layer).collect())
}

fn cache(ask: &Ask, model: &Model, context: u64, sequences: u64) -> (Bytes, u64) {
    let estimate = ask.estimate(model, context, sequences);
    let block = estimate.pool.map_or(0, |pool| pool.layout.block_bytes.get());
    (estimate.stages[0].kv_cache.value, block)
}

/// Layers that a planner makes of some of two kinds, those of padding among them.
fn padded(full: u64, windowed: u64, ratio: f64) -> u64 {
    let (lo, hi) = (full.min(windowed), full.max(windowed));
    if lo == 0 {
        return hi;
    }
    let size = if (hi as f64) < ratio * lo as f64 { hi } else { lo };
    (lo.div_ceil(size) + hi.div_ceil(size)) * size
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Beside the padding that a planner prints, and the block in which a window begins.
    #[test]
    fn a_window_instead_of_the_whole_context(
        engine in 0..ENGINES.len(),
        layers in prop::collection::vec(any::<bool>(), 1..40),
        window in 1_u64..5000,
        context in 1_u64..100_000,
        n in 1_u64..64,
    ) {
        let (engine, version) = ENGINES[engine];
        let ask = Ask { memory: Bytes::gib(100_000), ..Ask::of(engine, version) };
        let (full, block) = cache(&ask, &windowed(&vec![false; layers.len()], window), context, n);
        let (less, _) = cache(&ask, &windowed(&layers, window), context, n);
        let bounded = layers.iter().filter(|windowed| **windowed).count() as u64;
        let all = layers.len() as u64;
        let most = if engine == Engine::Vllm {
            let padded = padded(all - bounded, bounded, if version == "0.11" { 1.25 } else { 1.5 });
            (full.as_f64() + block as f64) * padded as f64 / all as f64
        } else {
            full.as_f64()
        };
        prop_assert!(less.as_f64() <= most, "{less} above {most} of {full}");
    }

    /// A window instead of a compressed past, the shape of DeepSeek-V4. Layers are divided anew, so that there may be
    /// other padding: a tenth at most.
    #[test]
    fn a_window_instead_of_a_compressed_past(dropped in 0_usize..20, context in 10_000_u64..1_000_000) {
        let rates: Vec<u64> = (0..61).map(|i| if i < 2 || i % 2 == 1 { 128 } else { 4 }).collect();
        let fewer: Vec<u64> = rates.iter().enumerate().map(|(i, rate)| if i < dropped { 0 } else { *rate }).collect();
        for (engine, version) in ENGINES {
            let ask = Ask { memory: Bytes::gib(100_000), ..Ask::of(engine, version) };
            let (full, _) = cache(&ask, &compressed(&rates), context, 1);
            let (less, _) = cache(&ask, &compressed(&fewer), context, 1);
            let padding = if engine == Engine::Vllm { 1.1 } else { 1.0 };
            prop_assert!(less.as_f64() <= full.as_f64() * padding, "{engine}: {less} above {full}");
        }
    }
}

/// Layers of DeepSeek-V4-Pro, and the same with its first two as in V4-Flash.
fn pro_and_flash() -> [Vec<u64>; 2] {
    let pro: Vec<u64> = (0..61).map(|i| if i < 2 || i % 2 == 1 { 128 } else { 4 }).collect();
    let mut flash = pro.clone();
    flash[..2].fill(0);
    [pro, flash]
}

/// DeepSeek-V4-Pro with its first two layers as in V4-Flash, 262,144 tokens: what a running sequence keeps is what grows a
/// token (2.18 GiB in 16 bits) with a few blocks of windows and states; what it needs to be admitted holds the states of
/// two steps of 8,192 tokens too.
#[test]
fn two_windows_cost_no_more_than_two_compressed_layers() {
    let ask = Ask { memory: Bytes::gib(140), ..Ask::of(Engine::Vllm, "0.33") };
    let [pro, flash] = pro_and_flash().map(|rates| {
        let estimate = ask.estimate(&compressed(&rates), 262_144, 1);
        let pool = estimate.pool.expect("vLLM has a pool");
        (
            estimate.stages[0].kv_cache.value,
            pool.layout.block_bytes.times(pool.blocks_kept),
            pool.blocks_per_request,
        )
    });
    assert!((2.18..2.3).contains(&pro.1.as_gib()), "{:?}", pro.1);
    assert!(flash.0 <= pro.0 && flash.1 <= pro.1);
    // 1,024 blocks that grow, two groups of windows, and the states of both compressors.
    assert_eq!(pro.2, 1024 + 2 * 259 + 4099 + 2065);
}

/// Blocks of DeepSeek-V4-Pro over all layers: 1,473,408 bytes before groups were packed (vllm-project/vllm#48993), so that
/// 26.09 GiB hold 19,015; and the widest of the groups of DeepSeek-V4-Flash after it: 1,002,240 bytes of 62 caches with 21
/// of rate 4 and 20 of rate 128 (vllm-project/vllm#54703).
#[test]
fn blocks_of_compressed_caches() {
    let block = |version: &'static str, rates: &[u64]| {
        let ask = Ask { memory: Bytes::gib(140), cache: FP8, ..Ask::of(Engine::Vllm, version) };
        let pool = ask.estimate(&compressed(rates), 8192, 1).pool.expect("vLLM has a pool");
        pool.layout.block_bytes
    };
    let [pro, _] = pro_and_flash();
    assert_eq!(block("0.21", &pro), Bytes::new(1_473_408));
    assert_eq!(
        Bytes::gib_f64(26.09).pieces(Bytes::new(1_473_408)).map(|blocks| blocks.abs_diff(19_015) < 5),
        Some(true)
    );
    let flash: Vec<u64> = (0..43)
        .map(|i| {
            if i < 2 {
                0
            } else if i % 2 == 0 {
                4
            } else {
                128
            }
        })
        .collect();
    assert_eq!(block("0.28", &flash), Bytes::new(1_002_240));
}

/// gpt-oss-120b's caches: half of 36 layers see 128 tokens. 26 requests of 2,500 tokens all at their worst take as much
/// as 50 that run, since those give back what lies behind the window.
#[test]
fn running_requests_give_blocks_back() {
    let layers: Vec<bool> = (0..36).map(|i| i % 2 == 0).collect();
    let mut ask = Ask::of(Engine::Vllm, "0.33");
    ask.options.cache_bytes = Some(Bytes::new(8482 * 16 * 4096 * 18));
    let estimate = ask.estimate(&windowed(&layers, 128), 2500, 8);
    let pool = estimate.pool.as_ref().expect("vLLM has a pool");
    assert_eq!((pool.blocks.value, pool.blocks_per_request, pool.blocks_kept), (8482, 315, 166));
    assert!((26.0..27.0).contains(&pool.concurrency()), "{}", pool.concurrency());
    assert_eq!(estimate.max_concurrency, slipstick_core::estimate::memory::Reach::UpTo(50));
    let rank = estimate.rank();
    assert_eq!(rank.kv_cache.value, pool.layout.block_bytes.times(7 * 166 + 315));
    assert_eq!(rank.kv_cache_worst, pool.layout.block_bytes.times(8 * 315));
}
