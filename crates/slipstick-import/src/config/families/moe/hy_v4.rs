//! Hunyuan 4: latent attention with sinks, an output gate and an indexer that three of four layers share, between four
//! residual streams.

use slipstick_core::model::{
    Component, Indexer, Model, Role, Weight,
    blocks::{LatentBlock, LightningIndexer, NormKind},
};

use super::{
    Config, ConfigError, Family, Frame, Tie, deepseek::feed_forwards, latent::LatentDims, pre_norm,
    routed::size, sparse_latent::index,
};

pub(super) const FAMILY: Family = Family { model_types: &["hy_v4", "hy_v4_vl_text"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = LatentDims::read(c)?;
    let Some(q_rank) = dims.attention.q_rank else {
        return Err(c.unsupported("the indexer needs compressed queries, but q_lora_rank is null"));
    };
    let index = index(c)?;
    let (heads, streams) = (dims.attention.q_heads, size(c, &["hc_mult"])?);
    let scorer = LightningIndexer { hidden: dims.hidden, q_rank, index }.weights();
    let mut extra = vec![
        Weight::vector("self_attn.sinks", Role::AttentionOther, heads).by_heads(heads),
        Weight::matrix(
            "self_attn.gate_proj",
            Role::AttentionOther,
            heads * dims.attention.v_dim,
            dims.hidden,
        )
        .by_heads(heads),
    ];
    extra.extend(mixing(["attn_hc.fn", "attn_hc.base", "attn_hc.scale"], dims.hidden, streams, 2));
    extra.extend(mixing(["ffn_hc.fn", "ffn_hc.base", "ffn_hc.scale"], dims.hidden, streams, 2));
    let blocks = feed_forwards(c, &dims, 1)?;
    let layers = blocks.each().zip(own_indexers(c, dims.layers)?).map(|(block, own)| {
        let reused = Indexer { key_dim: 0, ..index };
        let attention = LatentBlock { indexer: Some(if own { index } else { reused }), ..dims.attention };
        let layer =
            pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block).with(extra.clone());
        if own { layer.with(scorer.clone()) } else { layer }
    });
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    let mut model = frame.model(c, layers.collect())?;
    let merge = mixing(["hc_fn", "hc_base", "hc_scale"], dims.hidden, streams, 1);
    model.components.push(Component::text("model.hc_head", merge));
    Ok(model)
}

/// How a block reads the streams and, if `sides` is two, how it writes back to them.
fn mixing([project, offset, scale]: [&'static str; 3], hidden: u64, streams: u64, sides: u64) -> Vec<Weight> {
    vec![
        Weight::matrix(project, Role::Other, sides * streams, streams * hidden),
        Weight::vector(offset, Role::Other, sides * streams),
        Weight::vector(scale, Role::Other, sides),
    ]
}

/// For each layer, whether it has an indexer of its own: as stated, else the first, the second, and every fourth from there.
fn own_indexers(c: &Config<'_>, layers: u64) -> Result<Vec<bool>, ConfigError> {
    if c.has("indexer_types") {
        return super::sparse_latent::own_indexers(c, layers, 2);
    }
    Ok((0..layers).map(|layer| layer == 0 || layer % 4 == 1).collect())
}
