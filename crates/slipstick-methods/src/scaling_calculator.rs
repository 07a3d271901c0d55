//! LLM Scaling Calculator: FLOPs, VRAM, latency and throughput from a model's dimensions.
#![expect(non_snake_case, reason = "the symbols are the author's, and the inputs' keys")]

use crate::{
    CommonRow, Domain, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, GIB, SAME},
};
use slipstick_core::formula;

const BITS_PER_GIB: f64 = 8.0 * 1_073_741_824.0;

formula! {
    /// FLOPs of attention in one layer.
    ///
    /// `flops_attention = B·S·(H^2 + S·H)`
    ///
    /// $$ F_a = B\,S\,(H^2 + S\,H) $$
    ///
    /// where B sequences, S tokens each, H hidden size; in FLOP.
    ///
    /// Source: LLM Scaling Calculator, 1.1.
    pub fn flops_attention(B: f64, S: f64, H: f64) -> f64 {
        B * S * (H * H + S * H)
    }

    /// FLOPs of the feed-forward block in one layer.
    ///
    /// `flops_feedforward = 2·B·S·H·F`
    ///
    /// $$ F_f = 2\,B\,S\,H\,F $$
    ///
    /// where B sequences, S tokens each, H hidden size, F feed-forward width; in FLOP.
    ///
    /// Source: LLM Scaling Calculator, 1.2.
    pub fn flops_feedforward(B: f64, S: f64, H: f64, F: f64) -> f64 {
        2.0 * B * S * H * F
    }

    /// FLOPs to read the whole context.
    ///
    /// `flops_prefill = L·(flops_attention + flops_feedforward)`
    ///
    /// $$ F_p = L\,(F_a + F_f) $$
    ///
    /// where L layers; in FLOP.
    ///
    /// Source: LLM Scaling Calculator, 1.3.
    pub fn flops_prefill(L: f64, flops_attention: f64, flops_feedforward: f64) -> f64 {
        L * (flops_attention + flops_feedforward)
    }

    /// FLOPs to generate one token.
    ///
    /// `flops_per_token = L·(B·(H^2 + S·H) + 2·B·H·F)`
    ///
    /// $$ F_t = L\left(B\,(H^2 + S\,H) + 2\,B\,H\,F\right) $$
    ///
    /// where B sequences, S tokens each, H hidden size, F feed-forward width, L layers; in FLOP.
    ///
    /// Source: LLM Scaling Calculator, 1.4.
    pub fn flops_per_token(L: f64, B: f64, H: f64, S: f64, F: f64) -> f64 {
        L * (B * (H * H + S * H) + 2.0 * B * H * F)
    }

    /// Parameters.
    ///
    /// `params = 4·H^2·L + 2·H·F·L + V·H + 4·H·L + 2·H`
    ///
    /// $$ P = 4 H^2 L + 2 H F L + V H + 4 H L + 2 H $$
    ///
    /// where H hidden size, F feed-forward width, L layers, V vocabulary; in parameters.
    ///
    /// Source: LLM Scaling Calculator, 2.1.
    pub fn params(H: f64, L: f64, F: f64, V: f64) -> f64 {
        4.0 * H * H * L + 2.0 * H * F * L + V * H + 4.0 * H * L + 2.0 * H
    }

    /// VRAM of the weights.
    ///
    /// `vram_weights = P·b/(8·1024^3)·f_w`
    ///
    /// $$ V_w = \frac{P\,b}{8 \cdot 1024^3}\,f_w $$
    ///
    /// where P parameters, b bits each, f_w overhead (1.05); in GiB.
    ///
    /// Source: LLM Scaling Calculator, 2.1.
    pub fn vram_weights(params: f64, bits: f64, f_weights: f64) -> f64 {
        params * bits / BITS_PER_GIB * f_weights
    }

    /// VRAM of the cache of keys and values.
    ///
    /// `vram_kv_cache = 2·B·S·H·L·b/(8·1024^3)·f_kv`
    ///
    /// $$ V_{kv} = \frac{2\,B\,S\,H\,L\,b}{8 \cdot 1024^3}\,f_{kv} $$
    ///
    /// where B sequences, S tokens each, H hidden size, L layers, b bits a value, f_kv overhead (1.05); in GiB.
    ///
    /// Source: LLM Scaling Calculator, 2.2.
    pub fn vram_kv_cache(B: f64, S: f64, H: f64, L: f64, bits: f64, f_kv: f64) -> f64 {
        2.0 * B * S * H * L * bits / BITS_PER_GIB * f_kv
    }

    /// VRAM of the activations.
    ///
    /// `vram_activations = 4·B·S·H·b/(8·1024^3)·f_a`
    ///
    /// $$ V_a = \frac{4\,B\,S\,H\,b}{8 \cdot 1024^3}\,f_a $$
    ///
    /// where B sequences, S tokens each, H hidden size, b bits a value, f_a overhead (1.1); in GiB.
    ///
    /// Source: LLM Scaling Calculator, 2.3.
    pub fn vram_activations(B: f64, S: f64, H: f64, bits: f64, f_activations: f64) -> f64 {
        4.0 * B * S * H * bits / BITS_PER_GIB * f_activations
    }

    /// VRAM of everything.
    ///
    /// `vram_total = (V_w + V_kv + V_a)·f_s`
    ///
    /// $$ V = (V_w + V_{kv} + V_a)\,f_s $$
    ///
    /// where weights, cache and activations, f_s overhead of the system (1.05); in GiB.
    ///
    /// Source: LLM Scaling Calculator, 2.4.
    pub fn vram_total(vram_weights: f64, vram_kv_cache: f64, vram_activations: f64, f_system: f64) -> f64 {
        (vram_weights + vram_kv_cache + vram_activations) * f_system
    }

    /// Tokens per second.
    ///
    /// `tokens_per_second = 10^12·C·e/F_t`
    ///
    /// $$ r = \frac{10^{12}\,C\,e}{F_t} $$
    ///
    /// where C compute of the GPU in TFLOP/s, e share of it reached, F_t FLOPs per token; in token/s.
    ///
    /// Source: LLM Scaling Calculator, 3.1.
    pub fn tokens_per_second(tfl: f64, eff: f64, flops_per_token: f64) -> f64 {
        tfl * 1e12 * eff / flops_per_token
    }

    /// Time to read the whole context.
    ///
    /// `prefill_latency = F_p/(10^12·C·e)`
    ///
    /// $$ t_p = \frac{F_p}{10^{12}\,C\,e} $$
    ///
    /// where F_p FLOPs of the prefill, C compute in TFLOP/s, e share of it reached; in seconds.
    ///
    /// Source: LLM Scaling Calculator, 3.2.
    pub fn prefill_latency(flops_prefill: f64, tfl: f64, eff: f64) -> f64 {
        flops_prefill / (tfl * 1e12 * eff)
    }

    /// Time of a token when compute binds.
    ///
    /// `token_latency_compute = F_t/(10^12·C·e)`
    ///
    /// $$ t_c = \frac{F_t}{10^{12}\,C\,e} $$
    ///
    /// where F_t FLOPs per token, C compute in TFLOP/s, e share of it reached; in seconds.
    ///
    /// Source: LLM Scaling Calculator, 3.3.
    pub fn token_latency_compute(flops_per_token: f64, tfl: f64, eff: f64) -> f64 {
        flops_per_token / (tfl * 1e12 * eff)
    }

    /// Time of a token when memory binds: all parameters are read.
    ///
    /// `token_latency_memory = P·(b/8)/(10^9·W·e)`
    ///
    /// $$ t_m = \frac{P\,b/8}{10^9\,W\,e} $$
    ///
    /// where P parameters of b bits, W bandwidth in GB/s, e share of it reached; in seconds.
    ///
    /// Source: LLM Scaling Calculator, 3.3.
    pub fn token_latency_memory(params: f64, bits: f64, bw: f64, eff: f64) -> f64 {
        params * (bits / 8.0) / (bw * 1e9 * eff)
    }

    /// Time of a token.
    ///
    /// `token_latency = max(t_c, t_m)`
    ///
    /// $$ t = \max(t_c, t_m) $$
    ///
    /// where t_c when compute and t_m when memory binds; in seconds.
    ///
    /// Source: LLM Scaling Calculator, 3.3.
    pub fn token_latency(token_latency_compute: f64, token_latency_memory: f64) -> f64 {
        token_latency_compute.max(token_latency_memory)
    }

    /// Time to generate several tokens.
    ///
    /// `time_n_tokens = t·n`
    ///
    /// $$ t_n = t\,n $$
    ///
    /// where t time of a token, n tokens; in seconds.
    ///
    /// Source: LLM Scaling Calculator, 3.4.
    pub fn time_n_tokens(token_latency: f64, n_tok: f64) -> f64 {
        token_latency * n_tok
    }

    /// Share of the peak that is reached, from four causes.
    ///
    /// `efficiency = f_b·f_m·f_u·f_f`
    ///
    /// $$ e = f_b\,f_m\,f_u\,f_f $$
    ///
    /// where f_b base (0.3 to 0.5), f_m memory (0.5 to 0.9), f_u utilisation (0.6 to 0.9), f_f framework (0.7 to 0.95);
    /// a share.
    ///
    /// Source: LLM Scaling Calculator, 5.
    pub fn efficiency(f_base: f64, f_memory_bound: f64, f_utilization: f64, f_framework: f64) -> f64 {
        f_base * f_memory_bound * f_utilization * f_framework
    }

    /// How much faster several GPUs are than one.
    ///
    /// `speedup = N·f`
    ///
    /// $$ s = N\,f $$
    ///
    /// where N GPUs, f scaling (0.7 to 0.9); a factor.
    ///
    /// Source: LLM Scaling Calculator, 6.
    pub fn speedup(ngpu: f64, fscale: f64) -> f64 {
        ngpu * fscale
    }
}

