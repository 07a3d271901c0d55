//! Kaplan et al. 2020: parameters and FLOPs of a transformer, and the rule of six.

use crate::{
    CommonRow, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, SAME},
};
use slipstick_core::formula;

formula! {
    /// Parameters, embeddings left out.
    ///
    /// `params = 2·d_model·n_layer·(2·d_attn + d_ff)`
    ///
    /// $$ N = 2\,d_{model}\,n_{layer}\,(2\,d_{attn} + d_{ff}) $$
    ///
    /// where d_model hidden size, n_layer layers, d_attn width of attention, d_ff feed-forward width; in parameters.
    ///
    /// ```
    /// # use slipstick_methods::kaplan::params;
    /// // The paper's largest model is (48, 1600), "1.5B": 12·n_layer·d_model^2.
    /// assert_eq!(params(1600.0, 48.0, 1600.0, 6400.0), 12.0 * 48.0 * 1600.0 * 1600.0);
    /// assert!((params(1600.0, 48.0, 1600.0, 6400.0) / 1.5e9 - 1.0).abs() < 0.02);
    /// ```
    ///
    /// Source: Kaplan et al. 2020, eq. 2.1.
    pub fn params(d_model: f64, n_layer: f64, d_attn: f64, d_ff: f64) -> f64 {
        2.0 * d_model * n_layer * (2.0 * d_attn + d_ff)
    }

    /// FLOPs of a forward pass for one token.
    ///
    /// `forward_flops_per_token = 2·N + 2·n_layer·n_ctx·d_attn`
    ///
    /// $$ C_{forward} = 2N + 2\,n_{layer}\,n_{ctx}\,d_{attn} $$
    ///
    /// where N parameters, n_ctx tokens of context; in FLOP.
    ///
    /// Source: Kaplan et al. 2020, eq. 2.2.
    pub fn forward_flops_per_token(params: f64, n_layer: f64, n_ctx: f64, d_attn: f64) -> f64 {
        2.0 * params + 2.0 * n_layer * n_ctx * d_attn
    }

    /// FLOPs of training for one token: a backward pass is two forward ones, attention to the context left out.
    ///
    /// `training_flops_per_token = 6·N`
    ///
    /// $$ C/D = 6N $$
    ///
    /// where N parameters; in FLOP.
    ///
    /// Source: Kaplan et al. 2020, section 2.1.
    pub fn training_flops_per_token(params: f64) -> f64 {
        6.0 * params
    }

    /// FLOPs of a training.
    ///
    /// `training_flops = 6·N·D`
    ///
    /// $$ C = 6\,N\,D $$
    ///
    /// where 6·N FLOP for each of D tokens; in FLOP.
    ///
    /// ```
    /// # use slipstick_methods::kaplan::{petaflop_days, training_flops, training_flops_per_token};
    /// // GPT-3, table D.1 of Brown et al. 2020: 174.6 billion parameters, 300 billion tokens, 3.14e23 FLOP, 3640 PF-days.
    /// let compute = training_flops(training_flops_per_token(174.6e9), 300e9);
    /// assert!((compute / 3.14e23 - 1.0).abs() < 2e-3);
    /// assert!((petaflop_days(compute) / 3640.0 - 1.0).abs() < 2e-3);
    /// ```
    ///
    /// Source: Kaplan et al. 2020, section 2.1.
    pub fn training_flops(training_flops_per_token: f64, tokens: f64) -> f64 {
        training_flops_per_token * tokens
    }

    /// The same in the paper's unit, a petaFLOP/s for a day.
    ///
    /// `petaflop_days = C/(10^15·24·3600)`
    ///
    /// $$ C_{PF} = \frac{C}{8.64 \cdot 10^{19}} $$
    ///
    /// where C work in FLOP; in PF-days.
    ///
    /// ```
    /// # use slipstick_methods::kaplan::petaflop_days;
    /// assert_eq!(petaflop_days(8.64e19), 1.0); // defined so in the paper
    /// ```
    ///
    /// Source: Kaplan et al. 2020, section 1.3.
    pub fn petaflop_days(training_flops: f64) -> f64 {
        training_flops / 8.64e19
    }
}

