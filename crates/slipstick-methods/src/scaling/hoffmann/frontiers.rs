//! The first two approaches: envelopes of training curves, and profiles at equal work.

use super::{
    super::{
        cards::no_case,
        frontier::{optimal_flops, optimal_parameters, optimal_tokens},
    },
    AUTHORS, VALIDITY,
};
use crate::{Effect, Example, Fault, Method, MethodInput, Value, When, card::quantities};

macro_rules! inputs {
    ($k:literal, $a:literal) => {
        &[
            MethodInput::positive("parameters", "N", "parameter").meaning("parameters of a model"),
            MethodInput::positive("flops", "C", "FLOP").meaning("work of a training"),
            MethodInput::positive("k", "k", "").or($k).meaning("parameters at one FLOP"),
            MethodInput::positive("a", "a", "").or($a).meaning("exponent of the work"),
        ]
    };
}

const FAULTS: &[Fault] = &[
    Fault {
        id: "no-constant-printed",
        text: "only the exponent is printed, to two digits; both constants are a straight line through the logarithms of \
               the nine printed rows, which it meets within 1.3 % (first approach) and 3.3 % (second)",
        quantities: &["optimal_parameters", "optimal_tokens", "optimal_flops"],
        effect: Effect::Either,
        when: When::Always,
    },
    Fault {
        id: "curved-frontier",
        text: "the frontier bends: small runs alone lead to larger models than the larger ones do (appendix E)",
        quantities: &["optimal_parameters"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "no-loss",
        text: "says which model is the best, not how good it is",
        quantities: &["optimal_parameters"],
        effect: Effect::Either,
        when: When::Always,
    },
];

const EXAMPLES: &[Example] = &[Example {
    title: "Chinchilla's budget, and a model of 175 billion parameters",
    inputs: &[("flops", Value::Number(5.76e23)), ("parameters", Value::Number(175e9))],
}];

/// The card of the first approach.
pub static FIRST: Method = Method {
    id: "hoffmann-2022-1",
    title: "Training Compute-Optimal Large Language Models: envelope of training curves (approach 1)",
    authors: AUTHORS,
    source: "Hoffmann et al. 2022, arXiv:2203.15556, section 3.1 and table 3",
    about: "The best model of a budget as the envelope of many training curves: parameters and tokens both grow as the \
            square root of the work.",
    validity: VALIDITY,
    inputs: inputs!(0.09916, 0.4981),
    quantities: quantities! {
        optimal_parameters(flops, k, a): "parameter",
        optimal_tokens(flops, k, a): "token",
        optimal_flops(parameters, k, a): "FLOP",
    },
    faults: FAULTS,
    examples: EXAMPLES,
    inputs_of: no_case,
    common: &[],
};

/// The card of the second approach.
pub static SECOND: Method = Method {
    id: "hoffmann-2022-2",
    title: "Training Compute-Optimal Large Language Models: profiles at equal work (approach 2)",
    authors: AUTHORS,
    source: "Hoffmann et al. 2022, arXiv:2203.15556, section 3.2 and table A3",
    about: "The best model of a budget as the lowest point of profiles at equal work.",
    validity: VALIDITY,
    inputs: inputs!(0.1449, 0.4899),
    quantities: quantities! {
        optimal_parameters(flops, k, a): "parameter",
        optimal_tokens(flops, k, a): "token",
        optimal_flops(parameters, k, a): "FLOP",
    },
    faults: FAULTS,
    examples: EXAMPLES,
    inputs_of: no_case,
    common: &[],
};
