//! The third approach: a loss of two power laws and a floor, with its constants as printed and as found.

use super::{
    super::{
        cards::{no_case, parametric_inputs, parametric_quantities},
        parametric::{
            least_flops, lifetime_flops, lifetime_parameters, lifetime_tokens, loss, optimal_flops,
            optimal_parameters, optimal_tokens, tokens_for_loss,
        },
    },
    AUTHORS, VALIDITY,
};
use crate::{Effect, Example, Fault, Method, Value, When};

const TOO_MANY_TOKENS: Fault = Fault {
    id: "too-many-tokens",
    text: "the fit ended too early: its optimum has three times the tokens of the other two approaches, and of the model \
           that its authors built (Besiroglu et al. 2024)",
    quantities: &["optimal_parameters"],
    effect: Effect::TooLow,
    when: When::Always,
};

const NO_EXPERTS: Fault = Fault {
    id: "no-moe",
    text: "fitted to dense models: experts are not counted",
    quantities: &["loss"],
    effect: Effect::TooHigh,
    when: When::MixtureOfExperts,
};

const ROUNDED_FAULTS: &[Fault] = &[
    TOO_MANY_TOKENS,
    Fault {
        id: "rounded-constants",
        text: "the exponents are printed to two digits, which alone moves the best model of 5.76e23 FLOP from 40 to 32 \
               billion parameters",
        quantities: &["optimal_parameters", "loss"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    NO_EXPERTS,
];

const EXAMPLES: &[Example] = &[Example {
    title: "Chinchilla: 70 billion parameters on 1.4 trillion tokens, and its budget",
    inputs: &[
        ("parameters", Value::Number(70e9)),
        ("tokens", Value::Number(1.4e12)),
        ("flops", Value::Number(5.76e23)),
        ("target_loss", Value::Number(1.94)),
        ("inference_tokens", Value::Number(10e12)),
    ],
}];

/// The card of the third approach with the constants that the paper prints.
pub static ROUNDED: Method = Method {
    id: "hoffmann-2022-3",
    title: "Training Compute-Optimal Large Language Models: parametric loss (approach 3), constants as printed",
    authors: AUTHORS,
    source: "Hoffmann et al. 2022, arXiv:2203.15556, section 3.3 and eq. 10",
    about: "Loss of parameters and tokens, as most texts quote it.",
    validity: VALIDITY,
    inputs: parametric_inputs!(E 1.69, A 406.4, alpha 0.34, B 410.7, beta 0.28),
    quantities: parametric_quantities!(),
    faults: ROUNDED_FAULTS,
    examples: EXAMPLES,
    inputs_of: no_case,
    common: &[],
};

/// The card of the third approach with the digits that its source files hold.
pub static UNROUNDED: Method = Method {
    id: "hoffmann-2022-3-unrounded",
    title: "Training Compute-Optimal Large Language Models: parametric loss (approach 3), constants in full",
    authors: AUTHORS,
    source: "Hoffmann et al. 2022, arXiv:2203.15556, section 3.3; digits as Besiroglu et al. 2024 found them in its sources",
    about: "Loss of parameters and tokens with the digits that the paper left out: log A 6.0073404, log B 6.0179186, log E \
            0.5267228.",
    validity: VALIDITY,
    inputs: parametric_inputs!(
        E 1.693_373_680_999_5, A 406.401_017_519_474, alpha 0.339_170_84, B 410.722_826_945_040, beta 0.284_908_3
    ),
    quantities: parametric_quantities!(),
    faults: &[TOO_MANY_TOKENS, NO_EXPERTS],
    examples: EXAMPLES,
    inputs_of: no_case,
    common: &[],
};
