//! Krajewski et al. 2024: how fine experts are cut.

use libm::{cbrt, pow};
use slipstick_core::formula;

use super::{cards::no_case, parametric};
use crate::{Effect, Example, Fault, Method, MethodInput, Value, When, card::quantities};

/// Layers are a 64th of the width, of which each has 12 squares of parameters that a token meets.
const WIDTH_A_LAYER: f64 = 64.0;
const SQUARES: f64 = 12.0;
/// FLOP of routing on a parameter of the router.
const ROUTING: f64 = 14.0;

formula! {
    /// All parameters of a model whose tokens meet so many.
    ///
    /// `total_parameters = N_act·(8·E + 4)/12`
    ///
    /// $$ N = \frac{8 E + 4}{12} N_{act} $$
    ///
    /// where N_act parameters that a token meets, embeddings left out, E experts as large as the dense block; in parameters.
    ///
    /// Source: Krajewski et al. 2024, section 6.1.
    pub fn total_parameters(parameters: f64, experts: f64) -> f64 {
        parameters * (8.0 * experts + 4.0) / SQUARES
    }

    /// Weight of the parameters, with experts cut so fine.
    ///
    /// `parameter_weight = g/G^γ + a`
    ///
    /// $$ \frac{g}{G^\gamma} + a $$
    ///
    /// where G parts that an expert is cut into, g, γ, a fitted.
    ///
    /// Source: Krajewski et al. 2024, eq. 9.
    pub fn parameter_weight(granularity: f64, g: f64, gamma: f64, a: f64) -> f64 {
        g / pow(granularity, gamma) + a
    }

    /// Loss of a model of so many parameters after so many tokens.
    ///
    /// `loss = c + (g/G^γ + a)/N^α + b/D^β`
    ///
    /// $$ L(N, D, G) = c + \left(\frac{g}{G^\gamma} + a\right) \frac{1}{N^\alpha} + \frac{b}{D^\beta} $$
    ///
    /// where N all parameters without embeddings, D tokens; in nats a token.
    ///
    /// ```
    /// # use slipstick_methods::scaling::krajewski::{loss, parameter_weight, total_parameters};
    /// // Table 2: "64 x 7B", 137.6 billion tokens, G 32: 2.076; its constants are printed to two and three digits.
    /// let weight = parameter_weight(32.0, 2.1, 0.58, 18.1);
    /// let predicted = loss(total_parameters(7e9, 64.0), 137.6e9, 0.47, weight, 0.115, 30.8, 0.147);
    /// assert!((predicted / 2.076 - 1.0).abs() < 0.01);
    /// ```
    ///
    /// Source: Krajewski et al. 2024, eq. 9.
    pub fn loss(
        total_parameters: f64,
        tokens: f64,
        c: f64,
        parameter_weight: f64,
        alpha: f64,
        b: f64,
        beta: f64,
    ) -> f64 {
        parametric::loss(total_parameters, tokens, c, parameter_weight, alpha, b, beta)
    }

    /// Work of a training with its routing.
    ///
    /// `routed_flops = (6·12·d^2 + 14·d·E·G)·D·d/64, d = (64·N_act/12)^(1/3)`
    ///
    /// $$ F = (12 d^2 c_f + d\,E\,G\,c_r)\,D\,n_{blocks}, \quad d = 64 n_{blocks} $$
    ///
    /// where d width, E experts, G parts of each, D tokens, c_f = 6 and c_r = 14 FLOP a parameter; in FLOP.
    ///
    /// ```
    /// # use slipstick_methods::scaling::krajewski::routed_flops;
    /// // Table 2: 2.95e18 for "64 x 100M", G 8, 4.37 billion tokens; 4.16e23 for "64 x 70B", G 32, 941.07 billion.
    /// assert!((routed_flops(100e6, 4.37e9, 64.0, 8.0) / 2.95e18 - 1.0).abs() < 0.005);
    /// assert!((routed_flops(70e9, 941.07e9, 64.0, 32.0) / 4.16e23 - 1.0).abs() < 0.005);
    /// ```
    ///
    /// Source: Krajewski et al. 2024, eq. 10.
    pub fn routed_flops(parameters: f64, tokens: f64, experts: f64, granularity: f64) -> f64 {
        let width = cbrt(WIDTH_A_LAYER * parameters / SQUARES);
        let layer = 6.0 * SQUARES * width * width + ROUTING * width * experts * granularity;
        layer * tokens * width / WIDTH_A_LAYER
    }

    /// Parameters that a token meets in the best model of a budget, its routing left out.
    ///
    /// `optimal_parameters = H·(C/6)^(β/(α+β)), H = (α·w·((8·E+4)/12)^(-α)/(β·b))^(1/(α+β))`
    ///
    /// $$ N_{act} = H \left(\frac{C}{6}\right)^{\beta/(\alpha+\beta)} $$
    ///
    /// where C work in FLOP, counted as 6·N·D, w weight of the parameters, E experts; in parameters.
    ///
    /// ```
    /// # use slipstick_methods::scaling::krajewski::{optimal_parameters, parameter_weight};
    /// // Table 2 solves the same with the routing's work: "64 x 3B" for 1.41e21 FLOP, "64 x 1T" for 4.97e25.
    /// let best = |flops, G| optimal_parameters(flops, 64.0, parameter_weight(G, 2.1, 0.58, 18.1), 0.115, 30.8, 0.147);
    /// assert!((best(1.41e21, 16.0) / 3e9 - 1.0).abs() < 0.04);
    /// assert!((best(4.97e25, 64.0) / 1e12 - 1.0).abs() < 0.02);
    /// ```
    ///
    /// Source: Krajewski et al. 2024, section 6.2.
    pub fn optimal_parameters(
        flops: f64,
        experts: f64,
        parameter_weight: f64,
        alpha: f64,
        b: f64,
        beta: f64,
    ) -> f64 {
        let weight = parameter_weight * pow(total_parameters(1.0, experts), -alpha);
        parametric::optimal_parameters(flops, weight, alpha, b, beta)
    }

    /// Tokens that it is trained on.
    ///
    /// `optimal_tokens = C/(6·N_act)`
    ///
    /// $$ D = \frac{C}{6 N_{act}} $$
    ///
    /// where C work in FLOP, N_act parameters that a token meets; in tokens.
    ///
    /// Source: Krajewski et al. 2024, section 6.2.
    pub fn optimal_tokens(flops: f64, optimal_parameters: f64) -> f64 {
        flops / (6.0 * optimal_parameters)
    }
}

