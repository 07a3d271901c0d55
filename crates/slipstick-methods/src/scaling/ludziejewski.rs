//! Ludziejewski et al. 2025: parameters, tokens and experts in one law.

use libm::{log, pow};
use slipstick_core::formula;

use super::{cards::no_case, experts::effective_experts, parametric};
use crate::{Domain, Effect, Example, Fault, Method, MethodInput, Value, When, card::quantities};

formula! {
    /// Weight of the parameters, at so many experts.
    ///
    /// `parameter_weight = a·Ê^δ`
    ///
    /// $$ m(\hat E) = a \hat E^\delta $$
    ///
    /// where Ê effective experts.
    ///
    /// ```
    /// # use slipstick_methods::scaling::{experts::effective_experts, ludziejewski::parameter_weight};
    /// // Table 4 of the paper: 16.5424 at 32 experts, from more digits than table 3 prints.
    /// let experts = effective_experts(32.0, 2.0732, 290.4521);
    /// assert!((parameter_weight(experts, 35.91, -0.2285) / 16.5424 - 1.0).abs() < 2e-3);
    /// ```
    ///
    /// Source: Ludziejewski et al. 2025, eq. 6 and table 4.
    pub fn parameter_weight(effective_experts: f64, a: f64, delta: f64) -> f64 {
        a * pow(effective_experts, delta)
    }

    /// Exponent of the parameters, at so many experts.
    ///
    /// `parameter_exponent = -(α + γ·ln Ê)`
    ///
    /// $$ \mu(\hat E) = -(\alpha + \gamma \ln \hat E) $$
    ///
    /// where Ê effective experts.
    ///
    /// ```
    /// # use slipstick_methods::scaling::{experts::effective_experts, ludziejewski::parameter_exponent};
    /// let experts = effective_experts(32.0, 2.0732, 290.4521);
    /// assert!((parameter_exponent(experts, -0.1889, 0.0098) - 0.1557).abs() < 1e-4);
    /// ```
    ///
    /// Source: Ludziejewski et al. 2025, eq. 6 and table 4.
    pub fn parameter_exponent(effective_experts: f64, alpha: f64, gamma: f64) -> f64 {
        -(alpha + gamma * log(effective_experts))
    }

    /// Weight of the tokens, at so many experts.
    ///
    /// `token_weight = b·Ê^ω`
    ///
    /// $$ n(\hat E) = b \hat E^\omega $$
    ///
    /// where Ê effective experts.
    ///
    /// ```
    /// # use slipstick_methods::scaling::{experts::effective_experts, ludziejewski::token_weight};
    /// let experts = effective_experts(32.0, 2.0732, 290.4521);
    /// assert!((token_weight(experts, 35.98, 0.5529) / 234.6726 - 1.0).abs() < 3e-3);
    /// ```
    ///
    /// Source: Ludziejewski et al. 2025, eq. 6 and table 4.
    pub fn token_weight(effective_experts: f64, b: f64, omega: f64) -> f64 {
        b * pow(effective_experts, omega)
    }

    /// Exponent of the tokens, at so many experts.
    ///
    /// `token_exponent = -(β + ζ·ln Ê)`
    ///
    /// $$ \nu(\hat E) = -(\beta + \zeta \ln \hat E) $$
    ///
    /// where Ê effective experts.
    ///
    /// ```
    /// # use slipstick_methods::scaling::{experts::effective_experts, ludziejewski::token_exponent};
    /// let experts = effective_experts(32.0, 2.0732, 290.4521);
    /// assert!((token_exponent(experts, -0.1775, -0.0259) - 0.2652).abs() < 2e-4);
    /// ```
    ///
    /// Source: Ludziejewski et al. 2025, eq. 6 and table 4.
    pub fn token_exponent(effective_experts: f64, beta: f64, zeta: f64) -> f64 {
        -(beta + zeta * log(effective_experts))
    }

    /// Loss of a model of so many active parameters after so many tokens.
    ///
    /// `loss = c + m/N^μ + n/D^ν`
    ///
    /// $$ L = m N_{act}^{-\mu} + n D^{-\nu} + c $$
    ///
    /// where N parameters that a token meets, D tokens, m, μ, n, ν weights and exponents at so many experts; in nats a
    /// token.
    ///
    /// No published number: the paper prints weights and exponents, which are checked above.
    ///
    /// Source: Ludziejewski et al. 2025, eq. 6.
    pub fn loss(
        parameters: f64,
        tokens: f64,
        c: f64,
        parameter_weight: f64,
        parameter_exponent: f64,
        token_weight: f64,
        token_exponent: f64,
    ) -> f64 {
        parametric::loss(
            parameters, tokens, c, parameter_weight, parameter_exponent, token_weight, token_exponent,
        )
    }

    /// Active parameters of the best model of a budget with so many experts.
    ///
    /// `optimal_parameters = G·(C/6)^(ν/(μ+ν)), G = (μ·m/(ν·n))^(1/(μ+ν))`
    ///
    /// $$ N_{opt} = G \left(\frac{C}{6}\right)^{\nu/(\mu+\nu)} $$
    ///
    /// where C work in FLOP, counted as 6·N·D; in parameters that a token meets.
    ///
    /// Source: Ludziejewski et al. 2025, eq. 7, as eq. 4 of Hoffmann et al. 2022.
    pub fn optimal_parameters(
        flops: f64,
        parameter_weight: f64,
        parameter_exponent: f64,
        token_weight: f64,
        token_exponent: f64,
    ) -> f64 {
        parametric::optimal_parameters(flops, parameter_weight, parameter_exponent, token_weight, token_exponent)
    }

    /// Tokens that it is trained on.
    ///
    /// `optimal_tokens = (C/6)^(μ/(μ+ν))/G, G = (μ·m/(ν·n))^(1/(μ+ν))`
    ///
    /// $$ D_{opt} = \frac{1}{G} \left(\frac{C}{6}\right)^{\mu/(\mu+\nu)} $$
    ///
    /// where C work in FLOP; in tokens.
    ///
    /// Source: Ludziejewski et al. 2025, eq. 7, as eq. 4 of Hoffmann et al. 2022.
    pub fn optimal_tokens(
        flops: f64,
        parameter_weight: f64,
        parameter_exponent: f64,
        token_weight: f64,
        token_exponent: f64,
    ) -> f64 {
        parametric::optimal_tokens(flops, parameter_weight, parameter_exponent, token_weight, token_exponent)
    }

    /// The budget whose best model has so many active parameters.
    ///
    /// `optimal_flops = 6·(N/G)^((μ+ν)/ν), G = (μ·m/(ν·n))^(1/(μ+ν))`
    ///
    /// $$ C = 6 \left(\frac{N}{G}\right)^{(\mu+\nu)/\nu} $$
    ///
    /// where N parameters that a token meets; in FLOP.
    ///
    /// Source: Ludziejewski et al. 2025, eq. 7, as eq. 4 of Hoffmann et al. 2022.
    pub fn optimal_flops(
        parameters: f64,
        parameter_weight: f64,
        parameter_exponent: f64,
        token_weight: f64,
        token_exponent: f64,
    ) -> f64 {
        parametric::optimal_flops(parameters, parameter_weight, parameter_exponent, token_weight, token_exponent)
    }

    /// The least work that reaches a loss with so many experts.
    ///
    /// `least_flops = 6·((m·G^(-μ) + n·G^ν)/(L - c))^((μ+ν)/(μ·ν)), G = (μ·m/(ν·n))^(1/(μ+ν))`
    ///
    /// $$ C = 6 \left(\frac{m G^{-\mu} + n G^{\nu}}{L - c}\right)^{(\mu+\nu)/(\mu\nu)} $$
    ///
    /// where L loss in nats a token, above c; in FLOP.
    ///
    /// Source: Ludziejewski et al. 2025, eq. 6 and 7, solved for C.
    pub fn least_flops(
        target_loss: f64,
        c: f64,
        parameter_weight: f64,
        parameter_exponent: f64,
        token_weight: f64,
        token_exponent: f64,
    ) -> f64 {
        parametric::least_flops(
            target_loss, c, parameter_weight, parameter_exponent, token_weight, token_exponent,
        )
    }

    /// Tokens after which a model of so many active parameters reaches a loss.
    ///
    /// `tokens_for_loss = (n/(L - c - m/N^μ))^(1/ν)`
    ///
    /// $$ D = \left(\frac{n}{L - c - m N^{-\mu}}\right)^{1/\nu} $$
    ///
    /// where L loss in nats a token, N parameters that a token meets; in tokens.
    ///
    /// Source: Ludziejewski et al. 2025, eq. 6, solved for D.
    pub fn tokens_for_loss(
        target_loss: f64,
        parameters: f64,
        c: f64,
        parameter_weight: f64,
        parameter_exponent: f64,
        token_weight: f64,
        token_exponent: f64,
    ) -> f64 {
        parametric::tokens_for_loss(
            target_loss, parameters, c, parameter_weight, parameter_exponent, token_weight, token_exponent,
        )
    }
}

