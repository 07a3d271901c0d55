//! Latent attention with experts after a few dense layers: DeepSeek-V2, V3 and R1, Kimi K2, GLM-4.7-Flash, Mistral 4,
//! A.X K1.

use slipstick_core::model::{
    Layer, Model,
    blocks::{FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Family, Frame, Tie,
    latent::LatentDims,
    multi_token::MultiToken,
    pre_norm,
    routed::{FeedForwards, after_dense, experts, size},
};

pub(super) const FAMILY: Family = Family {
    model_types: &[
        "deepseek_v2",
        "deepseek_v3",
        "kimi_k2",
        "glm4_moe_lite",
        "mistral4",
        "axk1",
        "sarvam_mla",
    ],
    read,
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = LatentDims::read(c)?;
    // V2's class starts with experts, V3's keeps three dense layers, GLM's one.
    let dense_layers = match c.model_type() {
        "deepseek_v2" | "mistral4" => 0,
        "glm4_moe_lite" | "axk1" | "sarvam_mla" => 1,
        _ => 3,
    };
    if c.model_type() == "deepseek_v2" && c.flag_or("mlp_bias", false)? {
        return Err(c.unsupported("mlp_bias is set, and no published model shows where it stands"));
    }
    let blocks = feed_forwards(c, &dims, dense_layers)?;
    let attention = pre_norm::Attention::from(&dims.attention);
    let layer = |block| pre_norm::layer(NormKind::Rms, dims.hidden, attention.clone(), block);
    let mut layers: Vec<Layer> = blocks.each().map(layer).collect();
    if c.model_type() == "axk1" {
        // What the experts return is normalised once more.
        for (layer, _) in layers.iter_mut().zip(&blocks.routed).filter(|(_, routed)| **routed) {
            layer.weights.extend(NormKind::Rms.weights("post_mlp_layernorm", dims.hidden));
        }
    }
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    let mut model = frame.model(c, layers)?;
    if matches!(c.model_type(), "deepseek_v3" | "kimi_k2" | "glm4_moe_lite" | "sarvam_mla") {
        MultiToken { own_embedding: true, own_head: true, router_bias: blocks.experts.count }
            .add(c, &mut model)?;
    }
    Ok(model)
}

/// The dense and routed blocks, with shared experts of as many routed widths as there are shared experts.
///
/// # Errors
/// If a size is missing or contradicts another.
pub(super) fn feed_forwards(
    c: &Config<'_>,
    dims: &LatentDims,
    dense_layers: u64,
) -> Result<FeedForwards, ConfigError> {
    let mut experts = experts(c, dims.hidden, &["moe_intermediate_size"])?;
    let shared = c.count_or("n_shared_experts", 0)?;
    if shared > 0 {
        experts = experts.with_shared(shared * experts.intermediate, false);
    }
    let dense = FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?);
    Ok(FeedForwards { dense, experts, routed: after_dense(c, dims.layers, dense_layers)? })
}
