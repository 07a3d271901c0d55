//! Plain library code, and pools of other engines.

use slipstick_core::{
    engine::Engine,
    model::{Model, blocks::GroupedQuery},
    units::Bytes,
};

use crate::{
    models::{decoder, dense_layer, llama_8b, repeat},
    setup::Ask,
};

fn model(
    hidden: u64,
    heads: u64,
    kv_heads: u64,
    head_dim: u64,
    inner: u64,
    vocab: u64,
    layers: usize,
) -> Model {
    let layer = dense_layer(GroupedQuery::new(hidden, heads, kv_heads, head_dim), inner);
    decoder(hidden, vocab, true, repeat(&layer, layers))
}

/// A forward pass over a whole prompt (vramcalc, A6000), in GB that the allocator counted.
#[test]
fn forward_passes() {
    let one_b = model(2048, 32, 8, 64, 8192, 128_256, 16);
    let rows = [
        (one_b.clone(), 2048, 3.08),
        (one_b, 4096, 3.68),
        (model(3072, 24, 8, 128, 8192, 128_256, 28), 2048, 7.21),
        (llama_8b(), 2048, 16.88),
        (model(1536, 12, 2, 128, 8960, 151_936, 28), 2048, 3.78),
    ];
    for (model, tokens, logged) in rows {
        let ask = Ask::of(Engine::Transformers, "4.45");
        let rank = ask.estimate(&model, tokens, 1).rank().clone();
        let allocated = rank.weights.value + rank.kv_cache.value + rank.activations.value;
        let off = allocated.as_gb() / logged - 1.0;
        assert!(off.abs() < 0.01, "{} against {logged}", allocated.as_gb());
    }
}

/// Without an engine the answer is arithmetic: weights, cache, and nothing reserved.
#[test]
fn nothing_but_arithmetic() {
    let ask = Ask::of(Engine::Ideal, "");
    let estimate = ask.estimate(&llama_8b(), 8192, 4);
    let rank = estimate.rank();
    assert_eq!(rank.kv_cache.value, Bytes::new(131_072 * 8192 * 4));
    assert_eq!(rank.overhead.total().value, Bytes::ZERO);
    assert_eq!(rank.total().value + rank.free(), rank.capacity);
}
