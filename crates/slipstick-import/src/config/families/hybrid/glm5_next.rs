//! GLM-5 Next: Kimi's delta attention, at every fourth layer latent attention that an indexer over pooled keys narrows,
//! between several residual streams.

use slipstick_core::model::{
    Layer, Model, Role, Span, Weight,
    blocks::{
        ChannelDeltaNet, FeedForward, HyperConnection, LatentBlock, LightningIndexer, MixerPath, NormKind,
        PRE_NORM,
    },
};

use super::{
    super::{experts_of, indexer, own_indexers, routed_layers},
    Config, ConfigError, Family, Frame, Tie,
    kinds::positive_or,
    layers,
};

pub(super) const FAMILY: Family = Family { model_types: &["glm5_next_text"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.count("hidden_size")?;
    let count = layers(c, &["num_hidden_layers"])?;
    let (latent, latent_weights) = latent(c, hidden)?;
    let heads = c.count("linear_num_heads")?;
    let delta = ChannelDeltaNet {
        path: MixerPath::SelfAttention,
        hidden,
        heads,
        whole_gate: false,
        decays: heads,
        head_dim: c.count("linear_head_dim")?,
        kernel: c.count("linear_conv_kernel_dim")?,
    };
    let dense = FeedForward::gated(hidden, c.count("intermediate_size")?).weights();
    let sparse = sparse(c, hidden)?;
    let streams = HyperConnection { hidden, streams: positive_or(c, "hc_mult", 4)? };
    let mut around = streams.around(["attn_hc.fn", "attn_hc.base", "attn_hc.scale"]);
    around.extend(streams.around(["ffn_hc.fn", "ffn_hc.base", "ffn_hc.scale"]));
    around.extend(PRE_NORM.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)));
    if own_indexers(c, count, 2)?.contains(&false) {
        return Err(
            c.unsupported("indexer_types shares indexers, and no published model shows their weights")
        );
    }
    let routed = routed_layers(c, count, |layer| layer >= 3)?;
    let layers = attends(c, count)?.into_iter().zip(routed).map(|(attends, is_sparse)| {
        let layer = Layer::default().with(around.iter().cloned());
        let layer = if attends {
            layer.with(latent_weights.iter().cloned()).mix(latent.mixer())
        } else {
            layer.with(delta.weights()).mix(delta.mixer())
        };
        layer.with(if is_sparse { sparse.clone() } else { dense.clone() })
    });
    let layers = layers.collect();
    Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// For each layer, whether it attends: as stated, else every fourth.
fn attends(c: &Config<'_>, layers: u64) -> Result<Vec<bool>, ConfigError> {
    let Some(types) = c.texts("layer_types")? else {
        return Ok((0..layers).map(|layer| layer % 4 == 3).collect());
    };
    if types.len() as u64 != layers {
        return Err(c.invalid("layer_types", format!("a list of {layers} entries, one a layer")));
    }
    let attends = |name: &str| match name {
        "indexed_attention" => Ok(true),
        "linear_attention" => Ok(false),
        _ => Err(c.invalid("layer_types", "made of \"linear_attention\" and \"indexed_attention\"")),
    };
    types.into_iter().map(attends).collect()
}

/// Latent attention, mostly without rotary positions, and its weights with those of the indexer.
fn latent(c: &Config<'_>, hidden: u64) -> Result<(LatentBlock, Vec<Weight>), ConfigError> {
    let (index, q_rank) = (indexer(c)?, c.count("q_lora_rank")?);
    let block = LatentBlock {
        hidden,
        q_heads: c.count("num_attention_heads")?,
        q_rank: Some(q_rank),
        kv_rank: c.count("kv_lora_rank")?,
        nope_dim: c.count("qk_nope_head_dim")?,
        rope_dim: c.count_or("qk_rope_head_dim", 0)?,
        v_dim: c.count("v_head_dim")?,
        bias: c.flag_or("attention_bias", false)?,
        span: Span::Full,
        indexer: Some(index),
    };
    let mut weights = block.weights();
    weights.extend(LightningIndexer { hidden, q_rank, index }.weights());
    let pool = c.count("index_kpool")?;
    let matrix = |name, rows, cols| Weight::matrix(name, Role::Indexer, rows, cols);
    weights.push(matrix("self_attn.indexer.index_kpool_compress_ape", pool, index.key_dim));
    weights.push(matrix("self_attn.indexer.index_kpool_compress_gate", index.key_dim, hidden));
    Ok((block, weights))
}

fn sparse(c: &Config<'_>, hidden: u64) -> Result<Vec<Weight>, ConfigError> {
    let width = c.count("moe_intermediate_size")?;
    let experts =
        experts_of(c, hidden, width, c.count("n_routed_experts")?, c.count("num_experts_per_tok")?)?;
    let shared = c.count_or("n_shared_experts", 1)?.saturating_mul(width);
    Ok(if shared > 0 { experts.with_shared(shared, false) } else { experts }.weights())
}
