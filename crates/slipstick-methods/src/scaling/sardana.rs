//! Sardana et al. 2024: the best model when what is served afterwards costs too.

use super::{
    cards::{no_case, parametric_inputs, parametric_quantities},
    parametric::{
        least_flops, lifetime_flops, lifetime_parameters, lifetime_tokens, loss, optimal_flops,
        optimal_parameters, optimal_tokens, tokens_for_loss,
    },
};
use crate::{Effect, Example, Fault, Method, Value, When};

/// The card of Sardana et al. 2024.
pub static METHOD: Method = Method {
    id: "sardana-2024",
    title: "Beyond Chinchilla-Optimal: Accounting for Inference in Language Model Scaling Laws",
    authors: "Nikhil Sardana, Jacob Portes, Sasha Doubov, Jonathan Frankle",
    source: "Sardana et al. 2024, arXiv:2401.00448",
    about: "The least work of training and of serving so many tokens afterwards, at the same loss: the more is served, the \
            smaller the model and the longer its training.",
    validity: "Where the law of the loss does; the authors trained models of 150 million to 6 billion parameters on 10 to \
               10,000 tokens a parameter and found the loss still falling.",
    inputs: parametric_inputs!(E 1.69, A 406.4, alpha 0.336, B 410.7, beta 0.283),
    quantities: parametric_quantities!(),
    faults: &[
        Fault {
            id: "flops-not-money",
            text: "a FLOP served costs as much as one trained: generated tokens reach a small part of the utilisation of \
                   training, so that serving weighs more in money",
            quantities: &["lifetime_tokens", "lifetime_flops"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "chinchilla-constants",
            text: "the constants are those of the third approach of Hoffmann et al., which trains too small a model for too \
                   long already",
            quantities: &["loss", "optimal_parameters"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "no-attention",
            text: "2·N a token served leaves attention to the context out",
            quantities: &["lifetime_flops"],
            effect: Effect::TooLow,
            when: When::Always,
        },
    ],
    examples: &[Example {
        title: "the loss of a 13B at its own optimum, and two trillion tokens served",
        inputs: &[
            ("parameters", Value::Number(13e9)),
            ("tokens", Value::Number(576.49e9)),
            ("flops", Value::Number(4.4966e22)),
            ("target_loss", Value::Number(2.0542)),
            ("inference_tokens", Value::Number(2e12)),
        ],
    }],
    inputs_of: no_case,
    common: &[],
};
