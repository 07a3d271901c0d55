//! Decoders to test with, by their published dimensions.

use slipstick_core::{
    model::{
        Component, Layer, Mixer, Model, Recurrent, Role, Span, Weight,
        blocks::{Experts, FeedForward, GroupedQuery, LatentBlock, NormKind},
    },
    numeric::ScalarFormat,
};

/// Puts an embedding, a final norm and a head around layers.
pub(crate) fn decoder(hidden: u64, vocab: u64, tied: bool, layers: Vec<Layer>) -> Model {
    let text = Component::text;
    let head = Weight::matrix("", Role::LmHead, vocab, hidden);
    Model {
        model_type: "test".to_owned(),
        hidden,
        vocab,
        layers,
        layers_path: "model.layers".into(),
        components: vec![
            text("model.embed_tokens", vec![Weight::matrix("", Role::Embedding, vocab, hidden)]),
            text("model.norm", NormKind::Rms.weights("", hidden)),
            text("lm_head", vec![if tied { head.alias() } else { head }]),
        ],
        max_context: None,
        dtype: ScalarFormat::Bf16,
    }
}

/// A layer of grouped-query attention and a gated feed-forward block.
pub(crate) fn dense_layer(attention: GroupedQuery, intermediate: u64) -> Layer {
    Layer::default()
        .with(NormKind::Rms.weights("input_layernorm", attention.hidden))
        .with(attention.weights())
        .mix(attention.mixer())
        .with(NormKind::Rms.weights("post_attention_layernorm", attention.hidden))
        .with(FeedForward::gated(attention.hidden, intermediate).weights())
}

/// `count` equal layers.
pub(crate) fn repeat(layer: &Layer, count: usize) -> Vec<Layer> {
    vec![layer.clone(); count]
}

/// Llama 3.1 8B.
pub(crate) fn llama_8b() -> Model {
    let layer = dense_layer(GroupedQuery::new(4096, 32, 8, 128), 14_336);
    decoder(4096, 128_256, false, repeat(&layer, 32))
}

/// Llama 3.1 70B.
pub(crate) fn llama_70b() -> Model {
    let layer = dense_layer(GroupedQuery::new(8192, 64, 8, 128), 28_672);
    decoder(8192, 128_256, false, repeat(&layer, 80))
}

/// Qwen3 32B.
pub(crate) fn qwen3_32b() -> Model {
    let layer = dense_layer(GroupedQuery::new(5120, 64, 8, 128).with_head_norm(NormKind::Rms), 25_600);
    decoder(5120, 151_936, false, repeat(&layer, 64))
}

/// Mixtral 8x7B.
pub(crate) fn mixtral() -> Model {
    let attention = GroupedQuery::new(4096, 32, 8, 128);
    let layer = Layer::default()
        .with(NormKind::Rms.weights("input_layernorm", 4096))
        .with(attention.weights())
        .mix(attention.mixer())
        .with(NormKind::Rms.weights("post_attention_layernorm", 4096))
        .with(Experts::gated(4096, 14_336, 8, 2).weights());
    decoder(4096, 32_000, false, repeat(&layer, 32))
}

/// DeepSeek-V3 without its multi-token prediction.
pub(crate) fn deepseek_v3() -> Model {
    let latent = LatentBlock {
        hidden: 7168,
        q_heads: 128,
        q_rank: Some(1536),
        kv_rank: 512,
        nope_dim: 128,
        rope_dim: 64,
        v_dim: 128,
        bias: false,
        span: Span::Full,
        indexer: None,
    };
    let attention = Layer::default()
        .with(NormKind::Rms.weights("input_layernorm", 7168))
        .with(latent.weights())
        .mix(latent.mixer())
        .with(NormKind::Rms.weights("post_attention_layernorm", 7168));
    let dense = attention.clone().with(FeedForward::gated(7168, 18_432).weights());
    let routed = attention.with(Experts::gated(7168, 2048, 256, 8).with_shared(2048, false).weights());
    let mut layers = repeat(&dense, 3);
    layers.extend(repeat(&routed, 58));
    decoder(7168, 129_280, false, layers)
}

/// Windowed and full layers in the ratio 5 to 1 with heads of different widths (the shape of Gemma 4 12B).
pub(crate) fn local_global(layers: usize, window: u64) -> Model {
    let local = GroupedQuery::new(3840, 16, 8, 256).with_span(Span::Window(window));
    let mut global = GroupedQuery::new(3840, 16, 1, 512);
    global.has_value = false;
    let layers = (0..layers).map(|i| dense_layer(if i % 6 == 5 { global } else { local }, 15_360)).collect();
    decoder(3840, 262_144, true, layers)
}

/// Gated delta nets with full attention in every fourth layer (the shape of Qwen3.5 27B).
pub(crate) fn gated_delta(layers: usize) -> Model {
    let attention = GroupedQuery::new(5120, 24, 4, 256);
    let full = dense_layer(attention, 17_408);
    let (key_heads, value_heads, width) = (16, 48, 128);
    let channels = 2 * key_heads * width + value_heads * width;
    let recurrent = Recurrent {
        conv_elements: channels * 4,
        conv_kernel: 4,
        state_elements: value_heads * width * width,
        heads: key_heads,
        flops_per_token: 0,
    };
    let linear = Layer::default()
        .with([Weight::matrix("linear_attn.in_proj", Role::StateIn, channels + value_heads * width, 5120)])
        .with([Weight::matrix("linear_attn.out_proj", Role::StateOut, 5120, value_heads * width)])
        .mix(Mixer::Recurrent(recurrent))
        .with(FeedForward::gated(5120, 17_408).weights());
    let layers = (0..layers).map(|i| if i % 4 == 3 { full.clone() } else { linear.clone() }).collect();
    decoder(5120, 248_320, false, layers)
}
