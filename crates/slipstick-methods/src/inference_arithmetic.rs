//! Transformer inference arithmetic: one accelerator, one batch, pencil and paper.

use crate::{
    CommonRow, Convert, Domain, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, SAME},
};
use slipstick_core::formula;

formula! {
    /// Operations that the chip can do for every byte that it reads.
    ///
    /// `ops_per_byte = 1000·C/W`
    ///
    /// $$ I = \frac{1000\,C}{W} $$
    ///
    /// where C compute in TFLOP/s, W memory bandwidth in GB/s; in FLOP/byte. Work below it is memory-bound.
    ///
    /// ```
    /// # use slipstick_methods::inference_arithmetic::ops_per_byte;
    /// assert!((ops_per_byte(125.0, 600.0) - 208.3).abs() < 0.05); // printed in the text for an A10
    /// ```
    ///
    /// Source: Transformer inference arithmetic, "Arithmetic intensity".
    pub fn ops_per_byte(tflops: f64, bandwidth_gb_s: f64) -> f64 {
        tflops * 1000.0 / bandwidth_gb_s
    }

    /// Bytes that one token occupies in the cache of keys and values.
    ///
    /// `kv_bytes_per_token = 2·2·L·H`
    ///
    /// $$ k = 2 \cdot 2\,L\,H $$
    ///
    /// where L layers, H hidden size, 2 bytes an element, keys and values; in byte/token.
    ///
    /// ```
    /// # use slipstick_methods::inference_arithmetic::kv_bytes_per_token;
    /// assert_eq!(kv_bytes_per_token(32.0, 4096.0), 524_288.0); // printed in the text for Llama 7B
    /// ```
    ///
    /// Source: Transformer inference arithmetic, "Batching".
    pub fn kv_bytes_per_token(layers: f64, hidden: f64) -> f64 {
        2.0 * 2.0 * layers * hidden
    }

    /// Tokens that the memory left beside the weights can hold.
    ///
    /// `kv_cache_tokens = (10^9·M - P·b)/k`
    ///
    /// $$ T = \frac{10^9 M - P\,b}{k} $$
    ///
    /// where M memory in GB, P parameters, b bytes each, k cache bytes per token; in tokens.
    ///
    /// Source: Transformer inference arithmetic, "Batching".
    pub fn kv_cache_tokens(memory_gb: f64, params: f64, bytes_per_param: f64, kv_bytes_per_token: f64) -> f64 {
        (memory_gb * 1e9 - params * bytes_per_param) / kv_bytes_per_token
    }

    /// Whole sequences that fit into the cache.
    ///
    /// `concurrent_sequences = floor(T/S)`
    ///
    /// $$ n = \left\lfloor \frac{T}{S} \right\rfloor $$
    ///
    /// where T cache tokens, S context in tokens; in sequences.
    ///
    /// ```
    /// # use slipstick_methods::inference_arithmetic::concurrent_sequences;
    /// assert_eq!(concurrent_sequences(19_230.0, 4096.0), 4.0); // printed in the text
    /// ```
    ///
    /// Source: Transformer inference arithmetic, "Batching".
    pub fn concurrent_sequences(kv_cache_tokens: f64, context: f64) -> f64 {
        libm::floor(kv_cache_tokens / context)
    }

    /// Time to generate one token: the weights are read once.
    ///
    /// `time_per_token = P·b/(10^9·W)`
    ///
    /// $$ t = \frac{P\,b}{10^9\,W} $$
    ///
    /// where P parameters, b bytes each, W memory bandwidth in GB/s; in seconds.
    ///
    /// Source: Transformer inference arithmetic, "Time per token".
    pub fn time_per_token(params: f64, bytes_per_param: f64, bandwidth_gb_s: f64) -> f64 {
        params * bytes_per_param / (bandwidth_gb_s * 1e9)
    }

    /// Time to read the prompt.
    ///
    /// `prefill_time = n·P/(10^12·C)`
    ///
    /// $$ t_p = \frac{n\,P}{10^{12}\,C} $$
    ///
    /// where n prompt tokens, P parameters, C compute in TFLOP/s; in seconds.
    ///
    /// Source: Transformer inference arithmetic, "Time per token".
    pub fn prefill_time(prompt_tokens: f64, params: f64, tflops: f64) -> f64 {
        prompt_tokens * (params / (tflops * 1e12))
    }

    /// Time of a whole request.
    ///
    /// `generation_time = t_p + n·t`
    ///
    /// $$ t_{total} = t_p + n\,t $$
    ///
    /// where t_p prefill time, n generated tokens, t time per token; in seconds.
    ///
    /// Source: Transformer inference arithmetic, "Time per token".
    pub fn generation_time(prefill_time: f64, output_tokens: f64, time_per_token: f64) -> f64 {
        prefill_time + output_tokens * time_per_token
    }

    /// Latency per token of a measured run, over the whole batch.
    ///
    /// `per_token_latency = t/n`
    ///
    /// $$ l = \frac{t}{n} $$
    ///
    /// where t elapsed time in seconds, n tokens of all sequences; in seconds.
    ///
    /// Source: Transformer inference arithmetic, "Other metrics".
    pub fn per_token_latency(end_to_end_s: f64, total_tokens: f64) -> f64 {
        end_to_end_s / total_tokens
    }

    /// Tokens per second of a measured run.
    ///
    /// `throughput = n/t`
    ///
    /// $$ r = \frac{n}{t} $$
    ///
    /// where n tokens of all sequences, t elapsed time in seconds; in token/s.
    ///
    /// Source: Transformer inference arithmetic, "Other metrics".
    pub fn throughput(total_tokens: f64, end_to_end_s: f64) -> f64 {
        total_tokens / end_to_end_s
    }

    /// Rate of work of a measured run.
    ///
    /// `tflops = 12·L·H^2·b/l/10^12`
    ///
    /// $$ c = \frac{12\,L\,H^2\,b}{10^{12}\,l} $$
    ///
    /// where 12·L·H^2 stands for the parameters, b bytes each (which at 2 equals the 2 FLOP of a multiply-add), l
    /// latency per token in seconds; in TFLOP/s.
    ///
    /// Source: Transformer inference arithmetic, "Other metrics".
    pub fn tflops(layers: f64, hidden: f64, bytes_per_param: f64, per_token_latency: f64) -> f64 {
        layers * hidden * hidden * 12.0 * bytes_per_param / per_token_latency / 1e12
    }
}

