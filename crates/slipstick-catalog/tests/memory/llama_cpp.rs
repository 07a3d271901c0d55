//! Buffers that llama.cpp printed.

use slipstick_core::{
    engine::{Drafts, Engine, EngineOptions},
    estimate::memory::RankMemory,
    model::{Layer, Mixer, Model, Span, blocks::GroupedQuery},
    numeric::{CacheFormat, Format, GgmlType},
    units::Bytes,
};

use crate::{
    models::{decoder, deepseek_v3, dense_layer, gated_delta, local_global, mixtral, repeat},
    setup::{Ask, F16, Q8_0},
};

fn rank(model: &Model, cache: CacheFormat, context: u64, slots: u64, options: EngineOptions) -> RankMemory {
    let mut ask = Ask::of(Engine::LlamaCpp, "b3000");
    (ask.cache, ask.options) = (cache, options);
    ask.estimate(model, context, slots).rank().clone()
}

fn cache_mib(model: &Model, cache: CacheFormat, context: u64, slots: u64) -> f64 {
    rank(model, cache, context, slots, EngineOptions::default()).kv_cache.value.as_mib()
}

fn uniform(hidden: u64, heads: u64, kv_heads: u64, head_dim: u64, vocab: u64, layers: usize) -> Model {
    let layer = dense_layer(GroupedQuery::new(hidden, heads, kv_heads, head_dim), 4 * hidden);
    decoder(hidden, vocab, false, repeat(&layer, layers))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.006
}

/// Mistral-7B in f16 at 2048 and 32,768 tokens, without flash attention.
#[test]
fn mistral_7b() {
    let model = uniform(4096, 32, 8, 128, 32_000, 32);
    for (context, cache, compute) in [(2048, 256.0, 164.0), (32_768, 4096.0, 2144.0)] {
        let rank = rank(&model, F16, context, 1, EngineOptions::default());
        assert!(close(rank.kv_cache.value.as_mib(), cache));
        assert!(close(rank.activations.value.as_mib(), compute));
    }
}

/// The shape of Qwen2.5-3B at 4096 tokens: cache, compute, host and output buffers.
#[test]
fn qwen_3b() {
    let mut ask = Ask::of(Engine::LlamaCpp, "b3000");
    ask.cache = F16;
    let estimate = ask.estimate(&uniform(2048, 16, 2, 128, 151_936, 36), 4096, 1);
    assert!(close(estimate.rank().kv_cache.value.as_mib(), 144.0));
    assert!(close(estimate.rank().activations.value.as_mib(), 300.75));
    assert!((estimate.host.compute.as_mib() - 12.01).abs() < 0.02);
    assert!(close(estimate.host.output.as_mib(), 0.58));
}

/// Every head its own keys: Command-R 35B, and DeepSeek before its latent was used.
#[test]
fn many_key_heads() {
    assert!(close(cache_mib(&uniform(8192, 64, 64, 128, 256_000, 40), F16, 4096, 1), 5120.0));
    let mut wide = GroupedQuery::new(7168, 128, 128, 192);
    wide.v_dim = 128;
    let model = decoder(7168, 129_280, false, repeat(&dense_layer(wide, 18_432), 61));
    assert!(close(cache_mib(&model, F16, 2048, 1), 9760.0));
}

#[test]
fn latents() {
    assert!(close(cache_mib(&deepseek_v3(), F16, 32_768, 1), 2196.0));
    assert!(close(cache_mib(&deepseek_v3(), Q8_0, 32_768, 1), 1166.625));
}

/// Half the layers windowed: gpt-oss.
fn gpt_oss(layers: usize) -> Model {
    let full = GroupedQuery::new(2880, 64, 8, 64);
    let local = full.with_span(Span::Window(128));
    let layers = (0..layers).map(|i| dense_layer(if i % 2 == 0 { local } else { full }, 2880)).collect();
    decoder(2880, 201_088, false, layers)
}

fn only(model: &Model, windowed: bool) -> Model {
    let has_window = |layer: &Layer| {
        layer.mixers.iter().any(|mixer| matches!(mixer, Mixer::Attention(a) if a.span != Span::Full))
    };
    let mut part = model.clone();
    part.layers.retain(|layer| has_window(layer) == windowed);
    part
}

