//! Multi-token-prediction blocks (DeepSeek-V3, arXiv 2412.19437, section 2.2): one more layer for each further token, fed
//! by the last hidden state and the embedding of the token before.

use slipstick_core::model::{Component, ComponentKind, Model, Role, Weight, blocks::NormKind};

use super::{Config, ConfigError};

/// What a checkpoint stores for a block beside its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import::config) struct MultiToken {
    /// Its own copies of the embedding and the head.
    pub own_tables: bool,
    /// The bias that balances the router, for so many experts.
    pub router_bias: u64,
}

impl MultiToken {
    /// Adds the blocks that `num_nextn_predict_layers` (or its newer name `num_mtp_layers`) counts, each with a layer
    /// like the last.
    ///
    /// # Errors
    /// If there are more than 64 of them.
    pub(in crate::import::config) fn add(self, c: &Config<'_>, model: &mut Model) -> Result<(), ConfigError> {
        let blocks = match c.optional_count("num_nextn_predict_layers")? {
            Some(blocks) => blocks,
            None => c.class_count("num_mtp_layers")?.unwrap_or(0),
        };
        if blocks > 64 {
            return Err(c.invalid("num_nextn_predict_layers", "at most 64"));
        }
        let Some(last) = model.layers.last().filter(|_| blocks > 0) else { return Ok(()) };
        let mut weights = last.weights.clone();
        weights.extend(self.joint(model));
        let weights = weights.into_iter().map(|weight| weight.repeated(blocks)).collect();
        model.components.push(Component { path: "mtp", kind: ComponentKind::MultiToken, weights });
        Ok(())
    }

    /// What joins the two inputs to the layer, and the layer to the head.
    fn joint(self, model: &Model) -> Vec<Weight> {
        let (hidden, vocab) = (model.hidden, model.vocab);
        let mut weights = vec![Weight::matrix("eh_proj", Role::MultiToken, hidden, 2 * hidden)];
        for norm in ["enorm", "hnorm", "shared_head.norm"] {
            weights.extend(NormKind::Rms.weights(norm, hidden));
        }
        if self.router_bias > 0 {
            weights.push(Weight::vector("mlp.gate.e_score_correction_bias", Role::Router, self.router_bias));
        }
        if self.own_tables {
            weights.push(Weight::matrix("embed_tokens", Role::Embedding, vocab, hidden));
            weights.push(Weight::matrix("shared_head.head", Role::LmHead, vocab, hidden));
        }
        weights
    }
}
