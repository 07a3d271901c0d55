//! kipply's transformer inference arithmetic: capacity, latency and communication on several accelerators.

use crate::{
    CommonRow, Convert, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, SAME},
};
use slipstick_core::formula;

formula! {
    /// Bytes that one token occupies in the cache of keys and values.
    ///
    /// `kv_bytes_per_token = 2·2·n_layers·n_heads·d_head`
    ///
    /// $$ 2 \cdot 2 \cdot n_{layers} \cdot n_{heads} \cdot d_{head} $$
    ///
    /// where keys and values of 2 bytes each; in byte/token.
    ///
    /// ```
    /// # use slipstick_methods::kipply::kv_bytes_per_token;
    /// assert_eq!(kv_bytes_per_token(64.0, 64.0, 128.0), 2_097_152.0); // printed for the 52B model
    /// ```
    ///
    /// Source: kipply 2022, "kv cache".
    pub fn kv_bytes_per_token(n_layers: f64, n_heads: f64, d_head: f64) -> f64 {
        2.0 * 2.0 * n_layers * n_heads * d_head
    }

    /// Bytes of the weights.
    ///
    /// `weights = 2·P`
    ///
    /// $$ 2\,P $$
    ///
    /// where P parameters; in bytes.
    ///
    /// ```
    /// # use slipstick_methods::kipply::weights;
    /// assert_eq!(weights(52_076_478_464.0), 104_152_956_928.0); // printed for the 52B model
    /// ```
    ///
    /// Source: kipply 2022, "capacity".
    pub fn weights(params: f64) -> f64 {
        2.0 * params
    }

    /// Tokens that the memory left beside the weights can hold.
    ///
    /// `kv_tokens = (10^9·N·M - 2·P)/k`
    ///
    /// $$ \frac{10^9 N M - 2P}{k} $$
    ///
    /// where N accelerators of M GB, k cache bytes per token; in tokens.
    ///
    /// ```
    /// # use slipstick_methods::kipply::kv_tokens;
    /// // Printed for the 52B model on three accelerators of 40 GB: about 8,000, the cache rounded down to 0.002 GB.
    /// let tokens = kv_tokens(3.0, 40.0, 104e9, 0.002e9);
    /// assert_eq!(tokens, 8000.0);
    /// ```
    ///
    /// Source: kipply 2022, "capacity".
    pub fn kv_tokens(n: f64, memory_gb: f64, weights: f64, kv_bytes_per_token: f64) -> f64 {
        (memory_gb * 1e9 * n - weights) / kv_bytes_per_token
    }

    /// The batch from which compute binds.
    ///
    /// `compute_bound_from_batch = 1000·A_f/A_bm`
    ///
    /// $$ \frac{1000\,A_f}{A_{bm}} $$
    ///
    /// where A_f compute in TFLOP/s, A_bm memory bandwidth in GB/s; in sequences.
    ///
    /// ```
    /// # use slipstick_methods::kipply::compute_bound_from_batch;
    /// assert_eq!(compute_bound_from_batch(312.0, 1500.0), 208.0); // printed for an A100
    /// ```
    ///
    /// Source: kipply 2022, "kv cache" and "batch sizes".
    pub fn compute_bound_from_batch(a_f: f64, a_bm: f64) -> f64 {
        1e3 * a_f / a_bm
    }

    /// Time to bring the weights from memory, once for a step.
    ///
    /// `memory_time = 2·P/(10^9·N·A_bm)`
    ///
    /// $$ \frac{2P}{10^9 N A_{bm}} $$
    ///
    /// where 2·P bytes of the weights, N accelerators of A_bm GB/s; in seconds.
    ///
    /// ```
    /// # use slipstick_methods::kipply::{memory_time, weights};
    /// // Printed for a model the size of Gopher, 260 billion parameters, on 16 accelerators of 1.5 TB/s: 22 ms.
    /// assert!((memory_time(weights(260e9), 16.0, 1500.0) - 0.022).abs() < 5e-4);
    /// ```
    ///
    /// Source: kipply 2022, "latency calculations".
    pub fn memory_time(weights: f64, n: f64, a_bm: f64) -> f64 {
        weights / (n * a_bm * 1e9)
    }

    /// Time of communication in a step with a small batch: four exchanges a layer, 10 microseconds each.
    ///
    /// `comms_small = n_layers·4·10·10^-6`
    ///
    /// $$ n_{layers} \cdot 4 \cdot 10\,\mu s $$
    ///
    /// in seconds.
    ///
    /// Source: kipply 2022, "latency calculations".
    pub fn comms_small(n_layers: f64) -> f64 {
        n_layers * 4.0 * 10e-6
    }

    /// Time to compute a step.
    ///
    /// `compute_time = B·2·P/(10^12·N·A_f)`
    ///
    /// $$ B \cdot \frac{2P}{10^{12} N A_f} $$
    ///
    /// where B sequences, P parameters, N accelerators of A_f TFLOP/s; in seconds.
    ///
    /// ```
    /// # use slipstick_methods::kipply::compute_time;
    /// // Printed: Gopher's size, batch 512, 16 accelerators: 53 ms. The 52B model, batch 256, four: about 21 ms.
    /// assert!((compute_time(512.0, 260e9, 16.0, 312.0) - 0.053).abs() < 5e-4);
    /// assert!((compute_time(256.0, 52e9, 4.0, 312.0) - 0.021).abs() < 5e-4);
    /// ```
    ///
    /// Source: kipply 2022, "latency calculations".
    pub fn compute_time(batch: f64, params: f64, n: f64, a_f: f64) -> f64 {
        batch * 2.0 * params / (n * a_f * 1e12)
    }

    /// Time of communication in a step with a large batch.
    ///
    /// `comms_large = B·n_layers·4·d_model/(10^9·A_c)`
    ///
    /// $$ B \cdot \frac{n_{layers} \cdot 4 \cdot d_{model}}{10^9 A_c} $$
    ///
    /// where B sequences, A_c bandwidth between accelerators in GB/s; in seconds.
    ///
    /// ```
    /// # use slipstick_methods::kipply::comms_large;
    /// // Printed: 80 layers of 16,384, batch 512, 300 GB/s: 9 ms. The 52B model, batch 256: about 2 ms.
    /// assert!((comms_large(512.0, 80.0, 16384.0, 300.0) - 0.009).abs() < 5e-4);
    /// assert!((comms_large(256.0, 64.0, 8192.0, 300.0) - 0.002).abs() < 5e-4);
    /// ```
    ///
    /// Source: kipply 2022, "latency calculations".
    pub fn comms_large(batch: f64, n_layers: f64, d_model: f64, a_c: f64) -> f64 {
        batch * n_layers * 4.0 * d_model / (a_c * 1e9)
    }

    /// Time of a step: bound by memory or by compute, whichever is later, each with its communication.
    ///
    /// `step_time = max(memory_time + comms_small, compute_time + comms_large)`
    ///
    /// $$ t = \max(t_m + c_s,\; t_c + c_l) $$
    ///
    /// in seconds.
    ///
    /// Source: kipply 2022, "latency calculations" and "batch sizes".
    pub fn step_time(memory_time: f64, comms_small: f64, compute_time: f64, comms_large: f64) -> f64 {
        (memory_time + comms_small).max(compute_time + comms_large)
    }

    /// Tokens generated in a second by the whole batch.
    ///
    /// `tokens_per_s = B/t`
    ///
    /// $$ \frac{B}{t} $$
    ///
    /// where B sequences, t time of a step; in token/s.
    ///
    /// Source: kipply 2022, "latency calculations".
    pub fn tokens_per_s(batch: f64, step_time: f64) -> f64 {
        batch / step_time
    }

    /// FLOPs of one token.
    ///
    /// `flops_per_token = n_layers·24·d_model^2`
    ///
    /// $$ n_{layers} \cdot 24 \cdot d_{model}^2 $$
    ///
    /// where 6 for queries, keys and values, 2 for the projection, 16 for the feed-forward block; in FLOP.
    ///
    /// ```
    /// # use slipstick_methods::kipply::flops_per_token;
    /// assert_eq!(flops_per_token(64.0, 8192.0), 103_079_215_104.0); // printed for the 52B model
    /// ```
    ///
    /// Source: kipply 2022, "flops counting".
    pub fn flops_per_token(n_layers: f64, d_model: f64) -> f64 {
        n_layers * 24.0 * d_model * d_model
    }
}