/// gpt-oss-120b in two streams of 131,072 with micro-batches of 1024: 9216 MiB full and 90 MiB windowed; gpt-oss-20b at
/// 8192: 192 MiB full.
#[test]
fn gpt_oss_layers() {
    let model = gpt_oss(36);
    let wide = EngineOptions { micro_batch: Some(1024), ..EngineOptions::default() };
    let mib = |part: &Model| rank(part, F16, 131_072, 2, wide).kv_cache.value.as_mib();
    assert!(close(mib(&only(&model, false)), 9216.0));
    assert!(close(mib(&only(&model, true)), 90.0));
    assert!(close(cache_mib(&only(&gpt_oss(24), false), F16, 8192, 1), 192.0));
}

/// gemma-3-270m at 8192 tokens in all: one, two and four slots of their own, two and four that share.
#[test]
fn slots_and_shared_cells() {
    let full = GroupedQuery::new(640, 4, 1, 256);
    let local = full.with_span(Span::Window(512));
    let layers = (0..18).map(|i| dense_layer(if i % 6 == 5 { full } else { local }, 2048)).collect();
    let model = decoder(640, 262_144, true, layers);
    for (slots, unified, mib) in
        [(1, false, 39.0), (2, false, 54.0), (4, false, 84.0), (2, true, 46.5), (4, true, 61.5)]
    {
        let options = EngineOptions { unified_cache: Some(unified), ..EngineOptions::default() };
        let cache = rank(&model, F16, 8192 / slots, slots, options).kv_cache.value.as_mib();
        assert!(close(cache, mib), "{cache} against {mib}");
    }
}

/// DeepSeek-V4: 4352 cells of a window of 128 with micro-batches of 4096, over 43 layers: 182.75 MiB.
#[test]
fn windows_hold_a_micro_batch() {
    let mut window = GroupedQuery::new(4096, 64, 1, 512).with_span(Span::Window(128));
    window.v_dim = 0;
    let model = decoder(4096, 129_280, false, repeat(&dense_layer(window, 2048), 43));
    let wide = EngineOptions { micro_batch: Some(4096), ..EngineOptions::default() };
    assert!(close(rank(&model, F16, 393_216, 1, wide).kv_cache.value.as_mib(), 182.75));
}

/// Gemma-4-12B, q8_0, 262,144 tokens: 2176 MiB full and 255 MiB windowed.
#[test]
fn gemma_4_12b() {
    let model = local_global(48, 1024);
    assert!(close(cache_mib(&only(&model, false), Q8_0, 262_144, 1), 2176.0));
    assert!(close(cache_mib(&only(&model, true), Q8_0, 262_144, 1), 255.0));
}

/// Qwen3.x-27B: fp32 state of three sequences, and cache with state at three contexts.
#[test]
fn delta_net_states() {
    let model = gated_delta(64);
    let both = |context, slots| {
        let rank = rank(&model, F16, context, slots, EngineOptions::default());
        (rank.kv_cache.value, rank.state.value)
    };
    assert!(close(both(4096, 3).1.as_mib(), 448.875));
    for (context, gib) in [(4096, 0.40), (40_223, 2.61), (262_144, 16.15)] {
        let (cache, state) = both(context, 1);
        let total = (cache + state).as_gib();
        assert!((total - gib).abs() < 0.006, "{total} against {gib}");
    }
}

/// A draft layer keeps what a full layer keeps: Qwen3.6-27B at 16k, 64k and 128k.
#[test]
fn draft_layers() {
    let model = gated_delta(64);
    let with = |layers, context| {
        let options =
            EngineOptions { drafts: Drafts { layers, ..Drafts::default() }, ..EngineOptions::default() };
        rank(&model, F16, context, 1, options).kv_cache.value.as_mib()
    };
    for (context, mib) in [(16_384, 64.0), (65_536, 256.0), (131_072, 512.0)] {
        assert!(close(with(1, context) - with(0, context), mib));
    }
}

/// Mixtral at 512 tokens, and an MLC run of an 80-layer model of 8192.
#[test]
fn small_contexts() {
    assert!(close(cache_mib(&mixtral(), F16, 512, 1), 64.0));
    assert!(close(cache_mib(&uniform(8192, 64, 64, 128, 152_064, 80), F16, 512, 1), 1280.0));
}

/// Gemma-4-31B keeps its q8_0 embedding on the host: 1428 MiB; Llama-70B in plain Q4_0 takes 37.22 GiB.
#[test]
fn weights_in_block_formats() {
    assert!(close(Format::Ggml(GgmlType::Q8_0).tensor(262_144, 5376).as_mib(), 1428.0));
    assert!(close(Bytes::new(70_550_000_000_u64 * 453 / 800).as_gib(), 37.206));
}
