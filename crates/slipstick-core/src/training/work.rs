//! FLOPs of a training token, by the convention that counts them.

use super::{Job, Recompute, Shape};
use crate::{
    formulas::{
        time::span::mean_visible,
        training::flops::{model_flops, recomputed_gpt},
    },
    model::{Mixer, Span},
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
fn seen(mixer: &Mixer, sequence: f64) -> f64 {
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
    pub fn token_flops(&self, sequence: u64, convention: Convention, recompute: Recompute) -> Flops {
        let (products, square) = (self.products(), self.square(sequence));
        match convention {
            Convention::Causal => model_flops(products, square, 0.5),
            Convention::Full => model_flops(products, square, 1.0),
            Convention::Hardware => {
                let again = if recompute == Recompute::Full { 4.0 / 3.0 } else { 1.0 };
                model_flops(products, square, 1.0) * again
            }
            Convention::Recomputed => {
                let layers = self.layers.len() as f64;
                recomputed_gpt(layers, self.hidden as f64, sequence as f64, self.vocab as f64)
            }
            Convention::EightN => {
                let layers = self.layers.len() as f64;
                Flops::count(96.0 * layers * (self.hidden * self.hidden) as f64)
            }
            Convention::Frozen => Flops::count(4.0 * products),
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

impl Job<'_> {
    /// FLOPs of a token by a convention.
    pub fn token_flops(&self, convention: Convention) -> Flops {
        self.shape.token_flops(self.batch.sequence, convention, self.recipe.recompute)
    }
}