/// The card of kipply's arithmetic.
pub static METHOD: Method = Method {
    id: "kipply-2022",
    title: "Transformer Inference Arithmetic",
    authors: "kipply (Carol Chen)",
    source: "kipply 2022, Transformer Inference Arithmetic (blog)",
    about: "What fits beside the weights, when a batch turns from memory-bound to compute-bound, and how long a decoding \
            step takes with tensor parallelism.",
    validity: "A dense model in 16 bits with as many key and value heads as query heads, accelerators of one node, peak \
               rates.",
    inputs: &[
        MethodInput::positive("params", "P", "parameter").meaning("parameters of the model"),
        MethodInput::count("n_layers", "n_layers", "layer").meaning("layers"),
        MethodInput::count("n_heads", "n_heads", "head").meaning("attention heads"),
        MethodInput::count("d_head", "d_head", "element").meaning("width of a head"),
        MethodInput::count("d_model", "d_model", "element").meaning("hidden size"),
        MethodInput::count("batch", "B", "sequence").meaning("sequences at a time"),
        MethodInput::count("n", "N", "accelerator").or(1.0).meaning("accelerators"),
        MethodInput::positive("memory_gb", "M", "GB").meaning("memory of one accelerator"),
        MethodInput::positive("a_f", "A_f", "TFLOP/s").meaning("compute of one accelerator"),
        MethodInput::positive("a_bm", "A_bm", "GB/s").meaning("memory bandwidth of one accelerator"),
        MethodInput::positive("a_c", "A_c", "GB/s")
            .or(300.0)
            .meaning("bandwidth between accelerators, one way"),
    ],
    quantities: quantities! {
        kv_bytes_per_token(n_layers, n_heads, d_head): "byte/token",
        weights(params): "byte",
        kv_tokens(n, memory_gb, weights, kv_bytes_per_token): "token",
        compute_bound_from_batch(a_f, a_bm): "sequence",
        memory_time(weights, n, a_bm): "s",
        comms_small(n_layers): "s",
        compute_time(batch, params, n, a_f): "s",
        comms_large(batch, n_layers, d_model, a_c): "s",
        step_time(memory_time, comms_small, compute_time, comms_large): "s",
        tokens_per_s(batch, step_time): "token/s",
        flops_per_token(n_layers, d_model): "FLOP",
    },
    faults: FAULTS,
    examples: &[Example {
        title: "the 52B model on four accelerators of 40 GB, 312 TFLOP/s and 1,555 GB/s, a batch of 256",
        inputs: &[
            ("params", Value::Number(52_076_478_464.0)),
            ("n_layers", Value::Number(64.0)),
            ("n_heads", Value::Number(64.0)),
            ("d_head", Value::Number(128.0)),
            ("d_model", Value::Number(8192.0)),
            ("batch", Value::Number(256.0)),
            ("n", Value::Number(4.0)),
            ("memory_gb", Value::Number(40.0)),
            ("a_f", Value::Number(312.0)),
            ("a_bm", Value::Number(1555.0)),
        ],
    }],
    inputs_of,
    common: &[
        CommonRow::new(Common::WeightsBytes, "weights", SAME),
        CommonRow::new(Common::KvCacheBytes, "kv_bytes_per_token", Convert::PerContext),
        CommonRow::new(Common::MaxConcurrency, "kv_tokens", Convert::OverContext),
        CommonRow::new(Common::FlopsPerToken, "flops_per_token", SAME),
        CommonRow::new(Common::PrefillSeconds, "compute_time", SAME),
        CommonRow::new(Common::DecodeSecondsPerToken, "step_time", SAME),
        CommonRow::new(Common::TokensPerSecond, "tokens_per_s", SAME),
    ],
};

