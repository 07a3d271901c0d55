//! Korthikanti et al. 2022: what the backward pass keeps, and what recomputing it costs.
#![expect(non_snake_case, reason = "the symbols are the paper's, and the inputs' keys")]

use crate::{
    CommonRow, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, SAME},
};
use slipstick_core::formula;

formula! {
    /// Activations of one layer, not split.
    ///
    /// `layer = s·b·h·(34 + 5·a·s/h)`
    ///
    /// $$ M = s\,b\,h\left(34 + 5\,\frac{a\,s}{h}\right) $$
    ///
    /// where s tokens, b sequences of a micro-batch, h hidden size, a attention heads; in bytes, with 16-bit activations
    /// and 1-byte dropout masks.
    ///
    /// ```
    /// # use slipstick_methods::korthikanti::layer;
    /// // The paper, section 5: 5as/h is 80 for GPT-3, against 34.
    /// assert_eq!(layer(2048.0, 1.0, 12288.0, 96.0), 2048.0 * 12288.0 * (34.0 + 80.0));
    /// ```
    ///
    /// Source: Korthikanti et al. 2022, eq. 1.
    pub fn layer(s: f64, b: f64, h: f64, a: f64) -> f64 {
        s * b * h * (34.0 + 5.0 * a * s / h)
    }

    /// Activations of one layer with tensor parallelism.
    ///
    /// `layer_tensor_parallel = s·b·h·(10 + 24/t + 5·a·s/(h·t))`
    ///
    /// $$ M = s\,b\,h\left(10 + \frac{24}{t} + 5\,\frac{a\,s}{h\,t}\right) $$
    ///
    /// where t tensor-parallel degree; in bytes on one GPU.
    ///
    /// Source: Korthikanti et al. 2022, eq. 2.
    pub fn layer_tensor_parallel(s: f64, b: f64, h: f64, a: f64, t: f64) -> f64 {
        s * b * h * (10.0 + 24.0 / t + 5.0 * a * s / (h * t))
    }

    /// Activations of one layer with tensor and sequence parallelism.
    ///
    /// `layer_sequence_parallel = layer/t`
    ///
    /// $$ M = \frac{s\,b\,h}{t}\left(34 + 5\,\frac{a\,s}{h}\right) $$
    ///
    /// where t tensor-parallel degree; in bytes on one GPU.
    ///
    /// Source: Korthikanti et al. 2022, eq. 4.
    pub fn layer_sequence_parallel(layer: f64, t: f64) -> f64 {
        layer / t
    }

    /// Activations on the first pipeline stage with one forward, one backward: all L layers' worth.
    ///
    /// `total = (s·b·h·L/t)·(34 + 5·a·s/h)`
    ///
    /// $$ M = \frac{s\,b\,h\,L}{t}\left(34 + 5\,\frac{a\,s}{h}\right) $$
    ///
    /// where L layers; the first of p stages holds p micro-batches of L/p layers; in bytes on one GPU.
    ///
    /// Source: Korthikanti et al. 2022, eq. 5.
    pub fn total(layer_sequence_parallel: f64, L: f64) -> f64 {
        layer_sequence_parallel * L
    }

    /// Activations on the first stage with an interleaved schedule.
    ///
    /// `total_interleaved = total·(1 + (p - 1)/(p·v))`
    ///
    /// $$ M' = M\left(1 + \frac{p - 1}{p\,v}\right) $$
    ///
    /// where p stages, v model chunks on each; in bytes on one GPU.
    ///
    /// Source: Korthikanti et al. 2022, section 4.2.3.
    pub fn total_interleaved(total: f64, p: f64, v: f64) -> f64 {
        total * (1.0 + (p - 1.0) / (p * v))
    }

    /// Activations on the first stage when attention is recomputed in the backward pass.
    ///
    /// `total_selective = 34·s·b·h·L/t`
    ///
    /// $$ M = 34\,\frac{s\,b\,h\,L}{t} $$
    ///
    /// with sequence parallelism; in bytes on one GPU.
    ///
    /// ```
    /// # use slipstick_methods::korthikanti::*;
    /// // Abstract: together a fifth of the memory, against tensor parallelism alone, 8-way, for GPT-3.
    /// let before = layer_tensor_parallel(2048.0, 1.0, 12288.0, 96.0, 8.0);
    /// let after = total_selective(2048.0, 1.0, 12288.0, 1.0, 8.0);
    /// assert!((before / after - 5.0).abs() < 0.5);
    /// ```
    ///
    /// Source: Korthikanti et al. 2022, eq. 6.
    pub fn total_selective(s: f64, b: f64, h: f64, L: f64, t: f64) -> f64 {
        34.0 * s * b * h * L / t
    }

    /// Activations on the first stage when every layer is recomputed from its input.
    ///
    /// `total_full_recompute = 2·s·b·h·L`
    ///
    /// $$ M = 2\,s\,b\,h\,L $$
    ///
    /// in bytes on one GPU.
    ///
    /// ```
    /// # use slipstick_methods::korthikanti::*;
    /// // Section 6.1: about 10 % of what tensor parallelism alone, 8-way, keeps for GPT-3.
    /// let share = total_full_recompute(2048.0, 1.0, 12288.0, 1.0) / layer_tensor_parallel(2048.0, 1.0, 12288.0, 96.0, 8.0);
    /// assert!((share - 0.10).abs() < 0.015);
    /// ```
    ///
    /// Source: Korthikanti et al. 2022, table 2.
    pub fn total_full_recompute(s: f64, b: f64, h: f64, L: f64) -> f64 {
        2.0 * s * b * h * L
    }

    /// Share of a layer's activations that recomputing attention saves.
    ///
    /// `share_saved = (5·a·s/h)/(34 + 5·a·s/h)`
    ///
    /// $$ \frac{5as/h}{34 + 5as/h} $$
    ///
    /// where s tokens, h hidden size, a attention heads; a share.
    ///
    /// ```
    /// # use slipstick_methods::korthikanti::share_saved;
    /// // Section 5: 70 % for GPT-3 and 65 % for MT-NLG.
    /// assert!((share_saved(96.0, 2048.0, 12288.0) - 0.70).abs() < 0.005);
    /// assert!((share_saved(128.0, 2048.0, 20480.0) - 0.65).abs() < 0.005);
    /// ```
    ///
    /// Source: Korthikanti et al. 2022, section 5.
    pub fn share_saved(a: f64, s: f64, h: f64) -> f64 {
        let attention = 5.0 * a * s / h;
        attention / (34.0 + attention)
    }

    /// Work of a step that the model itself needs.
    ///
    /// `model_flops = 72·B·L·s·h^2·(1 + s/(6·h) + V/(12·h·L))`
    ///
    /// $$ F_m = 72\,B\,L\,s\,h^2\left(1 + \frac{s}{6h} + \frac{V}{12hL}\right) $$
    ///
    /// where B sequences of the global batch, V vocabulary; in FLOP, forward and backward.
    ///
    /// Source: Korthikanti et al. 2022, appendix A.
    pub fn model_flops(B: f64, L: f64, s: f64, h: f64, V: f64) -> f64 {
        72.0 * B * L * s * h * h * (1.0 + s / (6.0 * h) + V / (12.0 * h * L))
    }

    /// Work of a step that also recomputes attention.
    ///
    /// `hardware_flops_selective = 72·B·L·s·h^2·(1 + s/(3·h) + V/(12·h·L))`
    ///
    /// $$ F_h = 72\,B\,L\,s\,h^2\left(1 + \frac{s}{3h} + \frac{V}{12hL}\right) $$
    ///
    /// where B sequences of the global batch, V vocabulary; in FLOP.
    ///
    /// ```
    /// # use slipstick_methods::korthikanti::{hardware_flops_selective, model_flops};
    /// // Section 5: 2.7 % more work for GPT-3, 1.6 % for MT-NLG.
    /// let more = |b, l, h| hardware_flops_selective(b, l, 2048.0, h, 51200.0) / model_flops(b, l, 2048.0, h, 51200.0);
    /// assert!((more(64.0, 96.0, 12288.0) - 1.027).abs() < 5e-4);
    /// assert!((more(280.0, 105.0, 20480.0) - 1.016).abs() < 5e-4);
    /// ```
    ///
    /// Source: Korthikanti et al. 2022, appendix A.
    pub fn hardware_flops_selective(B: f64, L: f64, s: f64, h: f64, V: f64) -> f64 {
        72.0 * B * L * s * h * h * (1.0 + s / (3.0 * h) + V / (12.0 * h * L))
    }

    /// Share of the peak that a step of known duration makes of the model's work.
    ///
    /// `mfu = model_flops/(10^12·π·n·T)`
    ///
    /// $$ \mathrm{MFU} = \frac{F_m}{10^{12}\,\pi\,n\,T} $$
    ///
    /// where π peak of one of n GPUs in TFLOP/s, T duration of a step in seconds; a share.
    ///
    /// ```
    /// # use slipstick_methods::korthikanti::{mfu, model_flops};
    /// // Table 5: 175 billion parameters on 64 GPUs, 13.75 s, 51.4 %; 530 billion on 280, 37.83 s, 56.0 %.
    /// assert!((mfu(model_flops(64.0, 96.0, 2048.0, 12288.0, 51200.0), 312.0, 64.0, 13.75) - 0.514).abs() < 5e-4);
    /// assert!((mfu(model_flops(280.0, 105.0, 2048.0, 20480.0, 51200.0), 312.0, 280.0, 37.83) - 0.560).abs() < 6e-4);
    /// ```
    ///
    /// Source: Korthikanti et al. 2022, section 6.3.
    pub fn mfu(model_flops: f64, peak: f64, n: f64, step_s: f64) -> f64 {
        model_flops / (peak * 1e12 * n * step_s)
    }

    /// Work of the model for one token.
    ///
    /// `flops_per_token = model_flops/(B·s)`
    ///
    /// $$ f = \frac{F_m}{B\,s} $$
    ///
    /// where B sequences of s tokens; in FLOP, forward and backward.
    ///
    /// Source: Korthikanti et al. 2022, appendix A.
    pub fn flops_per_token(model_flops: f64, B: f64, s: f64) -> f64 {
        model_flops / (B * s)
    }
}