/// The card of Ludziejewski et al. 2025.
pub static METHOD: Method = Method {
    id: "ludziejewski-2025",
    title: "Joint MoE Scaling Laws: Mixture of Experts Can Be Memory Efficient",
    authors: "Jan Ludziejewski, Maciej Pióro, Jakub Krajewski, Maciej Stefaniak, Michał Krutul, and others",
    source: "Ludziejewski et al. 2025, arXiv:2502.05172, eq. 6 and table 3",
    about: "Loss of active parameters, tokens and experts: at a fixed number of experts it is a law of two power laws and a \
            floor, and more experts want more tokens.",
    validity: "Up to 2.7 billion active and 5 billion total parameters, embeddings counted, 1 to 32 experts, one of them a \
               token, on 0.5 to 80 billion tokens.",
    inputs: &[
        MethodInput::positive("parameters", "N_act", "parameter").meaning("parameters that a token meets"),
        MethodInput::positive("tokens", "D", "token").meaning("tokens it is trained on"),
        MethodInput::positive("flops", "C", "FLOP").meaning("work of a training"),
        MethodInput::positive("target_loss", "L", "nat/token").meaning("loss to reach"),
        MethodInput::count("experts", "E", "expert")
            .or(1.0)
            .meaning("experts of a layer, one of them a token"),
        MethodInput::positive("a", "a", "").or(35.91).meaning("weight of the parameters"),
        MethodInput::number("alpha", "α", "", Domain::Negative)
            .or(-0.1889)
            .meaning("exponent of the parameters"),
        MethodInput::number("delta", "δ", "", Domain::Negative)
            .or(-0.2285)
            .meaning("what experts do to their weight"),
        MethodInput::amount("gamma", "γ", "").or(0.0098).meaning("what experts do to their exponent"),
        MethodInput::positive("b", "b", "").or(35.98).meaning("weight of the tokens"),
        MethodInput::number("beta", "β", "", Domain::Negative).or(-0.1775).meaning("exponent of the tokens"),
        MethodInput::amount("omega", "ω", "").or(0.5529).meaning("what experts do to their weight"),
        MethodInput::number("zeta", "ζ", "", Domain::Negative)
            .or(-0.0259)
            .meaning("what experts do to their exponent"),
        MethodInput::positive("E_start", "E_start", "expert").or(2.0732).meaning("what one expert counts"),
        MethodInput::positive("E_max", "E_max", "expert").or(290.4521).meaning("what endlessly many count"),
        MethodInput::amount("c", "c", "nat/token").or(1.3637).meaning("loss that no training goes below"),
    ],
    quantities: quantities! {
        effective_experts(experts, E_start, E_max): "expert",
        parameter_weight(effective_experts, a, delta): "",
        parameter_exponent(effective_experts, alpha, gamma): "",
        token_weight(effective_experts, b, omega): "",
        token_exponent(effective_experts, beta, zeta): "",
        loss(parameters, tokens, c, parameter_weight, parameter_exponent, token_weight, token_exponent): "nat/token",
        optimal_parameters(flops, parameter_weight, parameter_exponent, token_weight, token_exponent): "parameter",
        optimal_tokens(flops, parameter_weight, parameter_exponent, token_weight, token_exponent): "token",
        optimal_flops(parameters, parameter_weight, parameter_exponent, token_weight, token_exponent): "FLOP",
        least_flops(target_loss, c, parameter_weight, parameter_exponent, token_weight, token_exponent): "FLOP",
        tokens_for_loss(target_loss, parameters, c, parameter_weight, parameter_exponent, token_weight, token_exponent): "token",
    },
    faults: &[
        Fault {
            id: "small-models",
            text: "fitted to models a hundred times smaller than those that are built with experts, on at most 80 billion \
                   tokens",
            quantities: &["loss", "optimal_parameters", "optimal_tokens"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "one-expert-a-token",
            text: "one expert of the size of the dense block meets each token: finer ones, several a token and shared ones \
                   do better",
            quantities: &["loss"],
            effect: Effect::TooHigh,
            when: When::MixtureOfExperts,
        },
        Fault {
            id: "no-routing",
            text: "the work of routing is left out",
            quantities: &["optimal_parameters", "least_flops"],
            effect: Effect::Either,
            when: When::MixtureOfExperts,
        },
    ],
    examples: &[Example {
        title: "a billion active parameters, 16 experts, 64 billion tokens",
        inputs: &[
            ("parameters", Value::Number(1e9)),
            ("tokens", Value::Number(64e9)),
            ("flops", Value::Number(1e21)),
            ("target_loss", Value::Number(2.7)),
            ("experts", Value::Number(16.0)),
        ],
    }],
    inputs_of: no_case,
    common: &[],
};