const FAULTS: &[Fault] = &[
    Fault {
        id: "no-kv-traffic",
        text: "every generated token also reads the cache of its own sequence, which long contexts make the larger part",
        quantities: &["memory_time"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "no-gqa",
        text: "as many key and value heads as query heads are counted",
        quantities: &["kv_bytes_per_token", "flops_per_token"],
        effect: Effect::TooHigh,
        when: When::GroupedHeads,
    },
    Fault {
        id: "peak-rates",
        text: "compute and bandwidth at their peaks: no accelerator reaches them",
        quantities: &["memory_time", "compute_time"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "sixteen-bits-only",
        text: "every weight is counted at 2 bytes",
        quantities: &["weights"],
        effect: Effect::Either,
        when: When::NotTwoByteWeights,
    },
    Fault {
        id: "feed-forward-4d",
        text: "24·d² takes the feed-forward block for two matrices of width 4·d, and leaves attention to the context and \
               the output projection out",
        quantities: &["flops_per_token"],
        effect: Effect::Either,
        when: When::Always,
    },
    Fault {
        id: "all-experts",
        text: "all parameters are counted for each token, not the active ones",
        quantities: &["compute_time", "memory_time"],
        effect: Effect::TooHigh,
        when: When::MixtureOfExperts,
    },
    Fault {
        id: "half-of-the-exchange",
        text: "four exchanges of d elements a layer are counted at one byte an element; 16-bit elements take two",
        quantities: &["comms_large"],
        effect: Effect::TooLow,
        when: When::SeveralAccelerators,
    },
    Fault {
        id: "comms-on-one",
        text: "communication is charged though a single accelerator has none",
        quantities: &["comms_small", "comms_large"],
        effect: Effect::TooHigh,
        when: When::OneAccelerator,
    },
];

/// A prompt of n tokens is computed as a batch of n tokens is.
fn inputs_of(case: &Case, common: Common) -> Given {
    let tokens = if common == Common::PrefillSeconds { case.input_tokens } else { case.concurrency };
    vec![
        ("params", Value::count(case.parameters)),
        ("n_layers", Value::count(case.layers)),
        ("n_heads", Value::count(case.heads)),
        ("d_head", Value::count(case.head_dim)),
        ("d_model", Value::count(case.hidden)),
        ("batch", Value::count(tokens)),
        ("n", Value::count(case.accelerators)),
        ("memory_gb", Value::Number(case.memory.as_gb())),
        ("a_f", Value::Number(case.peak.as_tflops_per_s())),
        ("a_bm", Value::Number(case.bandwidth.as_gb_per_s())),
    ]
}
