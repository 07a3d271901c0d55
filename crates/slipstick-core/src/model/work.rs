//! The work a token costs, before any hardware is chosen.

use super::{Component, ComponentKind, Layer, Model, Role, Weight};
use crate::units::Flops;

/// FLOPs one token of text costs; a multiply-add counts as two.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TokenWork {
    /// Products with the weights of the layers, of the chosen experts only.
    pub layers: Flops,
    /// The product with the output head.
    pub head: Flops,
    /// Mixing with the earlier tokens.
    pub mixing: Flops,
}

impl TokenWork {
    /// All of it.
    pub fn total(&self) -> Flops {
        self.layers + self.head + self.mixing
    }
}

/// Multiply-adds of the products with some weights: look-ups, norms and biases take part in no product.
fn products<'a>(weights: impl Iterator<Item = &'a Weight>) -> Flops {
    let matrices = weights.filter(|weight| {
        !weight.is_vector() && !matches!(weight.role, Role::Embedding | Role::Table | Role::Norm)
    });
    Flops::count(matrices.map(|weight| 2.0 * weight.active_parameters() as f64).sum())
}

impl Model {
    /// The work of generating one token that sees `context` earlier ones: every layer, and the head.
    pub fn decode_work(&self, context: u64) -> TokenWork {
        let seen = context as f64;
        let mixers = self.layers.iter().flat_map(Layer::mixers);
        let mixing = mixers.map(|mixer| mixer.flops_per_token(seen, true)).sum();
        TokenWork { layers: self.layer_products(), head: self.head_products(), mixing: Flops::count(mixing) }
    }

    /// The work of reading one token of a prompt of `context` tokens, on average over the prompt. Only the last token
    /// of a prompt meets the head, so it is left out.
    ///
    /// The average over the prompt is taken at 64 evenly spaced tokens: exact where work grows linearly with the tokens
    /// seen, and off by less than a hundredth where a window or a selection bends it.
    pub fn prefill_work(&self, context: u64) -> TokenWork {
        const SAMPLES: u32 = 64;
        let mixing: f64 = self
            .profile()
            .into_iter()
            .flat_map(|group| group.layer.mixers().map(move |mixer| (group.count as f64, mixer)))
            .map(|(count, mixer)| {
                let at = |sample: u32| (f64::from(sample) + 0.5) / f64::from(SAMPLES) * context as f64;
                let sum: f64 = (0..SAMPLES).map(|sample| mixer.flops_per_token(at(sample), false)).sum();
                count * sum / f64::from(SAMPLES)
            })
            .sum();
        TokenWork { layers: self.layer_products(), head: Flops::ZERO, mixing: Flops::count(mixing) }
    }

    fn layer_products(&self) -> Flops {
        products(self.layers.iter().flat_map(|layer| &layer.weights))
    }

    fn head_products(&self) -> Flops {
        let text = |component: &&Component| component.kind == ComponentKind::Text;
        products(self.components.iter().filter(text).flat_map(|component| &component.weights))
    }
}
