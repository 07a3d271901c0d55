//! Kaplan et al. 2020: loss of parameters and tokens, and the best model of a budget.

use libm::pow;
use slipstick_core::formula;

use super::cards::no_case;
use crate::{Effect, Example, Fault, Method, MethodInput, Value, When, card::quantities};

/// FLOP of a petaFLOP/s for a day, the paper's unit.
const PETAFLOP_DAY: f64 = 8.64e19;

formula! {
    /// Loss of a model of so many parameters after so many tokens.
    ///
    /// `loss = ((N_c/N)^(α_N/α_D) + D_c/D)^α_D`
    ///
    /// $$ L(N, D) = \left[\left(\frac{N_c}{N}\right)^{\alpha_N/\alpha_D} + \frac{D_c}{D}\right]^{\alpha_D} $$
    ///
    /// where N parameters without embeddings, D tokens, N_c, D_c, α_N, α_D fitted; in nats a token.
    ///
    /// ```
    /// # use slipstick_methods::scaling::kaplan::loss;
    /// assert!((loss(175e9, 300e9, 8.8e13, 0.076, 5.4e13, 0.095) - 1.7323).abs() < 5e-5);
    /// assert!((loss(1.5e9, 40e9, 8.8e13, 0.076, 5.4e13, 0.095) - 2.3451).abs() < 5e-5);
    /// ```
    ///
    /// Source: Kaplan et al. 2020, eq. 1.5.
    pub fn loss(parameters: f64, tokens: f64, N_c: f64, alpha_N: f64, D_c: f64, alpha_D: f64) -> f64 {
        pow(pow(N_c / parameters, alpha_N / alpha_D) + D_c / tokens, alpha_D)
    }

    /// Parameters of the best model of a budget that is trained at the critical batch, which doubles the least work.
    ///
    /// `optimal_parameters = N_e·(C/(2·8.64·10^19))^p_N`
    ///
    /// $$ N_{opt} = N_e \left(\frac{C}{2 \cdot 8.64 \cdot 10^{19}}\right)^{p_N} $$
    ///
    /// where C work in FLOP, N_e parameters at a least work of one petaFLOP/s-day, p_N exponent; in parameters.
    ///
    /// ```
    /// # use slipstick_methods::scaling::kaplan::optimal_parameters;
    /// // Hoffmann et al. 2022, D.4: "From Kaplan et al. we find that the optimal model size should be 4.68 billion".
    /// assert!((optimal_parameters(1e21, 1.3e9, 0.73) / 4.68e9 - 1.0).abs() < 1e-3);
    /// ```
    ///
    /// Source: Kaplan et al. 2020, table 6 and eq. 5.5.
    pub fn optimal_parameters(flops: f64, N_e: f64, p_N: f64) -> f64 {
        N_e * pow(flops / (2.0 * PETAFLOP_DAY), p_N)
    }

    /// Tokens that it is trained on.
    ///
    /// `optimal_tokens = C/(6·N)`
    ///
    /// $$ D = \frac{C}{6 N} $$
    ///
    /// where C work in FLOP, N parameters of the best model; in tokens.
    ///
    /// ```
    /// # use slipstick_methods::scaling::kaplan::{optimal_parameters, optimal_tokens};
    /// // Table 6 prints 2·10^10 tokens for a least work of one petaFLOP/s-day.
    /// let work = 2.0 * 8.64e19;
    /// assert!((optimal_tokens(work, optimal_parameters(work, 1.3e9, 0.73)) / 2e10 - 1.0).abs() < 0.11);
    /// ```
    ///
    /// Source: Kaplan et al. 2020, section 2.1 and table 6.
    pub fn optimal_tokens(flops: f64, optimal_parameters: f64) -> f64 {
        flops / (6.0 * optimal_parameters)
    }

    /// The budget whose best model has so many parameters.
    ///
    /// `optimal_flops = 2·8.64·10^19·(N/N_e)^(1/p_N)`
    ///
    /// $$ C = 2 \cdot 8.64 \cdot 10^{19} \left(\frac{N}{N_e}\right)^{1/p_N} $$
    ///
    /// where N parameters; in FLOP.
    ///
    /// Source: Kaplan et al. 2020, table 6, solved for C.
    pub fn optimal_flops(parameters: f64, N_e: f64, p_N: f64) -> f64 {
        2.0 * PETAFLOP_DAY * pow(parameters / N_e, 1.0 / p_N)
    }

    /// Tokens after which a model of so many parameters reaches a loss.
    ///
    /// `tokens_for_loss = D_c/(L^(1/α_D) - (N_c/N)^(α_N/α_D))`
    ///
    /// $$ D = \frac{D_c}{L^{1/\alpha_D} - (N_c/N)^{\alpha_N/\alpha_D}} $$
    ///
    /// where L loss in nats a token, N parameters without embeddings; in tokens.
    ///
    /// Source: Kaplan et al. 2020, eq. 1.5, solved for D.
    pub fn tokens_for_loss(
        target_loss: f64,
        parameters: f64,
        N_c: f64,
        alpha_N: f64,
        D_c: f64,
        alpha_D: f64,
    ) -> f64 {
        D_c / (pow(target_loss, 1.0 / alpha_D) - pow(N_c / parameters, alpha_N / alpha_D))
    }
}

