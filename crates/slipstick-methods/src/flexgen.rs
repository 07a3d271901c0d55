//! FlexGen: weights and cache of a batch in 16 bits.

use crate::{
    CommonRow, Domain, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, SAME},
};
use slipstick_core::formula;

formula! {
    /// Bytes of the weights.
    ///
    /// `weights = l·(8·h1^2 + 4·h1·h2)`
    ///
    /// $$ l\,(8h_1^2 + 4h_1h_2) $$
    ///
    /// where l layers, h1 hidden size, h2 feed-forward width; 2 bytes each; in bytes.
    ///
    /// ```
    /// # use slipstick_methods::flexgen::weights;
    /// // The paper: OPT-175B (96, 12288, 49152) takes 325 GB, counted in powers of 1024.
    /// assert!((weights(96.0, 12288.0, 49152.0) / 1024.0_f64.powi(3) - 325.0).abs() < 1.5);
    /// ```
    ///
    /// Source: Sheng et al. 2023, section 3.
    pub fn weights(layers: f64, hidden: f64, ffn: f64) -> f64 {
        layers * (8.0 * hidden * hidden + 4.0 * hidden * ffn)
    }

    /// Bytes of the cache of keys and values at its peak.
    ///
    /// `kv_cache = 4·b·l·h1·(s + n)`
    ///
    /// $$ 4\,b\,l\,h_1\,(s + n) $$
    ///
    /// where b sequences, l layers, h1 hidden size, s tokens of input and n of output; in bytes.
    ///
    /// ```
    /// # use slipstick_methods::flexgen::{kv_cache, kv_cache_to_weights, weights};
    /// // The paper: batch 512, input 512, output 32: 1.2 TB, 3.8 times the weights. (Counted as 1.2 TiB = 1.31 TB.)
    /// let cache = kv_cache(512.0, 96.0, 12288.0, 512.0, 32.0);
    /// assert!((cache / 1024.0_f64.powi(4) - 1.2).abs() < 0.05);
    /// assert!((kv_cache_to_weights(cache, weights(96.0, 12288.0, 49152.0)) - 3.8).abs() < 0.05);
    /// ```
    ///
    /// Source: Sheng et al. 2023, section 3.
    pub fn kv_cache(batch: f64, layers: f64, hidden: f64, input_len: f64, output_len: f64) -> f64 {
        4.0 * batch * layers * hidden * (input_len + output_len)
    }

    /// How many times the weights the cache is.
    ///
    /// `kv_cache_to_weights = kv_cache/weights`
    ///
    /// $$ \frac{4\,b\,h_1\,(s + n)}{8h_1^2 + 4h_1h_2} $$
    ///
    /// a ratio.
    ///
    /// Source: Sheng et al. 2023, section 3.
    pub fn kv_cache_to_weights(kv_cache: f64, weights: f64) -> f64 {
        kv_cache / weights
    }

    /// Bytes of weights and cache.
    ///
    /// `total = weights + kv_cache`
    ///
    /// $$ l\,(8h_1^2 + 4h_1h_2) + 4\,b\,l\,h_1\,(s + n) $$
    ///
    /// in bytes.
    ///
    /// Source: Sheng et al. 2023, section 3.
    pub fn total(weights: f64, kv_cache: f64) -> f64 {
        weights + kv_cache
    }
}

/// The card of FlexGen.
pub static METHOD: Method = Method {
    id: "flexgen-2023",
    title: "FlexGen: High-Throughput Generative Inference of Large Language Models with a Single GPU",
    authors: "Ying Sheng, Lianmin Zheng, Binhang Yuan and others",
    source: "Sheng et al. 2023, arXiv:2303.06865, section 3",
    about: "The bytes of weights and of the cache of keys and values for a batch, to show that the cache outgrows the \
            weights.",
    validity: "A dense transformer in 16 bits with two-matrix feed-forward blocks and as many key and value heads as \
               query heads. The paper's own GB and TB are powers of 1024.",
    inputs: &[
        MethodInput::count("batch", "b", "sequence").meaning("sequences at a time"),
        MethodInput::count("layers", "l", "layer").meaning("layers"),
        MethodInput::count("hidden", "h1", "element").meaning("hidden size"),
        MethodInput::count("ffn", "h2", "element").meaning("feed-forward width"),
        MethodInput::number("input_len", "s", "token", Domain::Whole).meaning("tokens of the input"),
        MethodInput::number("output_len", "n", "token", Domain::Whole).meaning("tokens of the output"),
    ],
    quantities: quantities! {
        weights(layers, hidden, ffn): "byte",
        kv_cache(batch, layers, hidden, input_len, output_len): "byte",
        kv_cache_to_weights(kv_cache, weights): "x",
        total(weights, kv_cache): "byte",
    },
    faults: &[
        Fault {
            id: "no-gqa",
            text: "cache and projections are sized by the hidden size, as if there were as many key and value heads as \
                   query heads",
            quantities: &["weights", "kv_cache"],
            effect: Effect::TooHigh,
            when: When::GroupedHeads,
        },
        Fault {
            id: "no-swiglu",
            text: "a gated feed-forward block has three matrices, not two",
            quantities: &["weights"],
            effect: Effect::TooLow,
            when: When::GatedFeedForward,
        },
        Fault {
            id: "no-embeddings",
            text: "embedding and output projection are left out",
            quantities: &["weights"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "sixteen-bits-only",
            text: "every weight and value is counted at 2 bytes",
            quantities: &["weights"],
            effect: Effect::Either,
            when: When::NotTwoByteWeights,
        },
        Fault {
            id: "no-moe",
            text: "one feed-forward block a layer: experts are not counted",
            quantities: &["weights"],
            effect: Effect::TooLow,
            when: When::MixtureOfExperts,
        },
    ],
    examples: &[Example {
        title: "the paper's own: 96 layers of 12,288, a batch of 512, 512 tokens in and 32 out",
        inputs: &[
            ("batch", Value::Number(512.0)),
            ("layers", Value::Number(96.0)),
            ("hidden", Value::Number(12288.0)),
            ("ffn", Value::Number(49152.0)),
            ("input_len", Value::Number(512.0)),
            ("output_len", Value::Number(32.0)),
        ],
    }],
    inputs_of,
    common: &[
        CommonRow::new(Common::WeightsBytes, "weights", SAME),
        CommonRow::new(Common::KvCacheBytes, "kv_cache", SAME),
        CommonRow::new(Common::TotalMemoryBytes, "total", SAME),
    ],
};

fn inputs_of(case: &Case, _: Common) -> Given {
    vec![
        ("batch", Value::count(case.concurrency)),
        ("layers", Value::count(case.layers)),
        ("hidden", Value::count(case.hidden)),
        ("ffn", Value::count(case.ffn)),
        ("input_len", Value::count(case.context.saturating_sub(case.output_tokens))),
        ("output_len", Value::count(case.output_tokens.min(case.context))),
    ]
}
