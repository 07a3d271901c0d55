//! Bi et al. 2024, "DeepSeek LLM": work a token and tokens of a budget.

use libm::pow;
use slipstick_core::formula;

use super::cards::no_case;
use crate::{Effect, Example, Fault, Method, MethodInput, Value, When, card::quantities};

formula! {
    /// Work of training on one token, of the best model of a budget.
    ///
    /// `optimal_flops_per_token = M_base·C^a`
    ///
    /// $$ M_{opt} = M_{base}\,C^a $$
    ///
    /// where C work of training in FLOP; in FLOP a token, without embeddings, with attention to the context.
    ///
    /// ```
    /// # use slipstick_methods::scaling::deepseek::{optimal_flops_per_token, optimal_tokens};
    /// // Both fits are of one allocation: their product is the budget.
    /// let (work, tokens) = (optimal_flops_per_token(1e22, 0.1715, 0.5243), optimal_tokens(1e22, 5.8316, 0.4757));
    /// assert!((work * tokens / 1e22 - 1.0).abs() < 1e-3);
    /// ```
    ///
    /// Source: Bi et al. 2024, eq. 4.
    pub fn optimal_flops_per_token(flops: f64, M_base: f64, a: f64) -> f64 {
        M_base * pow(flops, a)
    }

    /// Tokens that the best model of a budget is trained on.
    ///
    /// `optimal_tokens = D_base·C^b`
    ///
    /// $$ D_{opt} = D_{base}\,C^b $$
    ///
    /// where C work of training in FLOP; in tokens.
    ///
    /// Source: Bi et al. 2024, eq. 4.
    pub fn optimal_tokens(flops: f64, D_base: f64, b: f64) -> f64 {
        D_base * pow(flops, b)
    }

    /// Parameters whose work a token that is, attention to the context left out.
    ///
    /// `optimal_parameters = M/6`
    ///
    /// $$ N_{opt} = M_{opt}/6 $$
    ///
    /// where M work of training on a token in FLOP; in parameters.
    ///
    /// Source: Bi et al. 2024, section 3.2.
    pub fn optimal_parameters(optimal_flops_per_token: f64) -> f64 {
        optimal_flops_per_token / 6.0
    }
}

/// The card of the law that DeepSeek LLM was sized by.
pub static METHOD: Method = Method {
    id: "deepseek-llm",
    title: "DeepSeek LLM: Scaling Open-Source Language Models with Longtermism",
    authors: "DeepSeek-AI (Xiao Bi and others)",
    source: "Bi et al. 2024, arXiv:2401.02954",
    about: "Work a token and tokens of the best model of a budget, from profiles at equal work; better text moves work from \
            tokens to parameters.",
    validity: "Dense decoders, 1e17 to 3e20 FLOP, the authors' text of early 2024.",
    inputs: &[
        MethodInput::positive("flops", "C", "FLOP").meaning("work of a training"),
        MethodInput::positive("M_base", "M_base", "FLOP/token")
            .or(0.1715)
            .meaning("work a token at one FLOP"),
        MethodInput::positive("a", "a", "").or(0.5243).meaning("exponent of the work a token"),
        MethodInput::positive("D_base", "D_base", "token").or(5.8316).meaning("tokens at one FLOP"),
        MethodInput::positive("b", "b", "").or(0.4757).meaning("exponent of the tokens"),
    ],
    quantities: quantities! {
        optimal_flops_per_token(flops, M_base, a): "FLOP/token",
        optimal_tokens(flops, D_base, b): "token",
        optimal_parameters(optimal_flops_per_token): "parameter",
    },
    faults: &[
        Fault {
            id: "attention-as-parameters",
            text: "the work a token holds attention to the context, which is no parameter: up to half of it in models of 8 \
                   layers, a tenth in those of 80",
            quantities: &["optimal_parameters"],
            effect: Effect::TooHigh,
            when: When::Always,
        },
        Fault {
            id: "no-loss",
            text: "says which model is the best, not how good it is",
            quantities: &["optimal_tokens"],
            effect: Effect::Either,
            when: When::Always,
        },
    ],
    examples: &[Example { title: "a budget of 10^21 FLOP", inputs: &[("flops", Value::Number(1e21))] }],
    inputs_of: no_case,
    common: &[],
};