/// The card of Korthikanti et al. 2022.
pub static METHOD: Method = Method {
    id: "korthikanti-2022",
    title: "Reducing Activation Recomputation in Large Transformer Models",
    authors: "Vijay Korthikanti, Jared Casper, Sangkug Lym, Lawrence McAfee, Michael Andersch, Mohammad Shoeybi, Bryan \
              Catanzaro",
    source: "Korthikanti et al. 2022, arXiv:2205.05198",
    about: "The bytes of activations that training keeps on a GPU under tensor, sequence and pipeline parallelism, with \
            attention or whole layers recomputed, and the work of a step.",
    validity: "A GPT block: LayerNorm, dropout, GELU, feed-forward width 4h in two matrices, as many key and value heads \
               as query heads, attention that keeps its scores, 16-bit activations.",
    inputs: &[
        MethodInput::count("s", "s", "token").meaning("tokens per sequence"),
        MethodInput::count("b", "b", "sequence").or(1.0).meaning("sequences of a micro-batch"),
        MethodInput::count("h", "h", "element").meaning("hidden size"),
        MethodInput::count("a", "a", "head").meaning("attention heads"),
        MethodInput::count("L", "L", "layer").meaning("layers"),
        MethodInput::count("t", "t", "").or(1.0).meaning("tensor-parallel degree"),
        MethodInput::count("p", "p", "stage").or(1.0).meaning("pipeline stages"),
        MethodInput::count("v", "m", "chunk").or(1.0).meaning("model chunks on a stage; the paper's m"),
        MethodInput::count("B", "B", "sequence").meaning("sequences of the global batch"),
        MethodInput::count("V", "v", "entry").or(51200.0).meaning("vocabulary; the paper's v"),
        MethodInput::positive("peak", "π", "TFLOP/s").or(312.0).meaning("peak of one GPU"),
        MethodInput::count("n", "n", "GPU").meaning("GPUs"),
        MethodInput::positive("step_s", "T", "s").meaning("measured duration of a step"),
    ],
    quantities: quantities! {
        layer(s, b, h, a): "byte",
        layer_tensor_parallel(s, b, h, a, t): "byte",
        layer_sequence_parallel(layer, t): "byte",
        total(layer_sequence_parallel, L): "byte",
        total_interleaved(total, p, v): "byte",
        total_selective(s, b, h, L, t): "byte",
        total_full_recompute(s, b, h, L): "byte",
        share_saved(a, s, h): "share",
        model_flops(B, L, s, h, V): "FLOP",
        hardware_flops_selective(B, L, s, h, V): "FLOP",
        mfu(model_flops, peak, n, step_s): "share",
        flops_per_token(model_flops, B, s): "FLOP",
    },
    faults: FAULTS,
    examples: &[Example {
        title: "GPT-3 as in the paper's tables 3 and 5: 175 billion parameters, 64 GPUs, 8-way tensor parallel",
        inputs: &[
            ("s", Value::Number(2048.0)),
            ("b", Value::Number(1.0)),
            ("h", Value::Number(12288.0)),
            ("a", Value::Number(96.0)),
            ("L", Value::Number(96.0)),
            ("t", Value::Number(8.0)),
            ("p", Value::Number(8.0)),
            ("v", Value::Number(3.0)),
            ("B", Value::Number(64.0)),
            ("n", Value::Number(64.0)),
            ("step_s", Value::Number(13.75)),
        ],
    }],
    inputs_of,
    common: &[
        CommonRow::new(Common::TrainingActivationBytes, "total", SAME),
        CommonRow::new(Common::TrainingFlopsPerToken, "flops_per_token", SAME),
    ],
};