/// The card of Transformer inference arithmetic.
pub static METHOD: Method = Method {
    id: "inference-arithmetic",
    title: "Transformer inference arithmetic",
    authors: "anonymous notes, after Baseten's inference guide and kipply",
    source: "Transformer inference arithmetic (notes with a summary routine after DeepSpeed's examples)",
    about: "Whether work is bound by compute or memory, how many sequences fit, and how long a request takes, for one \
            accelerator; and the summary of a measured run.",
    validity: "A dense model with as many key and value heads as query heads, on one accelerator, one sequence at a \
               time for the times, at peak rates.",
    inputs: &[
        MethodInput::label("accelerator").meaning("name of the accelerator"),
        MethodInput::positive("memory_gb", "M", "GB").meaning("memory of the accelerator"),
        MethodInput::positive("tflops", "C", "TFLOP/s").meaning("compute of the accelerator"),
        MethodInput::positive("bandwidth_gb_s", "W", "GB/s").meaning("memory bandwidth of the accelerator"),
        MethodInput::positive("params", "P", "parameter").meaning("parameters of the model"),
        MethodInput::positive("bytes_per_param", "b", "byte").or(2.0).meaning("bytes per parameter"),
        MethodInput::count("layers", "L", "layer").meaning("layers"),
        MethodInput::count("hidden", "H", "element").meaning("hidden size"),
        MethodInput::count("context", "S", "token").meaning("tokens per sequence"),
        MethodInput::number("prompt_tokens", "n_p", "token", Domain::Whole).meaning("tokens of the prompt"),
        MethodInput::number("output_tokens", "n", "token", Domain::Whole).meaning("tokens generated"),
        MethodInput::positive("end_to_end_s", "t", "s").meaning("elapsed time of a measured run"),
        MethodInput::count("total_tokens", "n_t", "token")
            .meaning("tokens of all sequences of a measured run"),
    ],
    quantities: quantities! {
        ops_per_byte(tflops, bandwidth_gb_s): "FLOP/byte",
        kv_bytes_per_token(layers, hidden): "byte/token",
        kv_cache_tokens(memory_gb, params, bytes_per_param, kv_bytes_per_token): "token",
        concurrent_sequences(kv_cache_tokens, context): "sequence",
        time_per_token(params, bytes_per_param, bandwidth_gb_s): "s",
        prefill_time(prompt_tokens, params, tflops): "s",
        generation_time(prefill_time, output_tokens, time_per_token): "s",
        per_token_latency(end_to_end_s, total_tokens): "s",
        throughput(total_tokens, end_to_end_s): "token/s",
        tflops(layers, hidden, bytes_per_param, per_token_latency): "TFLOP/s",
    },
    faults: &[
        Fault {
            id: "multiply-add-as-one",
            text: "a token costs 2 FLOP per parameter, one multiplication and one addition; the prefill counts 1",
            quantities: &["prefill_time"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "peak-rates",
            text: "compute and bandwidth at their peaks: no accelerator reaches them",
            quantities: &["prefill_time", "time_per_token"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "no-kv-traffic",
            text: "every generated token also reads the cache of its own sequence",
            quantities: &["time_per_token"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "batch-of-one",
            text: "times are for one sequence; with more, a step serves all of them, reads each cache and at last \
                   becomes compute-bound",
            quantities: &["time_per_token", "generation_time"],
            effect: Effect::Either,
            when: When::Batched,
        },
        Fault {
            id: "no-gqa",
            text: "the cache is sized by the hidden size, as if there were as many key and value heads as query heads",
            quantities: &["kv_bytes_per_token"],
            effect: Effect::TooHigh,
            when: When::GroupedHeads,
        },
        Fault {
            id: "weights-only",
            text: "all memory beside the weights is given to the cache: none for activations, buffers or the driver",
            quantities: &["kv_cache_tokens"],
            effect: Effect::TooHigh,
            when: When::Always,
        },
        Fault {
            id: "bytes-as-flops",
            text: "the summary multiplies by bytes per parameter where 2 FLOP are meant: at fp32 it doubles the rate",
            quantities: &["tflops"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "twelve-layers-hidden-squared",
            text: "12·L·H^2 leaves out embeddings and assumes 4 attention matrices and a feed-forward width of 4·H in 2",
            quantities: &["tflops"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "all-experts",
            text: "all parameters are counted for each token, not the active ones",
            quantities: &["prefill_time", "time_per_token"],
            effect: Effect::TooHigh,
            when: When::MixtureOfExperts,
        },
        Fault {
            id: "one-accelerator",
            text: "several accelerators appear as one with summed memory, compute and bandwidth: links cost nothing",
            quantities: &["prefill_time", "time_per_token", "kv_cache_tokens"],
            effect: Effect::Either,
            when: When::SeveralAccelerators,
        },
    ],
    examples: &[
        Example {
            title: "the text's own: 7 billion parameters on an accelerator of 24 GB, 125 TFLOP/s and 600 GB/s",
            inputs: &[
                ("memory_gb", Value::Number(24.0)),
                ("tflops", Value::Number(125.0)),
                ("bandwidth_gb_s", Value::Number(600.0)),
                ("params", Value::Number(7e9)),
                ("layers", Value::Number(32.0)),
                ("hidden", Value::Number(4096.0)),
                ("context", Value::Number(4096.0)),
                ("prompt_tokens", Value::Number(350.0)),
                ("output_tokens", Value::Number(150.0)),
            ],
        },
        Example {
            title: "a measured run of 16,384 tokens in 12.5 s",
            inputs: &[
                ("end_to_end_s", Value::Number(12.5)),
                ("total_tokens", Value::Number(16384.0)),
                ("layers", Value::Number(32.0)),
                ("hidden", Value::Number(4096.0)),
            ],
        },
    ],
    inputs_of,
    common: &[
        CommonRow::new(Common::KvCacheBytes, "kv_bytes_per_token", Convert::PerContext),
        CommonRow::new(Common::MaxConcurrency, "concurrent_sequences", SAME),
        CommonRow::new(Common::PrefillSeconds, "prefill_time", SAME),
        CommonRow::new(Common::DecodeSecondsPerToken, "time_per_token", SAME),
        CommonRow::new(Common::TokensPerSecond, "time_per_token", Convert::Inverse),
    ],
};

fn inputs_of(case: &Case, _: Common) -> Given {
    vec![
        ("memory_gb", Value::Number(case.total_memory_gb())),
        ("tflops", Value::Number(case.total_tflops())),
        ("bandwidth_gb_s", Value::Number(case.total_gb_per_s())),
        ("params", Value::count(case.parameters)),
        ("bytes_per_param", Value::Number(case.bytes_per_weight)),
        ("layers", Value::count(case.layers)),
        ("hidden", Value::count(case.hidden)),
        ("context", Value::count(case.context)),
        ("prompt_tokens", Value::count(case.input_tokens)),
        ("output_tokens", Value::count(case.output_tokens)),
    ]
}
