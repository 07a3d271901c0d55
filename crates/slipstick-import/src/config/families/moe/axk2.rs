//! A.X K2: latent attention whose queries and output gate come from one projection, with an indexer in every layer, and
//! norms that a narrow block scales.

use slipstick_core::model::{
    Layer, Model, Role, Weight,
    blocks::{LatentBlock, LightningIndexer, NormKind},
};

use super::{
    Config, ConfigError, Family, Frame, Tie, deepseek::feed_forwards, latent::LatentDims, routed::size,
    sparse_latent::index,
};

pub(super) const FAMILY: Family = Family { model_types: &["axk2"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = LatentDims::read(c)?;
    let Some(q_rank) = dims.attention.q_rank else {
        return Err(c.unsupported("its queries need q_lora_rank, which is null"));
    };
    let index = index(c)?;
    let attention = LatentBlock { indexer: Some(index), ..dims.attention };
    let mut weights = attention.weights();
    weights.retain(|weight| weight.name != "self_attn.q_b_proj");
    // Both the queries and the gate read two ranks' worth.
    let rows = attention.q_heads * (attention.nope_dim + attention.rope_dim + attention.v_dim);
    weights.push(
        Weight::matrix("self_attn.q_gate_proj", Role::QueryUp, rows, 2 * q_rank).by_heads(attention.q_heads),
    );
    weights.extend(LightningIndexer { hidden: dims.hidden, q_rank, index }.weights());
    let rank = size(c, &["gated_norm_rank"])?;
    let blocks = feed_forwards(c, &dims, 1)?;
    let layers = blocks.each().zip(&blocks.routed).map(|(block, routed)| {
        let second = if *routed { gated_norm(AFTER, dims.hidden, rank) } else { plain_norm(dims.hidden) };
        Layer::default()
            .with(gated_norm(BEFORE, dims.hidden, rank))
            .with(weights.iter().cloned())
            .mix(attention.mixer())
            .with(second)
            .with(block)
    });
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    frame.model(c, layers.collect())
}

const BEFORE: [&str; 3] = ["input_layernorm.norm", "input_layernorm.mlp.fc1", "input_layernorm.mlp.fc2"];
const AFTER: [&str; 3] =
    ["post_attention_layernorm.norm", "post_attention_layernorm.mlp.fc1", "post_attention_layernorm.mlp.fc2"];

/// A norm whose output a block of a low rank scales.
fn gated_norm([norm, down, up]: [&'static str; 3], hidden: u64, rank: u64) -> Vec<Weight> {
    let mut weights = NormKind::Rms.weights(norm, hidden);
    weights.push(Weight::matrix(down, Role::Other, rank, hidden));
    weights.push(Weight::matrix(up, Role::Other, hidden, rank));
    weights
}

fn plain_norm(hidden: u64) -> Vec<Weight> {
    NormKind::Rms.weights("post_attention_layernorm", hidden)
}
