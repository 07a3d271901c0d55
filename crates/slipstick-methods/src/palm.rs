//! PaLM, appendix B: model FLOPs utilisation.

use crate::{
    CommonRow, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, SAME},
};
use slipstick_core::formula;

formula! {
    /// FLOPs of attention to the context for one trained token.
    ///
    /// `attention_flops = 12·L·H·Q·T`
    ///
    /// $$ 12\,L\,H\,Q\,T $$
    ///
    /// where L layers, H heads, Q width of a head, T tokens of a sequence; in FLOP.
    ///
    /// Source: Chowdhery et al. 2022, appendix B.
    pub fn attention_flops(layers: f64, heads: f64, head_dim: f64, seq: f64) -> f64 {
        12.0 * layers * heads * head_dim * seq
    }

    /// FLOPs of one trained token, forward and backward, nothing recomputed.
    ///
    /// `flops_per_token = 6·N + 12·L·H·Q·T`
    ///
    /// $$ 6N + 12\,L\,H\,Q\,T $$
    ///
    /// where N parameters; in FLOP.
    ///
    /// Source: Chowdhery et al. 2022, appendix B.
    pub fn flops_per_token(params: f64, attention_flops: f64) -> f64 {
        6.0 * params + attention_flops
    }

    /// Tokens per second at the peak.
    ///
    /// `peak_tokens_per_s = 10^12·P·n/(6·N + 12·L·H·Q·T)`
    ///
    /// $$ R = \frac{10^{12}\,P\,n}{6N + 12\,L\,H\,Q\,T} $$
    ///
    /// where P peak of one of n chips in TFLOP/s; in token/s.
    ///
    /// Source: Chowdhery et al. 2022, appendix B.
    pub fn peak_tokens_per_s(peak_tflops: f64, chips: f64, flops_per_token: f64) -> f64 {
        peak_tflops * 1e12 * chips / flops_per_token
    }

    /// Share of the peak that an observed throughput is.
    ///
    /// `mfu = r/R`
    ///
    /// $$ \mathrm{MFU} = \frac{r}{R} $$
    ///
    /// where r observed and R peak tokens per second; a share.
    ///
    /// ```
    /// # use slipstick_methods::palm::*;
    /// // PaLM 540B: 540.35 billion parameters, 118 layers, 48 heads of 256, sequences of 2,048; 6,144 chips of 275
    /// // TFLOP/s; 238.3 thousand tokens per second are 46.2 %, or 45.7 % without attention.
    /// let with = flops_per_token(540.35e9, attention_flops(118.0, 48.0, 256.0, 2048.0));
    /// assert!((mfu(238.3e3, peak_tokens_per_s(275.0, 6144.0, with)) - 0.462).abs() < 5e-4);
    /// let without = flops_per_token(540.35e9, 0.0);
    /// assert!((mfu(238.3e3, peak_tokens_per_s(275.0, 6144.0, without)) - 0.457).abs() < 5e-4);
    /// ```
    ///
    /// Source: Chowdhery et al. 2022, appendix B and table 3.
    pub fn mfu(tokens_per_s: f64, peak_tokens_per_s: f64) -> f64 {
        tokens_per_s / peak_tokens_per_s
    }
}

/// The card of PaLM's appendix B.
pub static METHOD: Method = Method {
    id: "palm-2022",
    title: "PaLM: Scaling Language Modeling with Pathways",
    authors: "Aakanksha Chowdhery, Sharan Narang, Jacob Devlin and others",
    source: "Chowdhery et al. 2022, arXiv:2204.02311, appendix B",
    about: "The FLOPs of a trained token with attention, and the share of the peak that a measured throughput is: model \
            FLOPs utilisation.",
    validity: "Any decoder whose work is its matrices and its attention; FLOPs of recomputation are not the model's and \
               do not count.",
    inputs: &[
        MethodInput::positive("params", "N", "parameter").meaning("parameters, without the embedding"),
        MethodInput::count("layers", "L", "layer").meaning("layers"),
        MethodInput::count("heads", "H", "head").meaning("attention heads"),
        MethodInput::count("head_dim", "Q", "element").meaning("width of a head"),
        MethodInput::count("seq", "T", "token").meaning("tokens per sequence"),
        MethodInput::positive("peak_tflops", "P", "TFLOP/s").meaning("peak of one chip"),
        MethodInput::count("chips", "n", "chip").meaning("chips"),
        MethodInput::positive("tokens_per_s", "r", "token/s").meaning("observed throughput"),
    ],
    quantities: quantities! {
        attention_flops(layers, heads, head_dim, seq): "FLOP",
        flops_per_token(params, attention_flops): "FLOP",
        peak_tokens_per_s(peak_tflops, chips, flops_per_token): "token/s",
        mfu(tokens_per_s, peak_tokens_per_s): "share",
    },
    faults: &[
        Fault {
            id: "full-mask",
            text: "a causal mask leaves half of the attention undone: 6·L·H·Q·T would do",
            quantities: &["attention_flops"],
            effect: Effect::TooHigh,
            when: When::Always,
        },
        Fault {
            id: "all-experts",
            text: "N is the active parameters where experts are chosen; the paper's models are dense",
            quantities: &["flops_per_token"],
            effect: Effect::TooHigh,
            when: When::MixtureOfExperts,
        },
    ],
    examples: &[Example {
        title: "PaLM 540B as published",
        inputs: &[
            ("params", Value::Number(540.35e9)),
            ("layers", Value::Number(118.0)),
            ("heads", Value::Number(48.0)),
            ("head_dim", Value::Number(256.0)),
            ("seq", Value::Number(2048.0)),
            ("peak_tflops", Value::Number(275.0)),
            ("chips", Value::Number(6144.0)),
            ("tokens_per_s", Value::Number(238.3e3)),
        ],
    }],
    inputs_of,
    common: &[CommonRow::new(Common::TrainingFlopsPerToken, "flops_per_token", SAME)],
};

fn inputs_of(case: &Case, _: Common) -> Given {
    vec![
        ("params", Value::count(case.parameters)),
        ("layers", Value::count(case.layers)),
        ("heads", Value::count(case.heads)),
        ("head_dim", Value::count(case.head_dim)),
        ("seq", Value::count(case.context)),
        ("peak_tflops", Value::Number(case.peak.as_tflops_per_s())),
        ("chips", Value::count(case.accelerators)),
    ]
}