/// The card of LLM Scaling Calculator.
pub static METHOD: Method = Method {
    id: "scaling-calculator",
    title: "LLM Scaling Calculator",
    authors: "the author of LLM Scaling Calculator",
    source: "LLM Scaling Calculator, Metrics Calculation Methodology",
    about: "FLOPs, parameters, VRAM, throughput and latency from the dimensions of a model and one GPU, with one \
            efficiency for compute and memory.",
    validity: "A dense transformer with two-matrix feed-forward blocks and as many key and value heads as query heads, \
               on one GPU.",
    inputs: &[
        MethodInput::count("B", "B", "sequence").or(1.0).meaning("sequences at a time"),
        MethodInput::count("S", "S", "token").meaning("tokens per sequence"),
        MethodInput::count("H", "H", "element").meaning("hidden size"),
        MethodInput::count("F", "F", "element").meaning("feed-forward width"),
        MethodInput::count("L", "L", "layer").meaning("layers"),
        MethodInput::count("V", "V", "entry").meaning("vocabulary"),
        MethodInput::positive("bits", "b", "bit").or(16.0).meaning("bits per parameter and value"),
        MethodInput::positive("tfl", "C", "TFLOP/s").meaning("compute of the GPU"),
        MethodInput::positive("bw", "W", "GB/s").meaning("memory bandwidth of the GPU"),
        MethodInput::positive("eff", "e", "")
            .or(0.3)
            .meaning("share of compute and bandwidth reached, 0.2 to 0.3"),
        MethodInput::number("n_tok", "n", "token", Domain::Whole).or(128.0).meaning("tokens generated"),
        MethodInput::count("ngpu", "N", "GPU").or(1.0).meaning("GPUs"),
        MethodInput::positive("fscale", "f", "").or(0.8).meaning("scaling over GPUs, 0.7 to 0.9"),
        MethodInput::positive("f_weights", "f_w", "").or(1.05).meaning("overhead on weights"),
        MethodInput::positive("f_kv", "f_kv", "").or(1.05).meaning("overhead on the cache"),
        MethodInput::positive("f_activations", "f_a", "").or(1.1).meaning("overhead on activations"),
        MethodInput::positive("f_system", "f_s", "").or(1.05).meaning("overhead of the system"),
        MethodInput::positive("f_base", "f_b", "").meaning("base efficiency, 0.3 to 0.5"),
        MethodInput::positive("f_memory_bound", "f_m", "")
            .meaning("reduction by memory bandwidth, 0.5 to 0.9"),
        MethodInput::positive("f_utilization", "f_u", "").meaning("reduction by utilisation, 0.6 to 0.9"),
        MethodInput::positive("f_framework", "f_f", "").meaning("reduction by the framework, 0.7 to 0.95"),
    ],
    quantities: quantities! {
        flops_attention(B, S, H): "FLOP",
        flops_feedforward(B, S, H, F): "FLOP",
        flops_prefill(L, flops_attention, flops_feedforward): "FLOP",
        flops_per_token(L, B, H, S, F): "FLOP",
        params(H, L, F, V): "parameter",
        vram_weights(params, bits, f_weights): "GiB",
        vram_kv_cache(B, S, H, L, bits, f_kv): "GiB",
        vram_activations(B, S, H, bits, f_activations): "GiB",
        vram_total(vram_weights, vram_kv_cache, vram_activations, f_system): "GiB",
        tokens_per_second(tfl, eff, flops_per_token): "token/s",
        prefill_latency(flops_prefill, tfl, eff): "s",
        token_latency_compute(flops_per_token, tfl, eff): "s",
        token_latency_memory(params, bits, bw, eff): "s",
        token_latency(token_latency_compute, token_latency_memory): "s",
        time_n_tokens(token_latency, n_tok): "s",
        efficiency(f_base, f_memory_bound, f_utilization, f_framework): "share",
        speedup(ngpu, fscale): "x",
    },
    faults: FAULTS,
    examples: &[Example {
        title: "32 layers of 4,096 with a context of 2,048 on a GPU of 312 TFLOP/s and 2,039 GB/s",
        inputs: &[
            ("B", Value::Number(1.0)),
            ("S", Value::Number(2048.0)),
            ("H", Value::Number(4096.0)),
            ("F", Value::Number(11008.0)),
            ("L", Value::Number(32.0)),
            ("V", Value::Number(32000.0)),
            ("tfl", Value::Number(312.0)),
            ("bw", Value::Number(2039.0)),
            ("f_base", Value::Number(0.5)),
            ("f_memory_bound", Value::Number(0.9)),
            ("f_utilization", Value::Number(0.9)),
            ("f_framework", Value::Number(0.7)),
        ],
    }],
    inputs_of,
    common: &[
        CommonRow::new(Common::Parameters, "params", SAME),
        CommonRow::new(Common::WeightsBytes, "vram_weights", GIB),
        CommonRow::new(Common::KvCacheBytes, "vram_kv_cache", GIB),
        CommonRow::new(Common::ActivationBytes, "vram_activations", GIB),
        CommonRow::new(Common::TotalMemoryBytes, "vram_total", GIB),
        CommonRow::new(Common::FlopsPerToken, "flops_per_token", SAME),
        CommonRow::new(Common::PrefillSeconds, "prefill_latency", SAME),
        CommonRow::new(Common::DecodeSecondsPerToken, "token_latency", SAME),
        CommonRow::new(Common::TokensPerSecond, "tokens_per_second", SAME),
    ],
};

