//! FLOPs of a training token, by the convention that counts them.

use super::{Recompute, Shape};
use crate::{
    formulas::{
        time::span::mean_visible,
        training::flops::{eight_per_parameter, frozen_flops, hardware_flops, model_flops, recomputed_gpt},
    },
    model::{Mixer, Span},
    quantity::Quantity as Q,
    trace::{Trace, asked, model},
    traced,
    units::Flops,
};

/// How FLOPs of a training step are counted. The same step has another utilisation under each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Convention {
    /// The causal half of attention, no recomputation.
    Causal,
    /// All of attention's square, no recomputation.
    Full,
    /// All of attention's square, and what is computed again.
    Hardware,
    /// Four passes over a GPT's products and attention, whatever is recomputed.
    Recomputed,
    /// Eight for each parameter.
    EightN,
    /// Four for each parameter of products: weights are frozen.
    Frozen,
}

impl Convention {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Causal, Self::Full, Self::Hardware, Self::Recomputed, Self::EightN, Self::Frozen];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Causal => "causal",
            Self::Full => "full",
            Self::Hardware => "hardware",
            Self::Recomputed => "sc21",
            Self::EightN => "8n",
            Self::Frozen => "lora4n",
        }
    }
}

/// Tokens that a token attends to on average, under the layers' own spans.
pub(super) fn seen(mixer: &Mixer, sequence: f64) -> f64 {
    match mixer {
        Mixer::Attention(a) => match a.span {
            Span::Full => sequence / 2.0,
            Span::Window(tokens) | Span::Chunk(tokens) => mean_visible(sequence, tokens as f64),
        },
        _ => sequence / 2.0,
    }
}

impl Shape {
    /// FLOPs of one forward pass of mixing a token of a sequence with the earlier ones, over all layers.
    pub fn mixing(&self, sequence: u64) -> f64 {
        self.layers().map(|block| block.mixing(sequence)).sum()
    }

    /// Query width times tokens seen under a full mask, over all layers.
    fn square(&self, sequence: u64) -> f64 {
        // Two products of query width for each token seen, a multiply-add each: a quarter, twice for the whole square.
        self.mixing(sequence) / 2.0
    }

    /// FLOPs of a token by a convention.
    pub fn token_flops(
        &self,
        sequence: u64,
        convention: Convention,
        recompute: Recompute,
        trace: Trace<'_>,
    ) -> Flops {
        let (products, square) = (self.products(), self.square(sequence));
        let (layers, hidden) = (self.layers.len() as f64, self.hidden as f64);
        let flops = Q::TokenFlops(convention as usize);
        let (parameters, width) = (model("parameters"), model("elements x tokens"));
        match convention {
            Convention::Causal | Convention::Full => traced!(trace, flops, model_flops {
                N: products => parameters,
                A: square => width,
                c: if convention == Convention::Causal { 0.5 } else { 1.0 } => asked(""),
            }),
            Convention::Hardware => traced!(trace, flops, hardware_flops {
                N: products => parameters,
                A: square => width,
                r: if recompute == Recompute::Full { 4.0 / 3.0 } else { 1.0 } => asked(""),
            }),
            Convention::Recomputed => traced!(trace, flops, recomputed_gpt {
                L: layers => model("layers"),
                h: hidden => model("elements"),
                s: sequence as f64 => asked("tokens"),
                V: self.vocab as f64 => model("tokens"),
            }),
            Convention::EightN => traced!(trace, flops, eight_per_parameter {
                L: layers => model("layers"), h: hidden => model("elements"),
            }),
            Convention::Frozen => traced!(trace, flops, frozen_flops { N: products => parameters }),
        }
    }
}

impl super::Block {
    /// FLOPs of one forward pass of mixing a token of a sequence with the earlier ones.
    pub fn mixing(&self, sequence: u64) -> f64 {
        let each = |mixer: &Mixer| mixer.flops_per_token(seen(mixer, sequence as f64), false);
        self.mixers.iter().map(each).sum()
    }
}
