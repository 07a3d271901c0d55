//! What Kimi K3 adds to Kimi Linear under the same type: gates of full rank on both attentions, experts in a narrower stream,
//! and residuals that attend over blocks of layers (arXiv 2607.24653, section 2).
//!
//! Shapes are those of the published checkpoint, whose index counts 2,779,931,837,184 parameters with the tower.

use serde_json::Value;
use slipstick_core::model::{
    Component, Role, Weight,
    blocks::{Experts, LatentBlock, NormKind},
};

use super::{Config, ConfigError};

/// The additions that a configuration states.
pub(super) struct Additions {
    /// The output gate of delta attention is one matrix, and the file pads its decays to the width of a head.
    pub whole_gate: bool,
    gates_latent: bool,
    /// The width of the stream that routed experts work in, and whether their sum is normalised there.
    latent_experts: Option<(u64, bool)>,
    attends_over_blocks: bool,
}

impl Additions {
    pub(super) fn read(c: &Config<'_>) -> Result<Self, ConfigError> {
        let set = |c: &Config<'_>, key: &str| matches!(c.get(key), Some(Value::Bool(true)));
        let whole_gate = c
            .optional_section("linear_attn_config")?
            .is_some_and(|section| set(&section, "use_full_rank_gate"));
        let width = c.optional_count("routed_expert_hidden_size")?;
        Ok(Self {
            whole_gate,
            gates_latent: set(c, "mla_use_output_gate"),
            latent_experts: width.map(|width| (width, set(c, "latent_moe_use_norm"))),
            attends_over_blocks: c.optional_count("attn_res_block_size")?.is_some(),
        })
    }

    /// The gate of a latent attention's output.
    pub(super) fn output_gate(&self, block: &LatentBlock) -> Vec<Weight> {
        let rows = block.q_heads.saturating_mul(block.v_dim);
        let gate = || Weight::matrix("self_attn.g_proj", Role::AttentionOther, rows, block.hidden);
        if self.gates_latent { vec![gate().by_heads(block.q_heads)] } else { Vec::new() }
    }

    /// The weights of a layer's experts. The router and the shared expert read the full stream. What leads to the narrower one
    /// and back stands with the router: the file leaves it in 16 bits, though its rules name every linear layer.
    pub(super) fn experts(&self, block: Experts) -> Vec<Weight> {
        let Some((width, norm)) = self.latent_experts else { return block.weights() };
        let hidden = block.hidden;
        let inner = Experts { hidden: width, ..block };
        let mut weights: Vec<Weight> =
            inner.weights().into_iter().filter(|weight| weight.role.is_expert()).collect();
        weights.extend(block.weights().into_iter().filter(|weight| !weight.role.is_expert()));
        weights.push(Weight::vector("mlp.gate.e_score_correction_bias", Role::Router, block.count));
        weights.push(Weight::matrix("mlp.routed_expert_down_proj", Role::Router, width, hidden));
        weights.push(Weight::matrix("mlp.routed_expert_up_proj", Role::Router, hidden, width));
        if norm {
            weights.extend(NormKind::Rms.weights("mlp.routed_expert_norm", width));
        }
        weights
    }

    /// What weighs the blocks of layers before a layer's two halves.
    pub(super) fn residuals(&self, hidden: u64) -> Vec<Weight> {
        let halves =
            [("self_attention_res_norm", "self_attention_res_proj"), ("mlp_res_norm", "mlp_res_proj")];
        let halves = halves.into_iter().filter(|_| self.attends_over_blocks);
        halves.flat_map(|(norm, scores)| weighing(norm, scores, hidden)).collect()
    }

    /// The same behind the last layer.
    pub(super) fn last_residual(&self, hidden: u64) -> Option<Component> {
        let weights = || weighing("output_attn_res_norm", "output_attn_res_proj", hidden);
        self.attends_over_blocks.then(|| Component::text("model", weights()))
    }
}

/// A norm, and one score for each block.
fn weighing(norm: &'static str, scores: &'static str, hidden: u64) -> Vec<Weight> {
    let mut weights = NormKind::Rms.weights(norm, hidden);
    weights.push(Weight::matrix(scores, Role::Norm, 1, hidden));
    weights
}