/// The card of the loss of Kaplan et al. 2020.
pub static METHOD: Method = Method {
    id: "kaplan-2020-loss",
    title: "Scaling Laws for Neural Language Models: loss and the best model of a budget",
    authors: "Jared Kaplan, Sam McCandlish, Tom Henighan, Tom B. Brown, Benjamin Chess, Rewon Child, and others",
    source: "Kaplan et al. 2020, arXiv:2001.08361",
    about: "The first law of its kind: large models, stopped early.",
    validity: "Dense decoders of up to 1.5 billion parameters without embeddings, on 22 million to 23 billion tokens of \
               WebText2.",
    inputs: &[
        MethodInput::positive("parameters", "N", "parameter").meaning("parameters without embeddings"),
        MethodInput::positive("tokens", "D", "token").meaning("tokens it is trained on"),
        MethodInput::positive("flops", "C", "FLOP").meaning("work of a training"),
        MethodInput::positive("target_loss", "L", "nat/token").meaning("loss to reach"),
        MethodInput::positive("N_c", "N_c", "parameter").or(8.8e13).meaning("scale of the parameters"),
        MethodInput::positive("alpha_N", "α_N", "").or(0.076).meaning("exponent of the parameters"),
        MethodInput::positive("D_c", "D_c", "token").or(5.4e13).meaning("scale of the tokens"),
        MethodInput::positive("alpha_D", "α_D", "").or(0.095).meaning("exponent of the tokens"),
        MethodInput::positive("N_e", "N_e", "parameter")
            .or(1.3e9)
            .meaning("best parameters at a least work of one petaFLOP/s-day"),
        MethodInput::positive("p_N", "p_N", "").or(0.73).meaning("exponent of the work"),
    ],
    quantities: quantities! {
        loss(parameters, tokens, N_c, alpha_N, D_c, alpha_D): "nat/token",
        optimal_parameters(flops, N_e, p_N): "parameter",
        optimal_tokens(flops, optimal_parameters): "token",
        optimal_flops(parameters, N_e, p_N): "FLOP",
        tokens_for_loss(target_loss, parameters, N_c, alpha_N, D_c, alpha_D): "token",
    },
    faults: &[
        Fault {
            id: "one-learning-rate-schedule",
            text: "every model followed one schedule of the learning rate, whatever it was trained for, so that short runs \
                   looked worse than they are; embeddings are not counted, which matters in small models (Hoffmann et al. \
                   2022, Pearce and Song 2024)",
            quantities: &["optimal_parameters"],
            effect: Effect::TooHigh,
            when: When::Always,
        },
        Fault {
            id: "loss-and-optimum-disagree",
            text: "the model that is called the best is not the one with the least loss(N, C/(6·N)), which grows as C^0.56",
            quantities: &["optimal_parameters", "loss"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "no-floor",
            text: "endless text and parameters would leave no loss at all",
            quantities: &["loss"],
            effect: Effect::TooLow,
            when: When::Always,
        },
    ],
    examples: &[Example {
        title: "175 billion parameters on 300 billion tokens, and their work",
        inputs: &[
            ("parameters", Value::Number(175e9)),
            ("tokens", Value::Number(300e9)),
            ("flops", Value::Number(3.14e23)),
            ("target_loss", Value::Number(1.75)),
        ],
    }],
    inputs_of: no_case,
    common: &[],
};