/// The card of Krajewski et al. 2024.
pub static METHOD: Method = Method {
    id: "krajewski-2024",
    title: "Scaling Laws for Fine-Grained Mixture of Experts",
    authors: "Jakub Krajewski, Jan Ludziejewski, Kamil Adamczewski, Maciej Pióro, Michał Krutul, and others",
    source: "Krajewski et al. 2024, arXiv:2402.07871, eq. 9 and table 1",
    about: "Loss of a model whose experts are cut into smaller ones, of which a token meets as many more: finer is better \
            until routing costs too much.",
    validity: "129 million to 3.7 billion parameters in all, embeddings left out, 64 experts' worth of them, cut into 1 to 16, \
               on 16 to 130 billion tokens.",
    inputs: &[
        MethodInput::positive("parameters", "N_act", "parameter")
            .meaning("parameters that a token meets, without embeddings"),
        MethodInput::positive("tokens", "D", "token").meaning("tokens it is trained on"),
        MethodInput::positive("flops", "C", "FLOP").meaning("work of a training"),
        MethodInput::count("experts", "E", "expert")
            .or(64.0)
            .meaning("all experts over those that a token meets"),
        MethodInput::positive("granularity", "G", "").or(1.0).meaning("parts that an expert is cut into"),
        MethodInput::positive("a", "a", "")
            .or(18.1)
            .meaning("weight of the parameters, experts cut endlessly fine"),
        MethodInput::positive("alpha", "α", "").or(0.115).meaning("exponent of the parameters"),
        MethodInput::positive("b", "b", "").or(30.8).meaning("weight of the tokens"),
        MethodInput::positive("beta", "β", "").or(0.147).meaning("exponent of the tokens"),
        MethodInput::positive("g", "g", "").or(2.1).meaning("weight of coarse experts"),
        MethodInput::positive("gamma", "γ", "").or(0.58).meaning("exponent of the granularity"),
        MethodInput::amount("c", "c", "nat/token").or(0.47).meaning("loss that no training goes below"),
    ],
    quantities: quantities! {
        total_parameters(parameters, experts): "parameter",
        parameter_weight(granularity, g, gamma, a): "",
        loss(total_parameters, tokens, c, parameter_weight, alpha, b, beta): "nat/token",
        routed_flops(parameters, tokens, experts, granularity): "FLOP",
        optimal_parameters(flops, experts, parameter_weight, alpha, b, beta): "parameter",
        optimal_tokens(flops, optimal_parameters): "token",
    },
    faults: &[
        Fault {
            id: "rounded-constants",
            text: "constants are printed to two and three digits: losses come out up to 0.8 % below those of table 2",
            quantities: &["loss"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "no-routing",
            text: "the best model is found without the routing's work, 4 to 11 % of it in table 2, which would move it by 5 % \
                   in parameters and 18 % in tokens",
            quantities: &["optimal_parameters", "optimal_tokens"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "one-expansion",
            text: "fitted at 64 experts alone: at other numbers it says what as many parameters would do",
            quantities: &["loss", "optimal_parameters"],
            effect: Effect::Either,
            when: When::Always,
        },
    ],
    examples: &[Example {
        title: "64 x 7B with experts cut into 32",
        inputs: &[
            ("parameters", Value::Number(7e9)),
            ("tokens", Value::Number(137.6e9)),
            ("flops", Value::Number(6.46e21)),
            ("granularity", Value::Number(32.0)),
        ],
    }],
    inputs_of: no_case,
    common: &[],
};
