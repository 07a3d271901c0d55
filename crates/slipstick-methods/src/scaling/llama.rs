//! Grattafiori et al. 2024, "Llama 3": the tokens of a budget.

use libm::pow;
use slipstick_core::formula;

use super::cards::no_case;
use crate::{Effect, Example, Fault, Method, MethodInput, Value, When, card::quantities};

formula! {
    /// Tokens that the best model of a budget is trained on.
    ///
    /// `optimal_tokens = k·C^b`
    ///
    /// $$ D_{opt} = k\,C^b $$
    ///
    /// where C work of training in FLOP, k and b fitted; in tokens.
    ///
    /// ```
    /// # use slipstick_methods::scaling::llama::{optimal_parameters, optimal_tokens};
    /// // "402B parameters on 16.55T tokens" for 3.8e25 FLOP, from more digits than are printed.
    /// let tokens = optimal_tokens(3.8e25, 0.299, 0.537);
    /// assert!((tokens / 16.55e12 - 1.0).abs() < 0.02);
    /// assert!((optimal_parameters(3.8e25, tokens) / 402e9 - 1.0).abs() < 0.04);
    /// ```
    ///
    /// Source: Grattafiori et al. 2024, section 3.2.1 and figure 3.
    pub fn optimal_tokens(flops: f64, k: f64, b: f64) -> f64 {
        k * pow(flops, b)
    }

    /// Parameters of that model.
    ///
    /// `optimal_parameters = C/(6·D)`
    ///
    /// $$ N_{opt} = \frac{C}{6 D} $$
    ///
    /// where C work in FLOP, D tokens of the best model; in parameters.
    ///
    /// No published number: it is the count of work alone.
    ///
    /// Source: Grattafiori et al. 2024, section 3.2.1.
    pub fn optimal_parameters(flops: f64, optimal_tokens: f64) -> f64 {
        flops / (6.0 * optimal_tokens)
    }

    /// The budget whose best model has so many parameters.
    ///
    /// `optimal_flops = (6·k·N)^(1/(1-b))`
    ///
    /// $$ C = (6\,k\,N)^{1/(1-b)} $$
    ///
    /// where N parameters; in FLOP.
    ///
    /// No published number: it is the same law, solved for C.
    ///
    /// Source: Grattafiori et al. 2024, section 3.2.1.
    pub fn optimal_flops(parameters: f64, k: f64, b: f64) -> f64 {
        pow(6.0 * k * parameters, 1.0 / (1.0 - b))
    }
}

/// The card of the law that Llama 3 was sized by.
pub static METHOD: Method = Method {
    id: "llama-3",
    title: "The Llama 3 Herd of Models: tokens of a budget",
    authors: "Llama team, AI at Meta (Aaron Grattafiori and others)",
    source: "Grattafiori et al. 2024, arXiv:2407.21783",
    about: "The tokens of the best model of a budget, from profiles at equal work; it sized the model of 405 billion \
            parameters.",
    validity: "Dense decoders of 40 million to 16 billion parameters on a text of 2024, 6e18 to 1e22 FLOP.",
    inputs: &[
        MethodInput::positive("parameters", "N", "parameter").meaning("parameters of a model"),
        MethodInput::positive("flops", "C", "FLOP").meaning("work of a training"),
        MethodInput::positive("k", "A", "token").or(0.299).meaning("tokens at one FLOP"),
        MethodInput::positive("b", "α", "").or(0.537).meaning("exponent of the work"),
    ],
    quantities: quantities! {
        optimal_tokens(flops, k, b): "token",
        optimal_parameters(flops, optimal_tokens): "parameter",
        optimal_flops(parameters, k, b): "FLOP",
    },
    faults: &[
        Fault {
            id: "rounded-constants",
            text: "the text prints 0.29 and 0.53, the figure 0.299 and 0.537: with them 3.8e25 FLOP give 16.3 trillion \
                   tokens, not the printed 16.55",
            quantities: &["optimal_tokens"],
            effect: Effect::TooLow,
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
    examples: &[Example {
        title: "the budget of the largest Llama 3",
        inputs: &[("flops", Value::Number(3.8e25)), ("parameters", Value::Number(405e9))],
    }],
    inputs_of: no_case,
    common: &[],
};
