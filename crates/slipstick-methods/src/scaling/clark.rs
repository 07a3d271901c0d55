//! Clark et al. 2022: what routing is worth, in dense parameters.

use libm::{log10, pow};
use slipstick_core::formula;

use super::{cards::no_case, experts::effective_experts};
use crate::{Effect, Example, Fault, Method, MethodInput, Value, When, card::quantities};

formula! {
    /// Loss of a model with experts after 130 billion tokens.
    ///
    /// `loss = 10^(a·log N + b·log Ê + c·log N·log Ê + d)`
    ///
    /// $$ \log L = a \log N + b \log \hat E + c \log N \log \hat E + d $$
    ///
    /// where N parameters of the dense model that gets experts, Ê effective experts, a, b, c, d fitted; in nats a token.
    ///
    /// Source: Clark et al. 2022, eq. 1.
    pub fn loss(parameters: f64, effective_experts: f64, a: f64, b: f64, c: f64, d: f64) -> f64 {
        let (N, E) = (log10(parameters), log10(effective_experts));
        pow(10.0, a * N + b * E + c * N * E + d)
    }

    /// Parameters of the dense model with the same loss.
    ///
    /// `dense_equivalent = (N^(a + c·log Ê)·(Ê/E_start)^b)^(1/(a + c·log E_start))`
    ///
    /// $$ \bar N = \left(N^{a + c \log \hat E} \left(\frac{\hat E}{E_{start}}\right)^b\right)^{1/(a + c \log E_{start})} $$
    ///
    /// where N parameters of the dense model that gets experts, Ê effective experts; in parameters.
    ///
    /// ```
    /// # use slipstick_methods::scaling::{clark::dense_equivalent, experts::effective_experts};
    /// // "A model with 5 million parameters and 128 experts" is worth 55 million dense ones.
    /// let experts = effective_experts(128.0, 1.847, 314.478);
    /// let dense = dense_equivalent(5e6, experts, -0.082, -0.108, 0.009, 1.847);
    /// assert!((dense / 55e6 - 1.0).abs() < 0.06);
    /// ```
    ///
    /// Source: Clark et al. 2022, eq. 11.
    pub fn dense_equivalent(parameters: f64, effective_experts: f64, a: f64, b: f64, c: f64, E_start: f64) -> f64 {
        let slope = |experts: f64| a + c * log10(experts);
        let log = slope(effective_experts) * log10(parameters) + b * log10(effective_experts / E_start);
        pow(10.0, log / slope(E_start))
    }
}

/// The card of Clark et al. 2022, routing by S-BASE.
pub static METHOD: Method = Method {
    id: "clark-2022",
    title: "Unified Scaling Laws for Routed Language Models",
    authors: "Aidan Clark, Diego de las Casas, Aurelia Guy, Arthur Mensch, Michela Paganini, Jordan Hoffmann, and others",
    source: "Clark et al. 2022, arXiv:2202.01169, table 3",
    about: "Loss of models with experts, all trained on 130 billion tokens, and the dense parameters that the experts are \
            worth. Constants are for routing by S-BASE.",
    validity: "15 million to 1.3 billion parameters before experts, up to 512 experts, one of them a token, 130 billion \
               tokens.",
    inputs: &[
        MethodInput::positive("parameters", "N", "parameter")
            .meaning("parameters of the dense model that gets experts"),
        MethodInput::count("experts", "E", "expert").meaning("experts of a layer"),
        MethodInput::number("a", "a", "", crate::Domain::Negative)
            .or(-0.082)
            .meaning("exponent of the parameters"),
        MethodInput::number("b", "b", "", crate::Domain::Negative)
            .or(-0.108)
            .meaning("exponent of the experts"),
        MethodInput::positive("c", "c", "").or(0.009).meaning("what each takes from the other"),
        MethodInput::positive("d", "d", "").or(1.104).meaning("logarithm of the loss of nothing"),
        MethodInput::positive("E_start", "E_start", "expert").or(1.847).meaning("what one expert counts"),
        MethodInput::positive("E_max", "E_max", "expert").or(314.478).meaning("what endlessly many count"),
    ],
    quantities: quantities! {
        effective_experts(experts, E_start, E_max): "expert",
        loss(parameters, effective_experts, a, b, c, d): "nat/token",
        dense_equivalent(parameters, effective_experts, a, b, c, E_start): "parameter",
    },
    faults: &[
        Fault {
            id: "fixed-tokens",
            text: "every run saw 130 billion tokens, too few for the large ones: that experts stop helping beyond a size is \
                   an effect of that (Krajewski et al. 2024)",
            quantities: &["loss", "dense_equivalent"],
            effect: Effect::Either,
            when: When::MixtureOfExperts,
        },
        Fault {
            id: "rounded-constants",
            text: "c is printed to one digit, which alone moves the size where experts stop helping from 0.9 to 1 trillion \
                   parameters",
            quantities: &["dense_equivalent", "loss"],
            effect: Effect::Either,
            when: When::Always,
        },
    ],
    examples: &[
        Example {
            title: "5 million parameters with 128 experts",
            inputs: &[("parameters", Value::Number(5e6)), ("experts", Value::Number(128.0))],
        },
        Example {
            title: "the same, experts chosen by a hash",
            inputs: &[
                ("parameters", Value::Number(5e6)),
                ("experts", Value::Number(128.0)),
                ("a", Value::Number(-0.087)),
                ("b", Value::Number(-0.136)),
                ("c", Value::Number(0.012)),
                ("d", Value::Number(1.157)),
                ("E_start", Value::Number(4.175)),
                ("E_max", Value::Number(477.741)),
            ],
        },
    ],
    inputs_of: no_case,
    common: &[],
};