const FAULTS: &[Fault] = &[
    Fault {
        id: "one-projection-of-four",
        text: "attention has four projections, queries, keys, values and output; the formula counts one H²",
        quantities: &["flops_attention", "flops_per_token"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "multiply-adds-as-flops",
        text: "a multiply-add is 2 FLOP; every term counts 1, and is divided by a peak that counts 2",
        quantities: &["flops_attention", "flops_feedforward", "flops_per_token"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "throughput-ignores-memory",
        text: "tokens per second is bound by compute alone, though the latency beside it knows the memory bound",
        quantities: &["tokens_per_second"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "no-output-projection",
        text: "the FLOPs leave out the projection to the vocabulary",
        quantities: &["flops_prefill", "flops_per_token"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "batch-per-token",
        text: "the FLOPs of a token are those of a whole step of B sequences, which makes B tokens",
        quantities: &["flops_per_token"],
        effect: Effect::TooHigh,
        when: When::Batched,
    },
    Fault {
        id: "no-gqa",
        text: "cache and projections are sized by the hidden size, as if there were as many key and value heads as \
               query heads",
        quantities: &["vram_kv_cache", "params"],
        effect: Effect::TooHigh,
        when: When::GroupedHeads,
    },
    Fault {
        id: "no-swiglu",
        text: "a gated feed-forward block has three matrices, not two",
        quantities: &["flops_feedforward", "flops_per_token", "params"],
        effect: Effect::TooLow,
        when: When::GatedFeedForward,
    },
    Fault {
        id: "no-moe",
        text: "one feed-forward block a layer: experts are not counted",
        quantities: &["params"],
        effect: Effect::TooLow,
        when: When::MixtureOfExperts,
    },
    Fault {
        id: "activations-of-one-layer",
        text: "four tensors of B·S·H stand for all activations: neither the feed-forward width nor the logits enter",
        quantities: &["vram_activations"],
        effect: Effect::Either,
        when: When::Always,
    },
    Fault {
        id: "no-kv-traffic",
        text: "every generated token also reads the cache of its own sequence",
        quantities: &["token_latency_memory"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "one-efficiency",
        text: "bandwidth is held to the efficiency of compute, 0.2 to 0.3, where reading weights reaches 0.6 to 0.9",
        quantities: &["token_latency_memory"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "one-accelerator",
        text: "several accelerators appear as one with summed compute and bandwidth: links cost nothing",
        quantities: &[
            "prefill_latency",
            "token_latency_compute",
            "token_latency_memory",
            "tokens_per_second",
        ],
        effect: Effect::Either,
        when: When::SeveralAccelerators,
    },
];

fn inputs_of(case: &Case, common: Common) -> Given {
    let one_prompt = common == Common::PrefillSeconds;
    vec![
        ("B", Value::count(if one_prompt { 1 } else { case.concurrency })),
        ("S", Value::count(if one_prompt { case.input_tokens } else { case.context })),
        ("H", Value::count(case.hidden)),
        ("F", Value::count(case.ffn)),
        ("L", Value::count(case.layers)),
        ("V", Value::count(case.vocab)),
        ("bits", Value::Number(case.bytes_per_weight * 8.0)),
        ("tfl", Value::Number(case.total_tflops())),
        ("bw", Value::Number(case.total_gb_per_s())),
    ]
}