const FAULTS: &[Fault] = &[
    Fault {
        id: "scores-are-kept",
        text: "an attention kernel that never stores the S by S scores keeps none of the 5as/h, at no extra memory",
        quantities: &["layer", "layer_tensor_parallel"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "gpt-block",
        text: "34 counts LayerNorm, dropout and a GELU block of width 4h; models without dropout, with RMSNorm and a \
               gated block of their own width keep other tensors",
        quantities: &["layer", "layer_tensor_parallel", "total_selective"],
        effect: Effect::Either,
        when: When::GatedFeedForward,
    },
    Fault {
        id: "no-gqa",
        text: "queries, keys and values are all counted at the hidden size",
        quantities: &["layer", "layer_tensor_parallel", "total_selective", "model_flops"],
        effect: Effect::TooHigh,
        when: When::GroupedHeads,
    },
    Fault {
        id: "feed-forward-4h",
        text: "72·h² stands for 24 attention and 48 feed-forward h² a token and layer: another width or a third matrix \
               changes it",
        quantities: &["model_flops", "hardware_flops_selective"],
        effect: Effect::Either,
        when: When::GatedFeedForward,
    },
    Fault {
        id: "recompute-counted-twice",
        text: "one more forward pass of attention adds s/18h, not s/6h: 2s/9h where the paper prints s/3h (its \
               published utilisations use s/3h)",
        quantities: &["hardware_flops_selective"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "full-mask",
        text: "a causal mask leaves half of the attention undone",
        quantities: &["model_flops", "hardware_flops_selective"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "layers-only",
        text: "embedding, output projection and logits are left out; with a large vocabulary the logits lead",
        quantities: &["total", "total_selective", "total_full_recompute"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "no-moe",
        text: "one feed-forward block a layer: experts are not counted",
        quantities: &["layer", "total_selective", "model_flops"],
        effect: Effect::TooLow,
        when: When::MixtureOfExperts,
    },
];

fn inputs_of(case: &Case, _: Common) -> Given {
    vec![
        ("s", Value::count(case.context)),
        ("b", Value::count(case.concurrency)),
        ("h", Value::count(case.hidden)),
        ("a", Value::count(case.heads)),
        ("L", Value::count(case.layers)),
        ("B", Value::count(case.concurrency)),
        ("V", Value::count(case.vocab)),
    ]
}
