//! Mistral Large 4: latent attention with plain queries, learned scales on its scores, an indexer on the stream itself, and
//! no rotary positions in every fourth layer.

use slipstick_core::model::{
    Component, Indexer, Model, Role, Weight,
    blocks::{LatentBlock, LightningIndexer, NormKind},
};

use super::{
    Config, ConfigError, Family, Frame, Tie,
    deepseek::feed_forwards,
    latent::LatentDims,
    pre_norm,
    sparse_latent::{index, own_indexers},
};

pub(super) const FAMILY: Family = Family { model_types: &["mistral_large4_text"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = LatentDims::read(c)?;
    if dims.attention.q_rank.is_some() {
        return Err(c.unsupported("q_lora_rank is set, which its class does not know"));
    }
    shares_no_keys(c, dims.layers)?;
    let index = index(c)?;
    let heads = dims.attention.q_heads;
    let scales = scales(
        ["self_attn.softmax_scaling.scale", "self_attn.softmax_scaling.bias"],
        Role::AttentionOther,
        heads,
    );
    let scorer = scorer(index, dims.hidden);
    let blocks = feed_forwards(c, &dims, 1)?;
    let kinds = own_indexers(c, dims.layers, 2)?.into_iter().zip(rotates(c, dims.layers)?);
    let layers = blocks.each().zip(kinds).map(|(block, (own, rotates))| {
        let reused = Indexer { key_dim: 0, ..index };
        let attention = LatentBlock { indexer: Some(if own { index } else { reused }), ..dims.attention };
        let attention = if rotates { attention } else { without_positions(attention) };
        let layer =
            pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block).with(scales.clone());
        if own { layer.with(scorer.clone()) } else { layer }
    });
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    let mut model = frame.model(c, layers.collect())?;
    let rotary = Weight::vector("", Role::Other, dims.attention.rope_dim / 2);
    model.components.push(Component::text("model.rotary_emb.alpha", vec![rotary]));
    Ok(model)
}

/// The whole head comes from the latent.
const fn without_positions(block: LatentBlock) -> LatentBlock {
    LatentBlock { nope_dim: block.nope_dim + block.rope_dim, rope_dim: 0, ..block }
}

fn scales(names: [&'static str; 2], role: Role, heads: u64) -> [Weight; 2] {
    names.map(|name| Weight::vector(name, role, heads).by_heads(heads))
}

/// The indexer, which reads the stream behind a norm of its own.
fn scorer(index: Indexer, hidden: u64) -> Vec<Weight> {
    let mut weights = LightningIndexer { hidden, q_rank: hidden, index }.weights();
    weights.extend(NormKind::Layer.weights("self_attn.indexer.q_input_norm", hidden));
    let names = ["self_attn.indexer.softmax_scaling.scale", "self_attn.indexer.softmax_scaling.bias"];
    weights.extend(scales(names, Role::Indexer, index.heads));
    weights
}

/// For each layer, whether it has rotary positions: as stated, else all but every fourth.
fn rotates(c: &Config<'_>, layers: u64) -> Result<Vec<bool>, ConfigError> {
    let Some(stated) = c.counts("no_rope_layers")? else {
        let every = c.count_or("no_rope_layer_interval", 4)?.max(1);
        return Ok((0..layers).map(|layer| !(layer + 1).is_multiple_of(every)).collect());
    };
    if stated.len() as u64 != layers {
        return Err(c.invalid("no_rope_layers", format!("a list of {layers} entries, one a layer")));
    }
    Ok(stated.into_iter().map(|flag| flag != 0).collect())
}

/// Refuses layers that read the keys of an earlier one.
fn shares_no_keys(c: &Config<'_>, layers: u64) -> Result<(), ConfigError> {
    match c.counts("kv_source_layers")? {
        Some(sources) if !sources.iter().copied().eq(0..layers) => Err(c.unsupported(
            "kv_source_layers names layers that share keys, and no published model shows their weights",
        )),
        _ => Ok(()),
    }
}
