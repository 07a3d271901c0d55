//! Besiroglu et al. 2024: the third approach of Hoffmann et al., fitted again.

use super::{
    cards::{no_case, parametric_inputs, parametric_quantities},
    parametric::{
        least_flops, lifetime_flops, lifetime_parameters, lifetime_tokens, loss, optimal_flops,
        optimal_parameters, optimal_tokens, tokens_for_loss,
    },
};
use crate::{Effect, Example, Fault, Method, Value, When};

/// The card of Besiroglu et al. 2024.
pub static METHOD: Method = Method {
    id: "besiroglu-2024",
    title: "Chinchilla Scaling: A replication attempt",
    authors: "Tamay Besiroglu, Ege Erdil, Matthew Barnett, Josh You",
    source: "Besiroglu et al. 2024, arXiv:2404.10102; github.com/epoch-research/analyzing-chinchilla",
    about: "Loss of parameters and tokens as Hoffmann et al. 2022 wrote it, fitted anew to 240 of their runs, which were \
            read off a figure. Its optimum agrees with their first two approaches and with the model that they built.",
    validity: "Dense decoders of 44 million to 16 billion parameters, embeddings counted, on 5 to 500 billion tokens of \
               MassiveText, each seen once, with a learning rate that falls over the whole run.",
    inputs: parametric_inputs!(E 1.8172, A 482.01, alpha 0.3478, B 2085.43, beta 0.3658),
    quantities: parametric_quantities!(),
    faults: &[
        Fault {
            id: "read-off-a-figure",
            text: "the runs were read off a figure, and five of them left out as outliers; of A and B little is certain \
                   (285 to 744, 1042 to 5810 in 95 of 100 cases), of the exponents ±0.03",
            quantities: &["loss"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "one-text",
            text: "another text, tokenizer or recipe has another optimum: the published ones are from 5 to 190 tokens a \
                   parameter",
            quantities: &["optimal_parameters", "optimal_tokens", "optimal_flops"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "no-moe",
            text: "fitted to dense models: experts are not counted",
            quantities: &["loss"],
            effect: Effect::TooHigh,
            when: When::MixtureOfExperts,
        },
    ],
    examples: &[Example {
        title: "Chinchilla: 70 billion parameters on 1.4 trillion tokens, and its budget",
        inputs: &[
            ("parameters", Value::Number(70e9)),
            ("tokens", Value::Number(1.4e12)),
            ("flops", Value::Number(5.76e23)),
            ("target_loss", Value::Number(1.975)),
            ("inference_tokens", Value::Number(10e12)),
        ],
    }],
    inputs_of: no_case,
    common: &[],
};
