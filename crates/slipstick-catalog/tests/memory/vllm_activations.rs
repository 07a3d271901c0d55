//! The activation peaks that vLLM 0.11 printed on an H100, and what its pools had left.

use slipstick_core::{
    engine::{Engine, EngineOptions},
    model::{
        Layer, Model,
        blocks::{Experts, GroupedQuery, NormKind},
    },
    plan::Degrees,
    units::Bytes,
};

use crate::{
    models::{decoder, dense_layer, llama_8b, llama_70b, repeat},
    setup::Ask,
};

fn dense(hidden: u64, vocab: u64, heads: u64, inner: u64, layers: usize) -> Model {
    let layer = dense_layer(GroupedQuery::new(hidden, heads, 8, 128), inner);
    decoder(hidden, vocab, false, repeat(&layer, layers))
}

fn routed(hidden: u64, vocab: u64) -> Model {
    let attention = GroupedQuery::new(hidden, 64, 8, 64);
    let layer = Layer::default()
        .with(NormKind::Rms.weights("input_layernorm", hidden))
        .with(attention.weights())
        .mix(attention.mixer())
        .with(Experts::gated(hidden, 2880, 32, 4).weights());
    decoder(hidden, vocab, false, repeat(&layer, 24))
}

fn peak(model: &Model, tp: u64, options: EngineOptions) -> f64 {
    let mut ask = Ask::of(Engine::Vllm, "0.11");
    ask.degrees = Degrees::tensor(tp);
    // The driver reports 79.18 GiB of an H100.
    ask.memory = Bytes::gib_f64(79.18);
    ask.options = options;
    ask.estimate(model, 16_000, 1).rank().activations.value.as_gib()
}

/// llm-d-planner's table. The first two rows were fitted, the others were not.
#[test]
fn the_sampler_sets_the_peak() {
    let rows = [
        (dense(1024, 151_936, 16, 3072, 28), 1, 5.56),
        (dense(5120, 151_936, 64, 25_600, 64), 1, 5.64),
        (dense(5120, 151_936, 64, 25_600, 64), 2, 5.64),
        (llama_8b(), 1, 4.76),
        (llama_70b(), 2, 4.84),
        (routed(2880, 201_088), 1, 7.38),
    ];
    for (model, tp, logged) in rows {
        let predicted = peak(&model, tp, EngineOptions::default());
        assert!((predicted - logged).abs() < 0.013, "{predicted} against {logged}");
    }
}

/// Rows of the V0 engine, with the limits of small cards.
#[test]
fn fewer_sequences_sample_less() {
    let limits = |sequences, tokens| EngineOptions {
        max_sequences: Some(sequences),
        max_batched_tokens: Some(tokens),
        ..EngineOptions::default()
    };
    assert!((peak(&llama_8b(), 1, limits(256, 8192)) - 1.26).abs() < 0.013);
    let qwen = dense(3584, 152_064, 28, 18_944, 28);
    assert!((peak(&qwen, 1, limits(256, 4096)) - 1.42).abs() < 0.013);
    // Wide steps: the feed-forward block overtakes the sampler.
    for (tokens, logged) in [(20_000, 17.06), (29_000, 17.98)] {
        let total = 14.9888 + peak(&llama_8b(), 1, limits(256, tokens));
        assert!((total - logged).abs() < 0.02, "{total} against {logged}");
    }
}

/// What was left for the cache: the budget less weights, tables, peak and non-torch memory.
#[test]
fn the_pool_is_what_is_left() {
    let mut ask = Ask::of(Engine::Vllm, "0.11");
    ask.options.visible_memory = Some(Bytes::gib_f64(79.18));
    let mut model = llama_8b();
    model.max_context = Some(131_072);
    let estimate = ask.estimate(&model, 16_000, 1);
    let pool = estimate.rank().pool.value.as_gib();
    assert!((pool - 51.38).abs() < 0.02, "{pool} against 51.38");
    assert!((estimate.rank().overhead.tables.value.as_mib() - 32.0).abs() < 1e-9);
    let loaded = estimate.rank().weights.value + estimate.rank().overhead.tables.value;
    assert!((loaded.as_gib() - 14.9888).abs() < 0.0005);
}

/// An eight-bit checkpoint that cannot start: the budget is spent before the pool.
#[test]
fn a_pool_can_be_empty() {
    let mut ask = Ask::of(Engine::Vllm, "0.11");
    ask.memory = Bytes::gib(76);
    ask.weights = slipstick_core::numeric::Format::Fp8Channel;
    let estimate = ask.estimate(&llama_70b(), 16_000, 1);
    assert!(!estimate.fits());
    assert_eq!(estimate.rank().pool.value, Bytes::ZERO);
}
