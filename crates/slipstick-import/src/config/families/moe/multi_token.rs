//! Multi-token-prediction blocks (DeepSeek-V3, arXiv 2412.19437, section 2.2): one more layer for each further token, fed
//! by the last hidden state and the embedding of the token before.

use slipstick_core::model::{Component, ComponentKind, Model, Role, Weight, blocks::NormKind};

use super::{Config, ConfigError};

/// What a checkpoint stores for a block beside its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) struct MultiToken {
    /// Its own copy of the embedding.
    pub own_embedding: bool,
    /// Its own copy of the head.
    pub own_head: bool,
    /// The bias that balances the router, for so many experts.
    pub router_bias: u64,
}

impl MultiToken {
    /// Adds the blocks that the configuration counts, each with a layer like the last.
    ///
    /// # Errors
    /// As [`blocks`].
    pub(in crate::config) fn add(self, c: &Config<'_>, model: &mut Model) -> Result<(), ConfigError> {
        let mut weights = model.layers.last().map(|layer| layer.weights.clone()).unwrap_or_default();
        weights.extend(self.joint(model));
        add(model, blocks(c, 0)?, weights);
        Ok(())
    }

    /// What joins the two inputs to the layer, and the layer to the head.
    pub(super) fn joint(self, model: &Model) -> Vec<Weight> {
        let (hidden, vocab) = (model.hidden, model.vocab);
        let mut weights = vec![Weight::matrix("eh_proj", Role::MultiToken, hidden, 2 * hidden)];
        for norm in ["enorm", "hnorm", "shared_head.norm"] {
            weights.extend(NormKind::Rms.weights(norm, hidden));
        }
        if self.router_bias > 0 {
            weights.push(Weight::vector("mlp.gate.e_score_correction_bias", Role::Router, self.router_bias));
        }
        if self.own_embedding {
            weights.push(Weight::matrix("embed_tokens", Role::Embedding, vocab, hidden));
        }
        if self.own_head {
            weights.push(Weight::matrix("shared_head.head", Role::LmHead, vocab, hidden));
        }
        weights
    }
}

/// The blocks that `num_nextn_predict_layers` (or its newer name `num_mtp_layers`) counts, or `default`.
///
/// # Errors
/// If there are more than 64 of them.
pub(super) fn blocks(c: &Config<'_>, default: u64) -> Result<u64, ConfigError> {
    let blocks = match c.optional_count("num_mtp_layers")? {
        Some(blocks) if !c.has("num_nextn_predict_layers") => blocks,
        _ => c.count_or("num_nextn_predict_layers", default)?,
    };
    if blocks > 64 { Err(c.invalid("num_nextn_predict_layers", "at most 64")) } else { Ok(blocks) }
}

/// Adds `blocks` prediction blocks of `weights` each.
pub(super) fn add(model: &mut Model, blocks: u64, weights: Vec<Weight>) {
    if blocks > 0 {
        let weights = weights.into_iter().map(|weight| weight.repeated(blocks)).collect();
        model.components.push(Component { path: "mtp".into(), kind: ComponentKind::MultiToken, weights });
    }
}
