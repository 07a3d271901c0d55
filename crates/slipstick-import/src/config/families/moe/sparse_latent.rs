//! Latent attention that sees only the tokens an indexer picks: DeepSeek-V3.2, GLM-5.

use slipstick_core::model::{
    Indexer, Model,
    blocks::{LatentBlock, LightningIndexer, NormKind},
};

use super::{
    Config, ConfigError, Family, Frame, Tie, deepseek::feed_forwards, latent::LatentDims,
    multi_token::MultiToken, pre_norm, routed::size,
};

pub(super) const FAMILY: Family = Family { model_types: &["deepseek_v32", "glm_moe_dsa"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = LatentDims::read(c)?;
    let Some(q_rank) = dims.attention.q_rank else {
        return Err(c.unsupported("the indexer needs compressed queries, but q_lora_rank is null"));
    };
    let index = index(c)?;
    let scorer = LightningIndexer { hidden: dims.hidden, q_rank, index };
    // A layer without an indexer of its own attends to what the last one picked.
    let reused = Indexer { key_dim: 0, ..index };
    let blocks = feed_forwards(c, &dims, 3)?;
    let layers = blocks.each().zip(own_indexers(c, dims.layers, 2)?).map(|(block, own)| {
        let attention = LatentBlock { indexer: Some(if own { index } else { reused }), ..dims.attention };
        let layer = pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block);
        if own { layer.with(scorer.weights()) } else { layer }
    });
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    let mut model = frame.model(c, layers.collect())?;
    let own_tables = c.model_type() == "deepseek_v32";
    MultiToken { own_embedding: own_tables, own_head: own_tables, router_bias: blocks.experts.count }
        .add(c, &mut model)?;
    Ok(model)
}

/// The heads, the key width and the choice of the indexers.
///
/// # Errors
/// If a size is missing, zero or no count.
pub(in crate::config) fn index(c: &Config<'_>) -> Result<Indexer, ConfigError> {
    Ok(Indexer {
        heads: size(c, &["index_n_heads"])?,
        key_dim: size(c, &["index_head_dim"])?,
        top_k: size(c, &["index_topk"])?,
    })
}

/// For each layer, whether it has an indexer of its own: `indexer_types`, else `index_topk_pattern`, else the first
/// `index_skip_topk_offset` layers and from there every `index_topk_freq`th.
///
/// # Errors
/// If a list or pattern has another length than the layers, or an unknown entry.
pub(in crate::config) fn own_indexers(
    c: &Config<'_>,
    layers: u64,
    offset: u64,
) -> Result<Vec<bool>, ConfigError> {
    let pattern: Option<(&str, Vec<&str>)> = if let Some(types) = c.texts("indexer_types")? {
        Some(("indexer_types", types))
    } else {
        let key = "index_topk_pattern";
        match c.get(key).and_then(serde_json::Value::as_str) {
            Some(letters) => Some((key, letters.split("").filter(|letter| !letter.is_empty()).collect())),
            None => c.texts(key)?.map(|types| (key, types)),
        }
    };
    let Some((key, types)) = pattern else {
        let every = c.count_or("index_topk_freq", 1)?.max(1);
        let offset = c.count_or("index_skip_topk_offset", offset)?;
        return Ok((0..layers)
            .map(|layer| (layer + 1).saturating_sub(offset).is_multiple_of(every))
            .collect());
    };
    if types.len() as u64 != layers {
        return Err(c.invalid(key, format!("a list of {layers} entries, one a layer")));
    }
    let own = |name: &&str| match *name {
        "full" | "F" => Ok(true),
        "shared" | "S" => Ok(false),
        _ => Err(c.invalid(key, "made of \"full\" and \"shared\"")),
    };
    types.iter().map(own).collect()
}