/// The card of Kaplan et al. 2020.
pub static METHOD: Method = Method {
    id: "kaplan-2020",
    title: "Scaling Laws for Neural Language Models",
    authors: "Jared Kaplan, Sam McCandlish, Tom Henighan, Tom Brown, Benjamin Chess, Rewon Child, Scott Gray, Alec \
              Radford, Jeffrey Wu, Dario Amodei",
    source: "Kaplan et al. 2020, arXiv:2001.08361",
    about: "Parameters without embeddings, the FLOPs of a token forward and in training, and the work of a training.",
    validity: "A dense transformer with two-matrix feed-forward blocks and as many key and value heads as query heads, \
               where the hidden size is far above a twelfth of the context.",
    inputs: &[
        MethodInput::count("d_model", "d_model", "element").meaning("hidden size"),
        MethodInput::count("n_layer", "n_layer", "layer").meaning("layers"),
        MethodInput::count("d_attn", "d_attn", "element").or_like("d_model").meaning("width of attention"),
        MethodInput::count("d_ff", "d_ff", "element").meaning("feed-forward width"),
        MethodInput::count("n_ctx", "n_ctx", "token").meaning("tokens of context"),
        MethodInput::positive("tokens", "D", "token").meaning("tokens to train on"),
    ],
    quantities: quantities! {
        params(d_model, n_layer, d_attn, d_ff): "parameter",
        forward_flops_per_token(params, n_layer, n_ctx, d_attn): "FLOP",
        training_flops_per_token(params): "FLOP",
        training_flops(training_flops_per_token, tokens): "FLOP",
        petaflop_days(training_flops): "PF-day",
    },
    faults: &[
        Fault {
            id: "no-embeddings",
            text: "embeddings are left out, and with them the output projection, which is work",
            quantities: &["params", "forward_flops_per_token", "training_flops_per_token"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "attention-counted-once",
            text: "each token attends with 2 FLOP for the scores and 2 for their sum with the values; the formula has 2 \
                   in all, right for a causal mask, half of a full one",
            quantities: &["forward_flops_per_token"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "no-context-in-training",
            text: "6·N leaves attention to the context out",
            quantities: &["training_flops_per_token"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "no-swiglu",
            text: "a gated feed-forward block has three matrices, not two",
            quantities: &["params"],
            effect: Effect::TooLow,
            when: When::GatedFeedForward,
        },
        Fault {
            id: "no-gqa",
            text: "keys and values are projected at the full width of attention",
            quantities: &["params"],
            effect: Effect::TooHigh,
            when: When::GroupedHeads,
        },
        Fault {
            id: "no-moe",
            text: "one feed-forward block a layer: experts are not counted",
            quantities: &["params"],
            effect: Effect::TooLow,
            when: When::MixtureOfExperts,
        },
    ],
    examples: &[Example {
        title: "96 layers of 12,288 trained on 300 billion tokens",
        inputs: &[
            ("d_model", Value::Number(12288.0)),
            ("n_layer", Value::Number(96.0)),
            ("d_ff", Value::Number(49152.0)),
            ("n_ctx", Value::Number(2048.0)),
            ("tokens", Value::Number(300e9)),
        ],
    }],
    inputs_of,
    common: &[
        CommonRow::new(Common::Parameters, "params", SAME),
        CommonRow::new(Common::FlopsPerToken, "forward_flops_per_token", SAME),
        CommonRow::new(Common::TrainingFlopsPerToken, "training_flops_per_token", SAME),
    ],
};

fn inputs_of(case: &Case, _: Common) -> Given {
    vec![
        ("d_model", Value::count(case.hidden)),
        ("n_layer", Value::count(case.layers)),
        ("d_ff", Value::count(case.ffn)),
        ("n_ctx", Value::count(case.context)),
    ]
}
